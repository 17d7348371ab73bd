// What can be told of an encrypted recording without an identity that opens it: its name and place,
// and the signed seal beside it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "recorder/outer_seal.h"
#include "recorder/store/store.h"

namespace secure_exec {

struct LockedRecording {
  std::string path;
  Uuid id{};
  std::string place;  // context/namespace/pod, as the store's directories are called
  uint64_t size = 0;
  std::optional<OuterSeal> seal;  // one that is signed and of this id
  // "sealed", "no seal", or "damaged" where the seal is of another size or no good. The bytes are
  // for verify to compare.
  std::string state;

  int64_t start_wall_ns() const;  // as its UUIDv7 says, in milliseconds
};

LockedRecording DescribeLocked(const StoredRecording& recording);
// The row of `ls`, and its object for --json.
std::vector<std::string> LockedRow(const LockedRecording& locked, size_t id_length);
nlohmann::ordered_json LockedJson(const LockedRecording& locked);

}  // namespace secure_exec
