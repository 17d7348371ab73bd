// play: a full-screen player on a terminal that the recording cannot attack (player/player.h).
#include <cmath>

#include "recorder/store/lock.h"
#include "replay/command.h"
#include "replay/notes.h"
#include "replay/player/player.h"
#include "replay/render/render.h"
#include "replay/say_ending.h"
#include "replay/sealed_end.h"
#include "replay/session_text.h"
#include "replay/session_time.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

constexpr OptionSpec kOptions[] = {
    {"speed,s", "X", "X times as fast"},
    {"max-idle,i", "S", "no pause longer than S seconds (default: what a foreign cast says)"},
    {"at", "TIME", "begin there: an offset or a time of day"},
    {"follow", nullptr, "begin at the end of a session that goes on, and show what comes"},
};

constexpr int kInterruptedExit = 130;
// Below that, a recording without a seal is read through for where it ends.
constexpr uint64_t kQuicklyRead = 4 << 20;

std::optional<int64_t> EndOf(const Recording& recording, const World& world) {
  if (const auto& session = recording.header().session) {
    if (const auto end = ReadSealedEnd(recording.path(), session->id, world.identities)) {
      return end->t_us;
    }
  }
  if (recording.size() > kQuicklyRead) return std::nullopt;
  const auto summary = Summarize(recording.path(), world.identities);
  if (!summary) return std::nullopt;
  return summary->duration_us;
}

struct Played {
  bool interrupted = false;
  bool by_itself = false;  // it came to the end
};

Played Play(Player& player, World& world) {
  KeyReader keys;
  std::string bytes(Painter::Begin());
  Played played;
  while (!world.out.failed()) {
    player.Advance();
    if (player.over()) break;
    player.Draw(world.pacer.size().value_or(WindowSize{}), bytes);
    world.out.Write(bytes);
    world.out.Flush();
    bytes.clear();
    int64_t until = player.WakeNs();
    if (keys.waiting()) until = std::min(until, world.pacer.NowNs() + KeyReader::kEscapeNs);
    int64_t before_ns = world.pacer.NowNs();
    const Pacer::Wake wake = world.pacer.Wait(until);
    played.interrupted = wake.interrupted || (wake.cancelled && !player.Cancel());
    if (played.interrupted) break;
    if (wake.stop) {
      world.out.Write(Painter::End());
      world.out.Flush();
      before_ns = world.pacer.NowNs();
      if (!world.pacer.Suspend()) return {.interrupted = true};
    }
    if (wake.stop || wake.continued) {
      player.Missed(world.pacer.NowNs() - before_ns);
      bytes += Painter::Begin();
      player.Redraw();
    }
    if (wake.resized) player.Redraw();
    if (wake.no_keys) player.SetNoKeys();
    const auto pressed = wake.keys.empty() && keys.waiting() ? keys.Flush() : keys.Feed(wake.keys);
    for (const Key& key : pressed) player.Press(key);
  }
  played.by_itself = !played.interrupted && !player.quit();
  bytes += Painter::End();
  world.out.Write(bytes);
  world.out.Flush();
  return played;
}

Result<int> Run(const Arguments& arguments, World& world) {
  const auto speed = PositiveNumber(arguments, "speed", 1);
  if (!speed) return tl::unexpected(speed.error());
  const auto max_idle = PositiveNumber(arguments, "max-idle", INFINITY);
  if (!max_idle) return tl::unexpected(max_idle.error());
  const bool is_dumb = world.environment("TERM") == "dumb";
  if (!world.out.is_terminal() || is_dumb) {
    if (world.out.is_terminal()) SayNote(world, "TERM=dumb: the text alone, as from cat");
    for (const char* option : {"at", "follow"}) {
      if (!arguments.Has(option)) continue;
      return Fail(ErrorKind::kUsage,
                  "--{} needs a terminal to play on; for the screen at one moment: show --at",
                  option);
    }
    Arguments text;
    text.positional = arguments.positional;
    if (arguments.Has("store")) text.options["store"] = arguments.All("store");
    return kCatCommand.run(text, world);
  }
  const auto recording = OpenRecording(arguments, world, arguments.positional[0]);
  if (!recording) return tl::unexpected(recording.error());
  const CastHeader& header = (*recording)->header();
  const std::string& path = (*recording)->path();
  Player::Options options{.speed = *speed,
                          .end_us = EndOf(**recording, world),
                          .follow = arguments.Has("follow"),
                          .is_written = [&path] { return IsBeingWritten(path); }};
  if (auto notes = ReadNotes(path)) {
    options.notes = std::move(*notes);
  } else {
    SayNote(world, notes.error().message);
  }
  if (arguments.Has("max-idle")) {
    options.max_idle_us = *max_idle * 1e6;
  } else if (header.idle_time_limit > 0) {
    options.max_idle_us = header.idle_time_limit * 1e6;
  }
  if (arguments.Has("at")) {
    const auto at = ParseSessionTime(arguments.Get("at"), header);
    if (!at) return Fail(ErrorKind::kUsage, "--at {}", at.error().message);
    options.at_us = *at;
  }

  Timeline timeline(**recording);
  if (auto begun = world.pacer.Begin(); !begun) {
    if (begun.error().kind == ErrorKind::kInterrupted) return kInterruptedExit;
    return tl::unexpected(begun.error());
  }
  Player player(timeline, header, std::move(options), [&world] { return world.pacer.NowNs(); });
  const Played played = Play(player, world);
  world.pacer.End();
  if (played.interrupted) return kInterruptedExit;
  // The last screen stays, as it does behind a program that ends.
  if (played.by_itself) world.out.Write(RenderAnsi(timeline.screen()));
  if (timeline.problem()) return tl::unexpected(*timeline.problem());
  if (!played.by_itself) return 0;
  SayEnding(**recording, world);
  return 0;
}

}  // namespace

const Command kPlayCommand = {
    .name = "play",
    .summary = "show a session as it went",
    .synopsis = "REC [--at TIME] [--speed X] [--max-idle S] [--follow]",
    .details =
        "A full-screen player; ? shows its keys, q and Ctrl-C end it (Ctrl-C a search first). "
        "When\n"
        "nobody presses a key it ends with the recording, and leaves the last screen. Only "
        "sequences of the player's own\n"
        "reach the terminal. Where the output is not a terminal the text comes at once, as from\n"
        "cat.\n",
    .options = kOptions,
    .min_arguments = 1,
    .max_arguments = 1,
    .first_recording = 0,
    .last_recording = 0,
    .run = Run,
};

}  // namespace secure_exec
