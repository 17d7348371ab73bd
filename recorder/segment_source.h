// Reads the encrypted segments beside a recording (segment_cipher.h has their bytes). A segment may
// grow while it is read. A record that is not whole ends it, and so do zeros that reach to its end;
// a record that is not authentic is an error (kFormat).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "recorder/container/byte_source.h"
#include "recorder/segment_cipher.h"

namespace secure_exec {

// The text of a tail segment, as one that is in the clear has it.
Result<std::unique_ptr<ByteSource>> OpenTailSegment(std::unique_ptr<ByteSource> file,
                                                    const AgeFileKey& file_key, const Hash& age_mac,
                                                    const Uuid& id, uint64_t k);

// A piece of the main file's plain text.
struct RestPiece {
  uint64_t offset = 0;
  std::string bytes;
};
Result<std::vector<RestPiece>> ReadRest(const ByteSource& file, const AgeFileKey& file_key,
                                        const Hash& age_mac, const Uuid& id, uint64_t number);

}  // namespace secure_exec
