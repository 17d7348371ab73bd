// The data of a `P` event: what a recording tells of typed text that may be a secret.
// "BUCKET HMAC": how many bytes it had, roughly, and 32 hex digits that are the same for the same
// text within one recording (recorder/input_mask.h makes them).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace secure_exec {

struct MaskedInput {
  std::string_view bucket;  // of kLengthBuckets
  std::string hmac;         // kMaskDigits lower-case hex digits
};

inline constexpr std::string_view kLengthBuckets[] = {"1-7", "8-15", "16-31", "32+"};
inline constexpr size_t kMaskDigits = 32;

std::string_view LengthBucket(size_t bytes);  // no bytes are in the first, too
std::string FormatMaskedInput(const MaskedInput& masked);
// nullopt for anything that FormatMaskedInput() does not make.
std::optional<MaskedInput> ParseMaskedInput(std::string_view data);

}  // namespace secure_exec
