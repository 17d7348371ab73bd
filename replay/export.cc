// export: a recording as a file for other programs.
#include <memory>
#include <optional>

#include "replay/command.h"
#include "replay/export/exporter.h"
#include "replay/export/svg_export.h"
#include "replay/output_file.h"
#include "replay/render/redraw.h"
#include "replay/say_ending.h"
#include "replay/session_screen.h"
#include "replay/session_time.h"

namespace secure_exec {
namespace {

constexpr std::string_view kFormats[] = {"v2", "v3", "text", "jsonl", "svg"};
constexpr OptionSpec kOptions[] = {
    {"format", "FORMAT",
     "v2 (default), v3: an asciicast; text; jsonl: an object for each event; svg: an image that "
     "moves; else FILE's name tells: .svg, .txt, .jsonl",
     kFormats},
    {"output,o", "FILE", "where to (default, and -: standard output); must not be there yet"},
    {"force,f", nullptr, "overwrite FILE, or write an asciicast to a terminal"},
    {"from", "TIME", "begin there; an asciicast or an image with the screen of then"},
    {"to", "TIME", "end there"},
    {"input", nullptr, "with what was typed, in an asciicast too (in JSON lines it always is)"},
};

// What becomes of the exporter's text is written when there is this much of it.
constexpr size_t kPiece = Output::kBufferBytes;

struct Range {
  int64_t from_us = 0;
  int64_t to_us = INT64_MAX;
};

Result<Range> RangeOf(const Arguments& arguments, const CastHeader& header) {
  Range range;
  if (arguments.Has("from")) {
    const auto from = ParseSessionTime(arguments.Get("from"), header);
    if (!from) return Fail(ErrorKind::kUsage, "--from {}", from.error().message);
    range.from_us = *from;
  }
  if (arguments.Has("to")) {
    const auto to = ParseSessionTime(arguments.Get("to"), header);
    if (!to) return Fail(ErrorKind::kUsage, "--to {}", to.error().message);
    range.to_us = *to;
  }
  if (range.to_us < range.from_us) {
    return Fail(ErrorKind::kUsage, "--to {} is before --from {}", arguments.Get("to"),
                arguments.Get("from"));
  }
  return range;
}

struct Format {
  enum class Kind { kCast, kText, kJson, kImage };
  Kind kind = Kind::kImage;
  std::unique_ptr<Exporter> exporter;  // none: an image
};

// What the end of a file's name says, where nothing else does.
std::string_view FormatByName(std::string_view file) {
  constexpr std::pair<std::string_view, std::string_view> kEnds[] = {
      {".svg", "svg"}, {".txt", "text"}, {".jsonl", "jsonl"}};
  for (const auto& [end, format] : kEnds) {
    if (file.ends_with(end)) return format;
  }
  return "v2";
}

Result<Format> FormatOf(const Arguments& arguments) {
  using enum Format::Kind;
  const std::string name = arguments.Get("format", FormatByName(arguments.Get("output")));
  const bool input = arguments.Has("input");
  if (input && (name == "text" || name == "svg")) {
    return Fail(ErrorKind::kUsage, "--input is not for {}; cat --channel stdin has what was typed",
                name);
  }
  if (name == "v2") return Format{kCast, MakeCastExporter({.version = 2, .input = input})};
  if (name == "v3") return Format{kCast, MakeCastExporter({.version = 3, .input = input})};
  if (name == "text") return Format{kText, MakeTextExporter()};
  if (name == "jsonl") return Format{kJson, MakeJsonLinesExporter()};
  if (name == "svg") return Format{};
  return Fail(ErrorKind::kUsage, "--format takes v2, v3, text, jsonl or svg, not \"{}\"", name);
}

// What an asciicast of the rest of a session begins with: the screen of then, drawn anew. Nothing
// else of what came before is in it: a part may be given to people whom the rest is not for.
template <class Add>
void AddScreen(const SessionScreen& session, Add add) {
  const std::string redraw = Redraw(session.screen());
  for (size_t at = 0; at < redraw.size(); at += kMaxLinePayload) {
    add({.code = 'o', .data = redraw.substr(at, kMaxLinePayload)});
  }
  add({.code = 'o', .data = session.text().waiting(Channel::kStdout)});
  add({.code = 'e', .data = session.text().waiting(Channel::kStderr)});
}

// Of a recording with an altered place, what stands before it.
Result<void> Export(Recording& recording, const Range& range, Format& format, Output& out) {
  if (!format.exporter) return ExportSvg(recording, range.from_us, range.to_us, out);
  const bool is_cast = format.kind == Format::Kind::kCast;
  CastHeader header = recording.header();
  // Its times begin with the range.
  if (is_cast && header.timestamp > 0) header.timestamp += range.from_us / 1'000'000;
  SessionScreen session(header);
  bool was_going_on = false;
  bool begun = false;
  std::string text;
  const auto add = [&](const Event& event) {
    format.exporter->Add(event, text);
    if (text.size() < kPiece) return;
    out.Write(text);
    text.clear();
  };
  const auto begin = [&] {
    format.exporter->Begin(header, text);
    if (is_cast && was_going_on) AddScreen(session, add);
    begun = true;
  };
  Event event;
  int64_t last_us = 0;
  Result<void> done;
  while (!out.failed()) {
    const auto more = recording.Next(event);
    if (!more) done = tl::unexpected(more.error());
    if (!more || !*more || event.t_us > range.to_us) break;
    if (event.t_us < range.from_us) {
      const bool resizes = event.code == 'r' && format.kind != Format::Kind::kJson;
      const bool draws = is_cast && event.is_bytes() && event.channel() != Channel::kStdin;
      if (resizes || draws) session.Show(event);
      if (resizes) {
        header.width = session.screen().columns();
        header.height = session.screen().rows();
      }
      was_going_on = was_going_on || draws;
      continue;
    }
    if (!begun) begin();
    if (is_cast) event.t_us -= range.from_us;
    last_us = event.t_us;
    add(event);
  }
  if (!begun) begin();
  format.exporter->Finish(last_us, text);
  out.Write(text);
  out.Flush();
  return done;
}

Result<int> Run(const Arguments& arguments, World& world) {
  auto format = FormatOf(arguments);
  if (!format) return tl::unexpected(format.error());
  const bool is_cast = format->kind == Format::Kind::kCast;
  if (OutputFile::IsStandard(arguments) && is_cast && world.out.is_terminal() &&
      !arguments.Has("force")) {
    return Fail(ErrorKind::kUsage,
                "an asciicast is for a file or a program: --output FILE, or --force");
  }
  const auto recording = OpenRecording(arguments, world, arguments.positional[0]);
  if (!recording) return tl::unexpected(recording.error());
  const auto range = RangeOf(arguments, (*recording)->header());
  if (!range) return tl::unexpected(range.error());
  auto output = OutputFile::Open(arguments, world, (*recording)->path());
  if (!output) return tl::unexpected(output.error());

  const Result<void> done = Export(**recording, *range, *format, output->out());
  if (auto closed = output->Close(); !closed) return tl::unexpected(closed.error());
  if (!done) return tl::unexpected(done.error());
  if (range->to_us == INT64_MAX) SayEnding(**recording, world);
  return 0;
}

}  // namespace

const Command kExportCommand = {
    .name = "export",
    .summary = "give it to other programs: asciicast, text, JSON lines, SVG",
    .synopsis = "REC [--format v2|v3|text|jsonl|svg] [--from TIME] [--to TIME] [--output FILE]",
    .details =
        "In an asciicast stderr is shown beside stdout, and lines of a session without a\n"
        "terminal end in CR LF, as a terminal would have shown them. TIME is an offset (90,\n"
        "1:30, 0:01:30.5, 1m30s) or a time of day (2026-11-23 14:03:07Z, 14:03:07Z). The copy\n"
        "can be altered by anybody: the recording alone is evidence.\n",
    .options = kOptions,
    .min_arguments = 1,
    .max_arguments = 1,
    .first_recording = 0,
    .last_recording = 0,
    .run = Run,
};

}  // namespace secure_exec
