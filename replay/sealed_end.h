// The end of a sealed recording without what is before it, so that `ls` reads a few kilobytes of a
// recording of any length. A shortcut for lists, not a check: it believes the seek table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "recorder/encrypted_source.h"

namespace secure_exec {

struct SealedEnd {
  int64_t t_us = 0;
  std::string exit;  // the exit event's data
};

// nullopt where the file does not end as a sealed recording of this id does: read it whole, then.
std::optional<SealedEnd> ReadSealedEnd(const std::string& path, const Uuid& id,
                                       const IdentitySource& identities = nullptr);

}  // namespace secure_exec
