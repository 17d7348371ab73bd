#include "replay/masked_texts.h"

#include <fmt/format.h>

#include "recorder/cast/masked_input.h"

namespace secure_exec {
namespace {

// A hostile recording must not make a reader's memory grow without end.
constexpr size_t kMaxNumbers = 100'000;

}  // namespace

std::string MaskedTexts::See(const Event& event) {
  if (event.code == 'p') open_ = true;
  if (event.code == 'i' || event.code == 'I') open_ = false;
  if (event.code != 'P') return "";
  open_ = false;
  ++masked_;
  const auto masked = ParseMaskedInput(event.data);
  if (!masked) return "[masked]";
  const auto known = numbers_.find(masked->hmac);
  if (known == numbers_.end() && numbers_.size() == kMaxNumbers) {
    return fmt::format("[masked: {} bytes]", masked->bucket);
  }
  const size_t number = known != numbers_.end()
                            ? known->second
                            : numbers_.emplace(masked->hmac, numbers_.size() + 1).first->second;
  return fmt::format("[masked: {} bytes, secret {}]", masked->bucket, number);
}

}  // namespace secure_exec
