// One session, one pattern: hands out the lines that grep prints. What a terminal showed is
// searched as a person saw it (seen_text.h); what went to no terminal, and what was typed, as lines
// of text (channel_lines.h), each channel by itself. Or all of them as lines of raw bytes.
//
// Memory: SeenText's, and of each channel that went to no terminal the hits that wait for the lines
// after them: up to kMaxContext of SeenText, each with its own text (up to PlainText::kMaxLine, and
// the times of its parts) and twice so many lines of kMaxContextLine.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/vt/plain_text.h"
#include "base/window_size.h"
#include "recorder/cast/event.h"
#include "replay/search/matcher.h"
#include "replay/search/seen_text.h"

namespace secure_exec {

struct SearchHit {
  Channel channel = Channel::kStdout;
  std::string_view text;  // may hold invisible characters (base/vt/safe_text.h); raw: any bytes
  int64_t match_us = 0;   // when all of the first match was there; of an inverted search, the line
  // On a full screen: from when to when the line stood there.
  bool full_screen = false;
  int64_t began_us = 0;
  int64_t ended_us = 0;
  uint64_t line = 0;                      // number in its channel, from 1; on a full screen the row
  std::span<const std::string> before{};  // the lines above it, the nearest last
  std::span<const std::string> after{};
  std::vector<TextLine::Mark> const* marks = nullptr;  // when the parts of the text appeared

  // When all bytes of this range of the text were there.
  int64_t TimeOf(Matcher::Range range) const;
};

class SessionSearch {
 public:
  // A longer line of context is cut, and ends with "…"; one on a terminal at kMaxContextLine of
  // SeenText.
  static constexpr size_t kMaxContextLine = 4096;

  struct Options {
    bool terminal = true;  // the session had one; else stdout and stderr are texts
    bool raw = false;      // lines of bytes as they were; for a Matcher of bytes
    WindowSize size{};     // at its start
    size_t before = 0;     // lines of context, up to SeenText::kMaxContext
    size_t after = 0;
  };
  using Sink = std::function<void(const SearchHit&)>;

  // `matcher` outlives the search.
  SessionSearch(Options options, const Matcher& matcher, Sink sink);
  ~SessionSearch();

  // In the order of the session; channels that are not fed are not searched.
  void Feed(Channel channel, std::string_view bytes, int64_t t_us);
  void Resize(WindowSize size, int64_t t_us);
  void Finish();

 private:
  class Screen;
  class Text;

  int64_t now_us_ = 0;
  std::unique_ptr<Screen> screen_;                      // stdout of a terminal
  std::array<std::unique_ptr<Text>, kChannels> texts_;  // the others
};

}  // namespace secure_exec
