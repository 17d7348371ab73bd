// cat: a recording's text, or a channel's exact bytes.
#include <algorithm>

#include "base/vt/safe_text.h"
#include "replay/command.h"
#include "replay/masked_texts.h"
#include "replay/say_ending.h"
#include "replay/session_text.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

constexpr std::string_view kChannelNames[] = {"stdin", "stdout", "stderr"};
constexpr OptionSpec kOptions[] = {
    {"channel", "CHANNEL", "stdin, stdout or stderr; may be repeated (default: stdout and stderr)",
     kChannelNames},
    {"raw", nullptr, "the bytes of one channel (default: stdout) exactly as they were"},
    {"force,f", nullptr, "write raw bytes to a terminal"},
};

struct Wanted {
  bool channels[kChannels] = {false, false, false};
  bool operator[](Channel channel) const { return channels[static_cast<int>(channel)]; }
};

Result<Wanted> WantedChannels(const Arguments& arguments) {
  Wanted wanted;
  const bool raw = arguments.Has("raw");
  if (!arguments.Has("channel")) {
    wanted.channels[static_cast<int>(Channel::kStdout)] = true;
    wanted.channels[static_cast<int>(Channel::kStderr)] = !raw;
    return wanted;
  }
  for (const std::string& name : arguments.All("channel")) {
    bool known = false;
    for (int i = 0; i < kChannels; ++i) {
      if (name == ChannelName(static_cast<Channel>(i))) known = wanted.channels[i] = true;
    }
    if (!known) {
      return Fail(ErrorKind::kUsage, "--channel takes stdin, stdout or stderr, not \"{}\"", name);
    }
  }
  if (raw && std::count(std::begin(wanted.channels), std::end(wanted.channels), true) > 1) {
    return Fail(ErrorKind::kUsage, "--raw gives one channel: name one --channel");
  }
  return wanted;
}

// What the recording does not hold of the wanted channels.
class Missing {
 public:
  Missing(const Wanted& wanted, const CastHeader& header) : wanted_(wanted) {
    for (int i = 0; i < kChannels && header.session; ++i) {
      off_[i] = header.session->record[i] == RecordMode::kOff;
    }
  }

  // What stands in a text for what is missing there, if anything does.
  std::string See(const Event& event) {
    if (event.code == 'd') AddDigest(event.data, digested_);
    return masked_.See(event);
  }

  std::vector<std::string> Texts() const {
    std::vector<std::string> texts;
    for (int i = 0; i < kChannels; ++i) {
      const auto channel = static_cast<Channel>(i);
      if (!wanted_[channel]) continue;
      const std::string_view name = ChannelName(channel);
      // A session without standard error has nothing to be missed.
      if (off_[i] && channel != Channel::kStderr)
        texts.push_back(fmt::format("{} was not recorded", name));
      if (digested_[i] > 0) {
        texts.push_back(fmt::format("{} bytes of {} are not in the recording, only their SHA-256",
                                    digested_[i], name));
      }
    }
    if (!wanted_[Channel::kStdin]) return texts;
    if (masked_.masked() > 0) {
      texts.push_back(
          fmt::format("{} lines of stdin were masked: they may be secrets ({} different)",
                      masked_.masked(), masked_.different()));
    }
    if (masked_.open()) texts.push_back("what was typed last is not in the recording");
    return texts;
  }

 private:
  Wanted wanted_;
  bool off_[kChannels] = {false, false, false};
  uint64_t digested_[kChannels] = {0, 0, 0};
  MaskedTexts masked_;
};

Result<void> CopyRaw(Recording& recording, const Wanted& wanted, Missing& missing, Output& out) {
  Event event;
  while (!out.failed()) {
    const auto more = recording.Next(event);
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    (void)missing.See(event);
    if (event.is_bytes() && wanted[event.channel()]) {
      out.Write(event.data);
    }
  }
  return {};
}

Result<void> CopyText(Recording& recording, const Wanted& wanted, Missing& missing, Output& out) {
  std::string shown;
  const auto sink = [&](const TextLine& line) {
    shown.clear();
    AppendSafeText(line.text, shown);
    if (line.ended) shown += '\n';
    out.Write(shown);
  };
  // One stream for what was printed, in its order; what was typed is another.
  PlainText output(PlainText::Source::kOutput, sink);
  PlainText typed(PlainText::Source::kTyped, sink);
  if (HasTerminal(recording.header())) output.SetColumns(recording.header().width);
  const auto finish = [&] {
    output.Finish();
    typed.Finish();
  };
  Event event;
  while (!out.failed()) {
    const auto more = recording.Next(event);
    if (!more) {
      finish();
      return tl::unexpected(more.error());
    }
    if (!*more) break;
    const std::string masked = missing.See(event);
    if (!masked.empty() && wanted[Channel::kStdin]) typed.Feed(masked, event.t_us);
    if (!event.is_bytes()) {
      ApplyResize(recording.header(), event, output);
    } else if (wanted[event.channel()]) {
      (event.channel() == Channel::kStdin ? typed : output).Feed(event.data, event.t_us);
    }
  }
  finish();
  return {};
}

Result<int> Run(const Arguments& arguments, World& world) {
  const auto wanted = WantedChannels(arguments);
  if (!wanted) return tl::unexpected(wanted.error());
  const bool raw = arguments.Has("raw");
  if (raw && world.out.is_terminal() && !arguments.Has("force")) {
    return Fail(
        ErrorKind::kUsage,
        "raw bytes can attack a terminal: send them to a file or a program, or add --force");
  }
  const auto recording = OpenRecording(arguments, world, arguments.positional[0]);
  if (!recording) return tl::unexpected(recording.error());
  Missing missing(*wanted, (*recording)->header());
  const auto copied = raw ? CopyRaw(**recording, *wanted, missing, world.out)
                          : CopyText(**recording, *wanted, missing, world.out);
  if (world.out.failed()) return 1;
  if (!copied) return tl::unexpected(copied.error());
  const std::vector<std::string> texts = missing.Texts();
  for (const std::string& text : texts) {
    if (raw) {
      SayError(world, {ErrorKind::kFormat, text});
    } else {
      SayNote(world, text);
    }
  }
  SayEnding(**recording, world);
  return raw && !texts.empty() ? 1 : 0;
}

}  // namespace

const Command kCatCommand = {
    .name = "cat",
    .summary = "print the text of a session, or a channel's exact bytes",
    .synopsis = "REC",
    .details =
        "Without --raw: what was printed as lines of text, escape sequences removed and line\n"
        "editing done. With --raw the exit code is 1 if the recording does not hold all bytes.\n",
    .options = kOptions,
    .min_arguments = 1,
    .max_arguments = 1,
    .first_recording = 0,
    .last_recording = 0,
    .run = Run,
};

}  // namespace secure_exec
