// The zstd seekable format's table at the end of a sealed recording. docs/format.md section 1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace secure_exec {

inline constexpr uint32_t kSeekTableMagic = 0x184D2A5E;
inline constexpr uint32_t kSeekFooterMagic = 0x8F92EAB1;

struct SeekEntry {
  uint32_t compressed_size = 0;
  uint32_t plain_size = 0;  // 0 for a checkpoint
  bool operator==(const SeekEntry&) const = default;
};

std::string EncodeSeekTable(const std::vector<SeekEntry>& entries);
// `frame` is the whole skippable frame. Fails on anything EncodeSeekTable would not write.
Result<std::vector<SeekEntry>> DecodeSeekTable(std::string_view frame);

}  // namespace secure_exec
