// A channel that went to no terminal, or of which no emulator is asked, as lines: of text
// (base/vt/plain_text.h) or of bytes as they were. Whole lines that need no looking at pass in
// blocks, so that most of what programs print is searched at once and not line by line.
//
// Memory: a line of PlainText::kMaxLine; longer ones come in pieces.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/vt/plain_text.h"

namespace secure_exec {

class ChannelLines {
 public:
  enum class Source {
    kOutput,  // what a program printed
    kTyped,   // what a person typed
    kRaw,     // bytes as they were, LF ends a line
  };
  using Line = std::function<void(const TextLine&)>;
  // Whole lines, each with its line feed, that appeared at `t_us`.
  using Block = std::function<void(std::string_view lines, int64_t t_us)>;

  ChannelLines(Source source, Line line, Block block);

  // Bytes that appeared at `t_us`.
  void Feed(std::string_view bytes, int64_t t_us);
  // The stream's end: hands out what is left.
  void Finish();

 private:
  // A longer start of a line of text goes to PlainText.
  static constexpr size_t kMaxPartial = 64 * 1024;

  void FeedRaw(std::string_view bytes, int64_t t_us);
  void FeedOutput(std::string_view bytes, int64_t t_us);
  void TakeWhole(std::string_view lines, int64_t t_us);
  void KeepPartial(std::string_view bytes, int64_t t_us);
  void ReplayPartial();

  const Source source_;
  Line line_;
  Block block_;
  PlainText text_;
  bool passing_;         // text_ is at the start of a line: what is plain may pass it by
  std::string partial_;  // the start of a line
  std::vector<TextLine::Mark> partial_marks_;
  std::string without_cr_;  // scratch
};

}  // namespace secure_exec
