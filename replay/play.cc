// play: shows a session as it went, on a terminal that it cannot attack.
#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "base/vt/safe_output.h"
#include "replay/command.h"
#include "replay/session_text.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

constexpr OptionSpec kOptions[] = {
    {"speed,s", "X", "X times as fast"},
    {"max-idle,i", "S", "no pause longer than S seconds"},
};

constexpr int kInterruptedExit = 130;

struct Pace {
  double speed;
  double max_idle_us;
};

// Where in playing time the session's events are.
class Schedule {
 public:
  Schedule(Pace pace, int64_t start_ns) : pace_(pace), at_ns_(static_cast<double>(start_ns)) {}

  // When the event at `t_us` is due; called for what is shown, in order.
  int64_t Due(int64_t t_us) {
    const double gap_us = std::min(static_cast<double>(t_us - last_us_), pace_.max_idle_us);
    last_us_ = t_us;
    at_ns_ += gap_us * 1000 / pace_.speed;
    constexpr double kMax = 9e18;  // below 2^63
    return static_cast<int64_t>(std::min(at_ns_, kMax));
  }

 private:
  Pace pace_;
  double at_ns_;
  int64_t last_us_ = 0;
};

std::string SizeText(WindowSize size) { return fmt::format("{}x{}", size.columns, size.rows); }

struct Playback {
  bool interrupted = false;
  WindowSize largest;
  Result<void> result;
};

Playback Play(Recording& recording, Pace pace, World& world) {
  const CastHeader& header = recording.header();
  Playback playback;
  playback.largest = {header.width, header.height};
  SafeOutput safe({.newline_returns = !HasTerminal(header)});
  Schedule schedule(pace, world.pacer.NowNs());
  std::string shown;
  char last = '\n';
  const auto show = [&] {
    if (shown.empty()) return;
    last = shown.back();
    world.out.Write(shown);
    world.out.Flush();
    shown.clear();
  };
  Event event;
  while (!world.out.failed()) {
    const auto more = recording.Next(event);
    if (!more) playback.result = tl::unexpected(more.error());
    if (!more || !*more) break;
    if (event.code == 'r') {
      const WindowSize size = ParseResize(event.data).value_or(WindowSize{1, 1});
      playback.largest.columns = std::max(playback.largest.columns, size.columns);
      playback.largest.rows = std::max(playback.largest.rows, size.rows);
    } else if (event.is_bytes() && event.channel() != Channel::kStdin) {
      safe.Feed(event.data, shown);
    } else if (event.code == 'd') {
      uint64_t bytes[kChannels] = {0, 0, 0};
      AddDigest(event.data, bytes);
      for (const Channel channel : {Channel::kStdout, Channel::kStderr}) {
        if (const uint64_t count = bytes[static_cast<int>(channel)]; count > 0) {
          // CAN ends an escape sequence that the output left open: it would swallow the note.
          safe.Feed(fmt::format("\x18[{} bytes of {}: only their digest was recorded]\r\n", count,
                                ChannelName(channel)),
                    shown);
        }
      }
    }
    if (shown.empty()) continue;
    if (!world.pacer.WaitUntil(schedule.Due(event.t_us))) {
      playback.interrupted = true;
      shown.clear();
      break;
    }
    show();
  }
  const bool at_line_start = last == '\n';
  safe.Finish(shown);
  if (!at_line_start) shown += "\r\n";
  show();
  return playback;
}

Result<int> Run(const Arguments& arguments, World& world) {
  const auto speed = PositiveNumber(arguments, "speed", 1);
  if (!speed) return tl::unexpected(speed.error());
  const auto max_idle = PositiveNumber(arguments, "max-idle", INFINITY);
  if (!max_idle) return tl::unexpected(max_idle.error());
  if (!world.out.is_terminal()) {
    Arguments text;
    text.positional = arguments.positional;
    if (arguments.Has("store")) text.options["store"] = arguments.All("store");
    return kCatCommand.run(text, world);
  }
  const auto recording = OpenRecording(arguments, world, arguments.positional[0]);
  if (!recording) return tl::unexpected(recording.error());
  const CastHeader& header = (*recording)->header();
  const std::optional<WindowSize> terminal = world.pacer.size();
  const WindowSize recorded{header.width, header.height};
  const auto too_large = [&](WindowSize size) {
    return HasTerminal(header) && terminal &&
           (size.columns > terminal->columns || size.rows > terminal->rows);
  };
  if (too_large(recorded)) {
    SayNote(world, fmt::format("recorded at {}, this terminal has {}: lines may break elsewhere",
                               SizeText(recorded), SizeText(*terminal)));
  }

  if (auto begun = world.pacer.Begin(); !begun) return tl::unexpected(begun.error());
  const Playback playback = Play(**recording, {*speed, *max_idle * 1e6}, world);
  world.pacer.End();
  if (playback.interrupted) return kInterruptedExit;
  if (!playback.result) return tl::unexpected(playback.result.error());
  if (playback.largest != recorded && too_large(playback.largest)) {
    SayNote(world, fmt::format("its terminal grew to {}, this one has {}",
                               SizeText(playback.largest), SizeText(*terminal)));
  }
  if ((*recording)->ending() == Recording::Ending::kCut) {
    SayNote(world, "no seal: the session crashed, is still running, or the recording was cut off");
  } else if ((*recording)->ending() == Recording::Ending::kRecovered) {
    SayNote(world, "recovered: made of a recording without a seal");
  }
  return 0;
}

}  // namespace

const Command kPlayCommand = {
    .name = "play",
    .summary = "show a session as it went",
    .synopsis = "REC [--speed X] [--max-idle S]",
    .details =
        "Only what draws text reaches the terminal. Ctrl-C ends the playing. Where the output is\n"
        "not a terminal the text comes at once, as from cat.\n",
    .options = kOptions,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = Run,
};

}  // namespace secure_exec
