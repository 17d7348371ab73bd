#include "replay/search/channel_lines.h"

#include <algorithm>
#include <utility>

#include "replay/search/plain_lines.h"

namespace secure_exec {

ChannelLines::ChannelLines(Source source, Line line, Block block)
    : source_(source),
      line_(std::move(line)),
      block_(std::move(block)),
      text_(source == Source::kTyped ? PlainText::Source::kTyped : PlainText::Source::kOutput,
            line_),
      passing_(source == Source::kOutput) {}

void ChannelLines::Feed(std::string_view bytes, int64_t t_us) {
  switch (source_) {
    case Source::kRaw:
      return FeedRaw(bytes, t_us);
    case Source::kOutput:
      return FeedOutput(bytes, t_us);
    case Source::kTyped:
      return text_.Feed(bytes, t_us);
  }
}

void ChannelLines::Finish() {
  if (source_ != Source::kRaw) {
    ReplayPartial();
    text_.Finish();
  } else if (!partial_.empty()) {
    line_({.text = partial_, .ended = false, .marks = &partial_marks_});
    partial_.clear();
  }
}

void ChannelLines::FeedRaw(std::string_view bytes, int64_t t_us) {
  const size_t last = bytes.rfind('\n');
  if (last != std::string_view::npos) {
    TakeWhole(bytes.substr(0, last + 1), t_us);
    bytes.remove_prefix(last + 1);
  }
  while (!bytes.empty()) {
    const size_t part = std::min(bytes.size(), PlainText::kMaxLine - partial_.size());
    KeepPartial(bytes.substr(0, part), t_us);
    bytes.remove_prefix(part);
    if (partial_.size() < PlainText::kMaxLine) continue;
    line_({.text = partial_, .ended = false, .marks = &partial_marks_});
    partial_.clear();
  }
}

void ChannelLines::FeedOutput(std::string_view bytes, int64_t t_us) {
  while (!bytes.empty()) {
    if (passing_) {
      const std::string_view plain = bytes.substr(0, TextPrefix(bytes));
      const size_t last = plain.rfind('\n');
      if (last != std::string_view::npos) {
        TakeWhole(bytes.substr(0, last + 1), t_us);
        bytes.remove_prefix(last + 1);
        continue;
      }
      if (plain.size() == bytes.size() && partial_.size() + plain.size() <= kMaxPartial) {
        return KeepPartial(plain, t_us);
      }
      ReplayPartial();
    }
    const size_t end = bytes.find('\n');
    const size_t part = end == std::string_view::npos ? bytes.size() : end + 1;
    text_.Feed(bytes.substr(0, part), t_us);
    bytes.remove_prefix(part);
    passing_ = text_.idle();
  }
}

void ChannelLines::TakeWhole(std::string_view lines, int64_t t_us) {
  if (!partial_.empty()) {
    const size_t end = lines.find('\n');
    std::string_view rest = lines.substr(0, end);
    if (source_ == Source::kOutput && rest.ends_with('\r')) rest.remove_suffix(1);
    if (!rest.empty()) KeepPartial(rest, t_us);
    line_({.text = partial_, .marks = &partial_marks_});
    partial_.clear();
    lines.remove_prefix(end + 1);
  }
  if (source_ == Source::kOutput && lines.find('\r') != std::string_view::npos) {
    // Each one is before a line feed.
    without_cr_.assign(lines);
    std::erase(without_cr_, '\r');
    lines = without_cr_;
  }
  if (!lines.empty()) block_(lines, t_us);
}

void ChannelLines::KeepPartial(std::string_view bytes, int64_t t_us) {
  if (partial_.empty()) partial_marks_.clear();
  if (partial_marks_.empty() || partial_marks_.back().t_us != t_us) {
    partial_marks_.push_back({partial_.size(), t_us});
  }
  partial_ += bytes;
}

// As it came.
void ChannelLines::ReplayPartial() {
  const std::string partial = std::exchange(partial_, {});
  for (size_t i = 0; i < partial_marks_.size() && !partial.empty(); ++i) {
    const size_t from = partial_marks_[i].offset;
    const size_t to = i + 1 < partial_marks_.size() ? partial_marks_[i + 1].offset : partial.size();
    text_.Feed(std::string_view(partial).substr(from, to - from), partial_marks_[i].t_us);
  }
}

}  // namespace secure_exec
