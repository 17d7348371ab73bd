#include "replay/recording_search.h"

#include "replay/masked_texts.h"
#include "replay/read_ahead.h"
#include "replay/session_text.h"

namespace secure_exec {
namespace {

// Events after which a thread may be had. It pays where they have so many bytes: to hand a key over
// to another processor costs more than to read it.
constexpr size_t kAskEvery = 256;
constexpr size_t kWorthwhile = kAskEvery * 256;

}  // namespace

Result<void> SearchRecording(Recording& recording, const SearchScope& scope, const Matcher& matcher,
                             const SessionSearch::Sink& sink, const std::function<bool()>& enough,
                             const std::function<bool()>& spare) {
  const CastHeader& header = recording.header();
  SessionSearch search({.terminal = HasTerminal(header),
                        .raw = scope.raw,
                        .size = {.columns = header.width, .rows = header.height},
                        .before = scope.before,
                        .after = scope.after},
                       matcher, sink);
  const bool typed = scope.channels[static_cast<int>(Channel::kStdin)] && !scope.raw;
  MaskedTexts masked;
  ReadAhead events(recording);
  size_t until_asked = kAskEvery;
  size_t bytes = 0;  // of events since it was asked
  Event event;
  Result<void> result;
  while (!enough()) {
    if (!events.started() && spare && --until_asked == 0) {
      if (bytes >= kWorthwhile && spare()) events.Start();
      until_asked = kAskEvery;
      bytes = 0;
    }
    const auto more = events.Next(event);
    if (!more) result = tl::unexpected(more.error());
    if (!more || !*more) break;
    bytes += event.data.size();
    if (event.is_bytes()) {
      const Channel channel = event.channel();
      if (scope.channels[static_cast<int>(channel)]) search.Feed(channel, event.data, event.t_us);
    } else if (event.code == 'r') {
      if (const auto size = ParseResize(event.data)) search.Resize(*size, event.t_us);
    }
    if (!typed) continue;
    if (const std::string text = masked.See(event); !text.empty()) {
      search.Feed(Channel::kStdin, text, event.t_us);
    }
  }
  if (!enough()) search.Finish();
  return result;
}

}  // namespace secure_exec
