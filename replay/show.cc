// show: the screen at one moment.
#include "replay/command.h"
#include "replay/format.h"
#include "replay/output_file.h"
#include "replay/render/render.h"
#include "replay/say_ending.h"
#include "replay/session_screen.h"
#include "replay/session_time.h"

namespace secure_exec {
namespace {

constexpr std::string_view kFormats[] = {"text", "ansi", "svg"};
constexpr OptionSpec kOptions[] = {
    {"at", "TIME", "the moment: an offset or a time of day (default: the end)"},
    {"format", "FORMAT",
     "text, ansi (with colours) or svg (an image); on a terminal ansi, else text", kFormats},
    {"output,o", "FILE", "where to (default, and -: standard output); must not be there yet"},
    {"force,f", nullptr, "overwrite FILE"},
};

using Renderer = std::string (*)(const Screen&);

Result<Renderer> RendererOf(const Arguments& arguments, const World& world) {
  const bool to_terminal = world.out.is_terminal() && OutputFile::IsStandard(arguments);
  const std::string name = arguments.Get("format", to_terminal ? "ansi" : "text");
  if (name == "text") return &RenderText;
  if (name == "ansi") return &RenderAnsi;
  if (name == "svg") return &RenderSvg;
  return Fail(ErrorKind::kUsage, "--format takes text, ansi or svg, not \"{}\"", name);
}

Result<int> Run(const Arguments& arguments, World& world) {
  const auto render = RendererOf(arguments, world);
  if (!render) return tl::unexpected(render.error());
  const auto recording = OpenRecording(arguments, world, arguments.positional[0]);
  if (!recording) return tl::unexpected(recording.error());
  const CastHeader& header = (*recording)->header();
  int64_t at_us = INT64_MAX;
  if (arguments.Has("at")) {
    const auto at = ParseSessionTime(arguments.Get("at"), header);
    if (!at) return Fail(ErrorKind::kUsage, "--at {}", at.error().message);
    at_us = *at;
  }

  SessionScreen session(header);
  Event event;
  int64_t last_us = 0;
  bool ended = false;
  std::optional<Error> problem;
  while (true) {
    const auto more = (*recording)->Next(event);
    if (!more) problem = more.error();
    ended = more && !*more;
    if (!more || !*more || event.t_us > at_us) break;
    last_us = event.t_us;
    session.Show(event);
  }
  if (ended) session.Finish();

  auto output = OutputFile::Open(arguments, world, (*recording)->path());
  if (!output) return tl::unexpected(output.error());
  output->out().Write((*render)(session.screen()));
  if (auto closed = output->Close(); !closed) return tl::unexpected(closed.error());
  // What stands before an altered place is shown all the same, but is not all there is.
  if (problem) return tl::unexpected(*problem);
  if (ended && arguments.Has("at") && last_us < at_us) {
    SayNote(world, fmt::format("nothing was recorded after {}: this is the last screen",
                               FormatOffset(last_us)));
  } else if (ended) {
    SayEnding(**recording, world);
  }
  return 0;
}

}  // namespace

const Command kShowCommand = {
    .name = "show",
    .summary = "the screen at one moment",
    .synopsis = "REC [--at TIME] [--format text|ansi|svg] [--output FILE]",
    .details =
        "TIME is an offset (90, 1:30, 0:01:30.5, 1m30s) or a time of day (2026-11-23 14:03:07Z,\n"
        "14:03:07Z), as grep prints them. Nothing that was recorded can act on the terminal, or\n"
        "on a browser that shows the image.\n",
    .options = kOptions,
    .min_arguments = 1,
    .max_arguments = 1,
    .first_recording = 0,
    .last_recording = 0,
    .run = Run,
};

}  // namespace secure_exec
