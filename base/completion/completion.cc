#include "base/completion/completion.h"

#include <algorithm>

#include "base/vt/safe_text.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxText = 512;

bool IsAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

std::string Shorten(std::string text, size_t limit) {
  if (text.size() <= limit) return text;
  size_t end = limit - 3;  // "…"
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

}  // namespace

bool IsSafeCandidate(std::string_view text) {
  return !text.empty() && text.size() <= kMaxText && IsAlphanumeric(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return IsAlphanumeric(c) ||
                  std::string_view("._:@/+,%=-").find(c) != std::string_view::npos;
         });
}

bool Completion::Add(std::string_view text, std::string_view description, std::string_view lead) {
  if (full()) return false;
  if (IsSafeCandidate(text)) Take(std::string(lead) + std::string(text), description);
  return true;
}

void Completion::AddFlag(std::string_view flag, std::string_view description) {
  if (!full()) Take(std::string(flag), description);
}

void Completion::Take(std::string whole, std::string_view description) {
  if (!whole.starts_with(word_)) return;
  if (std::any_of(candidates_.begin(), candidates_.end(),
                  [&](const Candidate& there) { return there.text == whole; })) {
    return;
  }
  candidates_.push_back({std::move(whole), Shorten(SafeLine(description), kMaxDescription)});
}

bool Completion::no_space() const {
  return !candidates_.empty() &&
         std::all_of(candidates_.begin(), candidates_.end(), [](const Candidate& candidate) {
           const char last = candidate.text.back();
           return last == '/' || last == ':' || last == '=';
         });
}

}  // namespace secure_exec
