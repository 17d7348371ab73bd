#include "recorder/frame_check.h"

#include <fmt/format.h>

namespace secure_exec {
namespace {

constexpr size_t kMaxSecondsDigits = 10;
constexpr size_t kFractionDigits = 6;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<LinePrefix> ParseLinePrefix(std::string_view line) {
  LinePrefix prefix;
  size_t at = 1;
  if (!line.starts_with('[')) return std::nullopt;
  for (; at < line.size() && IsDigit(line[at]); ++at) {
    if (at > kMaxSecondsDigits) return std::nullopt;
    prefix.t_us = prefix.t_us * 10 + static_cast<uint64_t>(line[at] - '0');
  }
  const bool padded = at > 2 && line[1] == '0';
  if (at == 1 || padded || line.size() <= at || line[at] != '.') return std::nullopt;
  const size_t fraction_end = ++at + kFractionDigits;
  for (; at < fraction_end; ++at) {
    if (at >= line.size() || !IsDigit(line[at])) return std::nullopt;
    prefix.t_us = prefix.t_us * 10 + static_cast<uint64_t>(line[at] - '0');
  }
  const std::string_view rest = line.substr(at);
  // , "c", "…"]
  if (rest.size() < 10 || rest.substr(0, 3) != ", \"" || rest.substr(4, 4) != "\", \"" ||
      rest.substr(rest.size() - 2) != "\"]") {
    return std::nullopt;
  }
  prefix.code = rest[3];
  const bool letter =
      (prefix.code >= 'a' && prefix.code <= 'z') || (prefix.code >= 'A' && prefix.code <= 'Z');
  if (!letter) return std::nullopt;
  prefix.size = at + 6;
  return prefix;
}

FrameCheck::FrameCheck(const Hash& seed, uint64_t last_us) : salts_(seed), last_us_(last_us) {}

void FrameCheck::AddLeaf(std::string_view prefix, std::string_view payload) {
  tree_.Add(MerkleLeaf(prefix, PayloadCommitment(salts_.Next(), payload)));
}

void FrameCheck::AddHeader(std::string_view line) { AddLeaf({}, line); }

std::optional<std::string> FrameCheck::Add(std::string_view line) {
  const uint32_t number = lines();
  const auto bad = [&](std::string_view what) {
    return fmt::format("its line {} {}", number, what);
  };
  const auto prefix = ParseLinePrefix(line);
  if (!prefix) return bad("is not of an event's form");
  if (ended_) return bad("follows the exit event");
  if (prefix->t_us < last_us_) return bad("goes back in time");
  const auto read = reader_.Read(line, event_);
  if (!read || !*read) return bad("is not an event");
  last_us_ = prefix->t_us;
  if (number == 0) t_first_us_ = prefix->t_us;
  if (event_.is_bytes()) {
    payload_bytes_[static_cast<int>(event_.channel())] += static_cast<uint32_t>(event_.data.size());
  }
  ended_ = event_.code == 'x';
  AddLeaf(line.substr(0, prefix->size), line.substr(prefix->size));
  return std::nullopt;
}

}  // namespace secure_exec
