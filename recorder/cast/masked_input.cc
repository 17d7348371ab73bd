#include "recorder/cast/masked_input.h"

#include <fmt/format.h>

namespace secure_exec {

std::string_view LengthBucket(size_t bytes) {
  return kLengthBuckets[bytes < 8 ? 0 : bytes < 16 ? 1 : bytes < 32 ? 2 : 3];
}

std::string FormatMaskedInput(const MaskedInput& masked) {
  return fmt::format("{} {}", masked.bucket, masked.hmac);
}

std::optional<MaskedInput> ParseMaskedInput(std::string_view data) {
  for (const std::string_view bucket : kLengthBuckets) {
    if (data.size() != bucket.size() + 1 + kMaskDigits || !data.starts_with(bucket) ||
        data[bucket.size()] != ' ') {
      continue;
    }
    const std::string_view hmac = data.substr(bucket.size() + 1);
    if (hmac.find_first_not_of("0123456789abcdef") != std::string_view::npos) continue;
    return MaskedInput{bucket, std::string(hmac)};
  }
  return std::nullopt;
}

}  // namespace secure_exec
