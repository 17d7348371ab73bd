// grep: lines of text in recordings.
#include <re2/re2.h>

#include <limits>

#include "base/vt/safe_text.h"
#include "recorder/store/store.h"
#include "replay/command.h"
#include "replay/format.h"
#include "replay/masked_texts.h"
#include "replay/session_text.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

constexpr OptionSpec kOptions[] = {
    {"ignore-case,i", nullptr, "upper and lower case are the same"},
    {"fixed-strings,F", nullptr, "PATTERN is text, not an expression"},
    {"invert-match,v", nullptr, "lines that do not match"},
    {"count,c", nullptr, "only the number of lines in each recording"},
    {"files-with-matches,l", nullptr, "only the recordings that have one"},
    {"line-number,n", nullptr, "with the line's number in its channel"},
    {"quiet,q", nullptr, "nothing but the exit code"},
    {"input", nullptr, "search what was typed (stdin) instead of what was printed"},
    {"color", "WHEN", "always, never or auto (default: auto, on a terminal)"},
};

constexpr std::string_view kMatchColour = "\x1B[1;31m";
constexpr std::string_view kNameColour = "\x1B[35m";
constexpr std::string_view kTimeColour = "\x1B[32m";
constexpr std::string_view kNoColour = "\x1B[0m";

struct Search {
  const RE2& pattern;
  bool invert, count, list, number, quiet, input, colour;
  bool names;  // several recordings: say which
};

// Searches one recording and prints its hits.
class Searcher {
 public:
  Searcher(const Search& search, const CastHeader& header, std::string name, Output& out)
      : search_(search), header_(header), name_(std::move(name)), out_(out) {}

  uint64_t hits() const { return hits_; }
  // Nothing that comes can change what is printed.
  bool done() const { return (search_.list || search_.quiet) && hits_ > 0; }

  void Line(Channel channel, const TextLine& line) {
    const uint64_t number = ++lines_[static_cast<int>(channel)];
    if (done() || search_.pattern.Match(line.text, 0, line.text.size(), RE2::UNANCHORED, nullptr,
                                        0) == search_.invert) {
      return;
    }
    ++hits_;
    if (search_.count || search_.list || search_.quiet) return;
    re2::StringPiece match;
    if (!search_.invert) {
      search_.pattern.Match(line.text, 0, line.text.size(), RE2::UNANCHORED, &match, 1);
    }
    const size_t at = search_.invert ? 0 : static_cast<size_t>(match.data() - line.text.data());
    const int64_t t_us = line.TimeAt(at);
    text_.clear();
    if (search_.names) Add(name_, kNameColour, "  ");
    Add(FormatWallMillis(WallAt(header_, t_us)), kTimeColour, "  ");
    Add(FormatOffset(t_us), kTimeColour, "  ");
    Add(ChannelName(channel), {}, "  ");
    if (search_.number) Add(fmt::format("{}", number), kTimeColour, "  ");
    AddMatches(line.text);
    text_ += '\n';
    out_.Write(text_);
  }

 private:
  void Add(std::string_view text, std::string_view colour, std::string_view after) {
    if (search_.colour) text_ += colour;
    text_ += text;
    if (search_.colour && !colour.empty()) text_ += kNoColour;
    text_ += after;
  }

  void AddMatches(std::string_view line) {
    size_t at = 0;
    while (search_.colour && !search_.invert && at < line.size()) {
      re2::StringPiece match;
      if (!search_.pattern.Match(line, at, line.size(), RE2::UNANCHORED, &match, 1)) break;
      if (match.empty()) break;
      const auto begin = static_cast<size_t>(match.data() - line.data());
      AppendSafeText(line.substr(at, begin - at), text_);
      text_ += kMatchColour;
      AppendSafeText(line.substr(begin, match.size()), text_);
      text_ += kNoColour;
      at = begin + match.size();
    }
    AppendSafeText(line.substr(at), text_);
  }

  const Search& search_;
  const CastHeader& header_;
  const std::string name_;
  Output& out_;
  uint64_t lines_[kChannels] = {0, 0, 0};
  uint64_t hits_ = 0;
  std::string text_;
};

Result<void> SearchEvents(Recording& recording, const Search& search, Searcher& searcher,
                          const Output& out) {
  const auto sink = [&](Channel channel) {
    return [&searcher, channel](const TextLine& line) { searcher.Line(channel, line); };
  };
  PlainText texts[kChannels] = {{PlainText::Source::kTyped, sink(Channel::kStdin)},
                                {PlainText::Source::kOutput, sink(Channel::kStdout)},
                                {PlainText::Source::kOutput, sink(Channel::kStderr)}};
  PlainText& terminal = texts[static_cast<int>(Channel::kStdout)];
  if (HasTerminal(recording.header())) terminal.SetColumns(recording.header().width);
  MaskedTexts masked;
  Event event;
  Result<void> result;
  while (!searcher.done() && !out.failed()) {
    const auto more = recording.Next(event);
    if (!more) result = tl::unexpected(more.error());
    if (!more || !*more) break;
    if (!event.is_bytes()) {
      ApplyResize(recording.header(), event, terminal);
      if (search.input) {
        texts[static_cast<int>(Channel::kStdin)].Feed(masked.See(event), event.t_us);
      }
    } else if ((event.channel() == Channel::kStdin) == search.input) {
      texts[static_cast<int>(event.channel())].Feed(event.data, event.t_us);
    }
  }
  for (PlainText& text : texts) text.Finish();
  return result;
}

Result<bool> UseColour(const Arguments& arguments, const World& world) {
  const std::string when = arguments.Get("color", "auto");
  if (when == "always") return true;
  if (when == "never") return false;
  if (when == "auto") return world.out.is_terminal() && !world.environment("NO_COLOR");
  return Fail(ErrorKind::kUsage, "--color takes always, never or auto, not \"{}\"", when);
}

struct Target {
  std::string path;
  std::string name;  // for people, to be named to the next command
};

// The recordings to search; what is not there is said and counted in `problems`.
Result<std::vector<Target>> Targets(const Arguments& arguments, World& world, int& problems) {
  std::vector<Target> targets;
  if (arguments.positional.size() > 1) {
    for (size_t i = 1; i < arguments.positional.size(); ++i) {
      const std::string& name = arguments.positional[i];
      const auto path = FindRecording(arguments, world, name);
      if (path) {
        targets.push_back({*path, *path == name ? name : ""});
      } else {
        SayError(world, path.error());
        ++problems;
      }
    }
    return targets;
  }
  const auto store = StoreOf(arguments, world);
  if (!store) return tl::unexpected(store.error());
  const auto recordings = ListRecordings(*store);
  if (!recordings) return tl::unexpected(recordings.error());
  for (const StoredRecording& recording : *recordings) {
    if (recording.beside_original) continue;
    targets.push_back({recording.path, FormatUuid(recording.id)});
  }
  return targets;
}

Result<int> Run(const Arguments& arguments, World& world) {
  RE2::Options options(RE2::Quiet);
  options.set_case_sensitive(!arguments.Has("ignore-case"));
  options.set_literal(arguments.Has("fixed-strings"));
  const RE2 pattern(arguments.positional[0], options);
  if (!pattern.ok()) {
    return Fail(ErrorKind::kUsage, "pattern \"{}\": {} (-F searches for it as text)",
                arguments.positional[0], pattern.error());
  }
  const auto colour = UseColour(arguments, world);
  if (!colour) return tl::unexpected(colour.error());
  int problems = 0;
  const auto targets = Targets(arguments, world, problems);
  if (!targets) return tl::unexpected(targets.error());

  const Search search{.pattern = pattern,
                      .invert = arguments.Has("invert-match"),
                      .count = arguments.Has("count"),
                      .list = arguments.Has("files-with-matches"),
                      .number = arguments.Has("line-number"),
                      .quiet = arguments.Has("quiet"),
                      .input = arguments.Has("input"),
                      .colour = *colour,
                      .names = arguments.positional.size() != 2};
  uint64_t hits = 0;
  for (const Target& target : *targets) {
    const auto recording = Recording::Open(target.path, world.identities);
    if (!recording) {
      SayError(world, recording.error());
      ++problems;
      continue;
    }
    const CastHeader& header = (*recording)->header();
    const std::string name = SafeLine(!target.name.empty() ? target.name
                                      : header.session     ? IdText(header)
                                                           : target.path);
    Searcher searcher(search, header, name, world.out);
    if (auto read = SearchEvents(**recording, search, searcher, world.out); !read) {
      SayError(world, read.error());
      ++problems;
    }
    hits += searcher.hits();
    if (search.quiet && hits > 0) return 0;
    if (search.list) {
      if (searcher.hits() > 0) world.out.WriteLine(name);
    } else if (search.count) {
      world.out.WriteLine(search.names ? fmt::format("{}:{}", name, searcher.hits())
                                       : fmt::format("{}", searcher.hits()));
    }
    if (world.out.failed()) break;
  }
  return problems > 0 ? 2 : hits > 0 ? 0 : 1;
}

}  // namespace

const Command kGrepCommand = {
    .name = "grep",
    .summary = "search what was printed or typed, in one, some or all recordings",
    .synopsis = "PATTERN [REC...]",
    .details =
        "PATTERN is an RE2 expression, matched against lines of text: escape sequences removed,\n"
        "line editing done, whatever the pieces in which they arrived. Without REC all recordings\n"
        "of the store are searched. Each hit has the time at which its match appeared.\n"
        "Exit codes: 0 found, 1 not found, 2 trouble.\n",
    .options = kOptions,
    .min_arguments = 1,
    .max_arguments = std::numeric_limits<size_t>::max(),
    .error_exit = 2,
    .usage_exit = 2,
    .run = Run,
};

}  // namespace secure_exec
