// grep: text in recordings, as a person saw it.
#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/vt/safe_text.h"
#include "recorder/store/lock.h"
#include "recorder/store/store.h"
#include "replay/command.h"
#include "replay/hit_printer.h"
#include "replay/in_order.h"
#include "replay/locked.h"
#include "replay/recording_search.h"
#include "replay/summary.h"
#include "replay/traits.h"

namespace secure_exec {
namespace {

constexpr std::string_view kColours[] = {"auto", "always", "never"};
constexpr std::array<OptionSpec, 24> kOwnOptions = {{
    {"regexp,e", "PATTERN", "the pattern; every argument is a recording then"},
    {"ignore-case,i", nullptr, "upper and lower case are the same"},
    {"fixed-strings,F", nullptr, "PATTERN is text, not an expression"},
    {"word-regexp,w", nullptr, "matches begin and end where words do"},
    {"line-regexp,x", nullptr, "a match is a whole line"},
    {"extended-regexp,E", nullptr, "changes nothing: PATTERN is an expression of RE2 always"},
    {"invert-match,v", nullptr, "lines that do not match"},
    {"count,c", nullptr, "only the number of lines in each recording"},
    {"files-with-matches,l", nullptr, "only the recordings that have one"},
    {"files-without-match,L", nullptr, "only the recordings that have none"},
    {"only-matching,o", nullptr, "only the matches, each on a line, with its own time"},
    {"quiet,q", nullptr, "nothing but the exit code"},
    {"line-number,n", nullptr,
     "with the line's number in its channel, or its row on a full screen"},
    {"with-filename,H", nullptr, "hits with their recording, also of a single one"},
    {"no-filename", nullptr, "hits without their recordings"},
    {"max-count,m", "NUM", "no more than NUM lines of each recording"},
    {"after-context,A", "NUM", "with NUM lines below each, up to 100"},
    {"before-context,B", "NUM", "with NUM lines above each"},
    {"context-lines,C", "NUM", "with NUM lines above and below each"},
    {"input", nullptr, "search what was typed (stdin) instead of what was printed"},
    {"stderr", nullptr, "search standard error alone; with --input both"},
    {"raw", nullptr, "search bytes as they were, in lines that end with LF; PATTERN is bytes too"},
    {"json", nullptr, "an object a line for each hit"},
    {"color", "WHEN", "always, never or auto (default: auto, on a terminal)", kColours},
}};
constexpr auto kOptions = Join(kOwnOptions, kSelectionOptions);

// Hits are printed in pieces of this size, or kept until it is their recording's turn: all together
// kMaxHeld, then a thread waits for its turn.
constexpr size_t kMaxChunk = 64 * 1024;
constexpr size_t kMaxHeld = 32 * 1024 * 1024;

// What is asked for.
struct Question {
  std::string pattern;
  std::vector<std::string> names;  // the recordings that are named
  Matcher::Options matching;
  SearchScope scope;
  HitStyle style;
  bool count = false, list = false, list_others = false, quiet = false;
  uint64_t most = UINT64_MAX;  // lines of one recording
  Selection selection;

  bool prints_hits() const { return !count && !list && !list_others && !quiet; }
};

Result<uint64_t> Number(const Arguments& arguments, std::string_view option, uint64_t absent,
                        uint64_t most) {
  if (!arguments.Has(option)) return absent;
  const std::string text = arguments.Get(option);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) {
    return Fail(ErrorKind::kUsage, "--{} takes a number up to {}, not \"{}\"", option, most, text);
  }
  return value;
}

Result<bool> UseColour(const Arguments& arguments, const World& world) {
  const std::string when = arguments.Get("color", "auto");
  if (when == "always") return true;
  if (when == "never") return false;
  if (when == "auto") return world.out.is_terminal() && !world.environment("NO_COLOR");
  return Fail(ErrorKind::kUsage, "--color takes always, never or auto, not \"{}\"", when);
}

Result<SearchScope> ScopeOf(const Arguments& arguments) {
  SearchScope scope;
  scope.raw = arguments.Has("raw");
  const bool input = arguments.Has("input");
  const bool errors = arguments.Has("stderr");
  scope.channels[static_cast<int>(Channel::kStdin)] = input;
  scope.channels[static_cast<int>(Channel::kStdout)] = !input && !errors;
  scope.channels[static_cast<int>(Channel::kStderr)] = errors || !input;
  const auto around = Number(arguments, "context-lines", 0, SeenText::kMaxContext);
  if (!around) return tl::unexpected(around.error());
  const auto before = Number(arguments, "before-context", *around, SeenText::kMaxContext);
  if (!before) return tl::unexpected(before.error());
  const auto after = Number(arguments, "after-context", *around, SeenText::kMaxContext);
  if (!after) return tl::unexpected(after.error());
  scope.before = *before;
  scope.after = *after;
  return scope;
}

Result<Question> QuestionOf(const Arguments& arguments, const World& world) {
  Question question;
  question.names = arguments.positional;
  if (arguments.All("regexp").size() > 1) {
    return Fail(ErrorKind::kUsage, "-e takes one pattern; \"a|b\" is either of two");
  }
  if (arguments.Has("regexp")) {
    question.pattern = arguments.Get("regexp");
  } else if (!question.names.empty()) {
    question.pattern = question.names.front();
    question.names.erase(question.names.begin());
  } else {
    return Fail(ErrorKind::kUsage,
                "grep needs PATTERN [REC...]; see kubectl secure-replay grep --help");
  }
  question.matching = {.ignore_case = arguments.Has("ignore-case"),
                       .fixed = arguments.Has("fixed-strings"),
                       .word = arguments.Has("word-regexp"),
                       .line = arguments.Has("line-regexp"),
                       .invert = arguments.Has("invert-match"),
                       .bytes = arguments.Has("raw")};
  question.count = arguments.Has("count");
  question.list = arguments.Has("files-with-matches");
  question.list_others = arguments.Has("files-without-match");
  question.quiet = arguments.Has("quiet");
  if (question.list && question.list_others) {
    return Fail(ErrorKind::kUsage, "-l lists what -L does not: give one of them");
  }
  const auto colour = UseColour(arguments, world);
  if (!colour) return tl::unexpected(colour.error());
  const auto most = Number(arguments, "max-count", UINT64_MAX, UINT64_MAX);
  if (!most) return tl::unexpected(most.error());
  question.most = *most;
  auto scope = ScopeOf(arguments);
  if (!scope) return tl::unexpected(scope.error());
  question.scope = *scope;
  question.style = {.json = arguments.Has("json"),
                    .colour = *colour,
                    .names = !arguments.Has("no-filename") &&
                             (question.names.size() != 1 || arguments.Has("with-filename")),
                    .numbers = arguments.Has("line-number"),
                    .only_matching = arguments.Has("only-matching"),
                    .raw = scope->raw,
                    .inverted = question.matching.invert};
  // Lines around matches that are printed alone say nothing.
  if (!question.prints_hits() || question.style.only_matching) {
    question.scope.before = question.scope.after = 0;
  }
  auto selection = Selection::Parse(arguments, Clock::System().WallNs());
  if (!selection) return tl::unexpected(selection.error());
  if (!selection->empty() && !question.names.empty()) {
    return Fail(ErrorKind::kUsage,
                "filters pick recordings of the store: name either those or recordings");
  }
  question.selection = std::move(*selection);
  return question;
}

struct Target {
  std::string path;
  std::string name;  // for people, to be named to the next command
  std::optional<StoredRecording> stored;
};

// The recordings to search; what is not there is said and counted in `problems`.
Result<std::vector<Target>> Targets(const Arguments& arguments,
                                    const std::vector<std::string>& names, World& world,
                                    int& problems) {
  std::vector<Target> targets;
  if (!names.empty()) {
    for (const std::string& name : names) {
      const auto path = FindRecording(arguments, world, name);
      if (path) {
        targets.push_back({*path, *path == name ? name : "", std::nullopt});
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
  // "Not found" would be an answer.
  if (recordings->empty()) {
    return Fail(ErrorKind::kNotFound,
                "no recordings in {}, so nothing was searched; those elsewhere are named by path",
                *store);
  }
  for (const StoredRecording& recording : *recordings) {
    if (recording.beside_original) continue;
    targets.push_back({recording.path, FormatUuid(recording.id), recording});
  }
  return targets;
}

// Searches on all processors, one recording on each; where there are fewer recordings, a second one
// reads ahead. Prints in the order of the recordings.
class Grep {
 public:
  Grep(const Question& question, std::vector<Target> targets, World& world)
      : question_(question),
        targets_(std::move(targets)),
        world_(world),
        answers_(targets_.size()) {
    // One thread at a time: it may ask for a pass phrase.
    if (world_.identities) {
      identities_ = [this] {
        const std::lock_guard lock(asking_);
        return world_.identities();
      };
    }
  }

  // The exit code.
  int Run(int problems) {
    problems_ = problems;
    // A pass phrase is asked for while there is one thread, whose signals wait.
    const bool encrypted = std::any_of(targets_.begin(), targets_.end(), [](const Target& target) {
      return target.path.ends_with(".age");
    });
    if (encrypted && world_.identities) (void)world_.identities();
    order_.Run({.count = targets_.size(),
                .work = [this](size_t index) { Search(index); },
                .done = [this](size_t index) { Tell(index); },
                .waiting = nullptr});
    if (question_.quiet && found_) return 0;
    if (!targets_.empty() && !searched_ && problems_ == 0) {
      SayNote(world_, fmt::format("none of the {} recordings is of those", targets_.size()));
    } else if (!found_ && problems_ == 0 && !question_.matching.fixed) {
      SayForeignSyntax();
    }
    return problems_ > 0 ? 2 : found_ ? 0 : 1;
  }

 private:
  struct Answer {
    std::string name;
    std::string text;  // to be printed yet
    uint64_t hits = 0;
    bool passed_over = false;  // of those that are not asked for
    bool has_turn = false;     // its text may be printed at once
    size_t held = 0;           // its part of held_
    bool printed = false;
    std::optional<Error> error;
  };

  // On any thread.
  void Search(size_t index) {
    Answer& answer = answers_[index];
    if (auto searched = SearchOne(targets_[index], index, answer); !searched) {
      answer.error = searched.error();
    }
    if (question_.quiet && answer.hits > 0) {
      found_ = true;
      order_.Stop();
    }
  }

  Result<void> SearchOne(const Target& target, size_t index, Answer& answer) {
    if (target.stored && !question_.selection.empty()) {
      const auto taken = IsAskedFor(*target.stored);
      if (!taken) return tl::unexpected(taken.error());
      answer.passed_over = !*taken;
      if (!*taken) return {};
    }
    const auto recording = Recording::Open(target.path, identities_);
    if (!recording) return tl::unexpected(recording.error());
    const CastHeader& header = (*recording)->header();
    answer.name = !target.name.empty() ? target.name
                  : header.session     ? IdText(header)
                                       : target.path;
    // Of its own: threads that share one wait for each other.
    const auto matcher = Matcher::Create(question_.pattern, question_.matching);
    if (!matcher) return tl::unexpected(matcher.error());
    HitPrinter printer(question_.style, *matcher, header, answer.name, target.path);
    const uint64_t most = question_.list || question_.list_others || question_.quiet
                              ? std::min<uint64_t>(question_.most, 1)
                              : question_.most;
    const auto enough = [&] { return answer.hits >= most || order_.stopped(); };
    const auto result = SearchRecording(
        **recording, question_.scope, *matcher,
        [&](const SearchHit& hit) {
          if (enough()) return;
          ++answer.hits;
          if (!question_.prints_hits()) return;
          printer.Print(hit, answer.text);
          if (answer.text.size() >= kMaxChunk) Unload(index, answer);
        },
        enough, [this] { return order_.has_spare(); });
    printer.Finish(answer.text);
    Hold(answer);
    return result;
  }

  // Prints what there is, or keeps it as long as there is room.
  void Unload(size_t index, Answer& answer) {
    if (!answer.has_turn && !order_.HasTurn(index)) {
      Hold(answer);
      if (held_ < kMaxHeld) return;
      if (!order_.AwaitTurn(index)) return answer.text.clear();
    }
    answer.has_turn = true;
    Print(answer);
  }

  void Hold(Answer& answer) {
    held_ += answer.text.size() - answer.held;
    answer.held = answer.text.size();
  }

  Result<bool> IsAskedFor(const StoredRecording& stored) {
    const auto summary = Summarize(stored.path, identities_);
    if (summary) {
      const bool live = summary->ending == Recording::Ending::kCut && IsBeingWritten(stored.path);
      return question_.selection.Takes(TraitsOf(*summary, live));
    }
    // What its name says may do to leave it alone.
    if (!stored.encrypted) return tl::unexpected(summary.error());
    const LockedRecording locked = DescribeLocked(stored);
    const bool live = !locked.seal && IsBeingWritten(stored.path);
    if (!question_.selection.Takes(TraitsOf(locked, live))) return false;
    return tl::unexpected(summary.error());
  }

  // What other programs' patterns mean by it is text here: that is no "not found".
  void SayForeignSyntax() {
    for (const std::string_view foreign : {"\\|", "\\(", "\\{", "\\+", "\\<", "\\>"}) {
      if (question_.pattern.find(foreign) == std::string::npos) continue;
      SayNote(world_, fmt::format("{} is that character itself in PATTERN: a|b, (a), a{{2}} and a+ "
                                  "go without \\, and \\b is where a word begins or ends",
                                  foreign));
      return;
    }
  }

  // By whose turn it is.
  void Print(Answer& answer) {
    if (!answer.text.empty()) {
      const bool context = question_.scope.before > 0 || question_.scope.after > 0;
      if (!answer.printed && printed_ && context && !question_.style.json) world_.out.Write("--\n");
      answer.printed = printed_ = true;
      world_.out.Write(answer.text);
      answer.text.clear();
    }
    held_ -= std::exchange(answer.held, 0);
    if (world_.out.failed()) order_.Stop();
  }

  // From the thread that runs it, in order.
  void Tell(size_t index) {
    Answer answer = std::move(answers_[index]);
    answers_[index] = {};
    Print(answer);
    searched_ = searched_ || !answer.passed_over;
    if (answer.error) {
      SayError(world_, *answer.error);
      ++problems_;
    }
    if (answer.hits > 0) found_ = true;
    if (answer.passed_over || answer.name.empty() || question_.quiet) return;
    const std::string& path = targets_[index].path;
    if (question_.list || question_.list_others) {
      if ((answer.hits > 0) == question_.list && (answer.hits > 0 || !answer.error)) {
        TellOf(answer, path, std::nullopt);
      }
    } else if (question_.count) {
      TellOf(answer, path, answer.hits);
    }
    if (world_.out.failed()) order_.Stop();
  }

  void TellOf(const Answer& answer, const std::string& path, std::optional<uint64_t> count) {
    const std::string name = SafeLine(answer.name);
    if (question_.style.json) {
      nlohmann::ordered_json json = {{"recording", name}, {"path", path}};
      if (count) json["count"] = *count;
      world_.out.WriteLine(json.dump(-1, ' ', /*ensure_ascii=*/true,
                                     nlohmann::ordered_json::error_handler_t::replace));
    } else if (!count) {
      world_.out.WriteLine(name);
    } else {
      world_.out.WriteLine(question_.style.names ? fmt::format("{}:{}", name, *count)
                                                 : fmt::format("{}", *count));
    }
  }

  const Question& question_;
  const std::vector<Target> targets_;
  World& world_;
  std::mutex asking_;
  IdentitySource identities_;
  InOrder order_;
  std::vector<Answer> answers_;
  std::atomic<size_t> held_ = 0;  // bytes of hits that wait for their turn
  std::atomic<bool> found_ = false;
  // Of whose turn it is.
  bool printed_ = false;
  bool searched_ = false;
  int problems_ = 0;
};

Result<int> Run(const Arguments& arguments, World& world) {
  const auto question = QuestionOf(arguments, world);
  if (!question) return tl::unexpected(question.error());
  // Each thread makes its own; whether it is one is said once.
  if (const auto matcher = Matcher::Create(question->pattern, question->matching); !matcher) {
    return tl::unexpected(matcher.error());
  }
  int problems = 0;
  auto targets = Targets(arguments, question->names, world, problems);
  if (!targets) return tl::unexpected(targets.error());
  return Grep(*question, std::move(*targets), world).Run(problems);
}

}  // namespace

const Command kGrepCommand = {
    .name = "grep",
    .summary = "search what was seen or typed, in one, some or all recordings",
    .synopsis = "PATTERN [REC...]",
    .details =
        "PATTERN is an RE2 expression, matched against lines as a person saw them on the\n"
        "terminal: typed letter by letter, corrected, coloured, wrapped, or drawn by a\n"
        "full-screen program. Without REC the recordings of the store are searched, all or\n"
        "those that the filters pick. Each hit has the time at which its match appeared, which\n"
        "opens it: kubectl secure-replay play REC --at TIME. Exit codes: 0 found, 1 not found,\n"
        "2 trouble.\n",
    .options = kOptions,
    .max_arguments = std::numeric_limits<size_t>::max(),
    .first_recording = 1,
    .last_recording = std::numeric_limits<size_t>::max(),
    .error_exit = 2,
    .usage_exit = 2,
    .run = Run,
};

}  // namespace secure_exec
