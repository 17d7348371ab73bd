#include "replay/completion/complete.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "recorder/recording.h"
#include "recorder/store/store.h"
#include "replay/completion/option_values.h"
#include "replay/format.h"
#include "replay/locked.h"
#include "replay/program.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

// As many headers are read; the others are offered by their ids alone.
constexpr size_t kMaxHeadersRead = 200;

// What a name in the store was before SafeName(); empty: it was cut, or cannot be told.
std::string PlainName(std::string_view safe) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string plain;
  for (size_t i = 0; i < safe.size(); ++i) {
    if (safe[i] != '%') {
      plain += safe[i];
      continue;
    }
    if (i + 2 >= safe.size() || digit(safe[i + 1]) < 0 || digit(safe[i + 2]) < 0) return "";
    plain += static_cast<char>(digit(safe[i + 1]) * 16 + digit(safe[i + 2]));
    i += 2;
  }
  return plain;
}

class Completer {
 public:
  Completer(const std::string& word, const Environment& environment, const Clock& clock,
            int64_t deadline_ns)
      : out_(word), environment_(environment), clock_(clock), deadline_ns_(deadline_ns) {}

  Completion Complete(const std::vector<std::string>& words) {
    for (const std::string& word : words) Take(word);
    Finish();
    return std::move(out_);
  }

 private:
  enum class Mode { kCommand, kHelp, kArguments, kNothing };

  void Take(const std::string& word) {
    if (waiting_) {
      if (waiting_->long_name() == "store") store_ = word;
      waiting_.reset();
    } else if (word.starts_with("--store=")) {
      store_ = word.substr(8);
    } else if (mode_ == Mode::kCommand) {
      TakeCommand(word);
    } else if (only_arguments_ || !word.starts_with('-') || word == "-") {
      ++arguments_;
    } else if (word == "--") {
      only_arguments_ = true;
    } else {
      std::string lead;
      waiting_ = ValueWanted(word, lead);
      // grep's pattern is given by it.
      if (waiting_ && waiting_->long_name() == "regexp") ++arguments_;
      if (lead.size() != word.size()) waiting_.reset();  // the value is in the word
    }
  }

  void TakeCommand(const std::string& word) {
    if (word == "--store") {
      waiting_ = OptionSpec{"store", "DIR", ""};
    } else if (word == "help" || word == "-h" || word == "--help") {
      mode_ = Mode::kHelp;
    } else if (!word.starts_with('-')) {
      const auto commands = Commands();
      const auto found = std::find_if(commands.begin(), commands.end(),
                                      [&](const Command* each) { return each->name == word; });
      mode_ = found == commands.end() ? Mode::kNothing : Mode::kArguments;
      if (found == commands.end()) return;
      command_ = *found;
      options_ = AllOptions(*command_);
    }
  }

  // The option of "--name", "--name=x", "-n", "-nx" or "-abn" that takes a value, and what of the
  // word stands before that; nullopt: none does.
  std::optional<OptionSpec> ValueWanted(std::string_view word, std::string& lead) const {
    if (word.starts_with("--")) {
      const size_t equals = word.find('=');
      lead = word.substr(0, equals == std::string_view::npos ? word.size() : equals + 1);
      for (const OptionSpec& option : options_) {
        if (option.long_name() ==
                word.substr(2, equals == std::string_view::npos ? equals : equals - 2) &&
            option.value != nullptr) {
          return option;
        }
      }
      return std::nullopt;
    }
    for (size_t at = 1; at < word.size(); ++at) {
      const auto found = std::find_if(
          options_.begin(), options_.end(),
          [&](const OptionSpec& each) { return each.short_name() == word.substr(at, 1); });
      if (found == options_.end()) return std::nullopt;
      if (found->value == nullptr) continue;
      lead = word.substr(0, at + 1);
      return *found;
    }
    return std::nullopt;
  }

  void Finish() {
    const std::string& word = out_.word();
    if (waiting_) return Value(*waiting_, "");
    if (mode_ == Mode::kNothing) return;
    if (mode_ == Mode::kCommand || mode_ == Mode::kHelp) {
      if (word.starts_with("--store=")) {
        out_.names = Completion::Names::kDirectories;
        return;
      }
      return CommandNames();
    }
    if (!only_arguments_ && word.starts_with('-') && word != "-") {
      std::string lead;
      const auto option = ValueWanted(word, lead);
      const bool in_word = lead.ends_with('=') || !word.starts_with("--");
      if (option && in_word) return Value(*option, lead);
    }
    if (!only_arguments_ && word.starts_with('-')) return OptionNames();
    Argument();
  }

  void CommandNames() {
    for (const Command* command : Commands()) out_.Add(command->name, command->summary);
    if (mode_ == Mode::kHelp) return;
    out_.Add("help", "help for a command");
    for (const std::string_view option : {"--store", "--help", "--version"}) {
      if (out_.word().starts_with('-')) out_.AddFlag(option);
    }
  }

  void OptionNames() {
    for (const OptionSpec& option : options_) {
      out_.AddFlag("--" + std::string(option.long_name()), option.help);
      if (!option.short_name().empty() && out_.word() == "-")
        out_.AddFlag("-" + std::string(option.short_name()), option.help);
    }
  }

  void Value(const OptionSpec& option, const std::string& lead) {
    for (const std::string_view word : option.words) out_.Add(word, "", lead);
    out_.keep_order = !option.words.empty();
    const ValueKind kind = KindOfValue(option);
    switch (kind) {
      case ValueKind::kContext:
        return Places(0, lead);
      case ValueKind::kNamespace:
        return Places(1, lead);
      case ValueKind::kPod:
        return Places(2, lead);
      case ValueKind::kContainer:
      case ValueKind::kUser:
        return FromHeaders(kind == ValueKind::kUser, lead);
      case ValueKind::kFile:
        out_.names = Completion::Names::kFiles;
        break;
      case ValueKind::kDirectory:
        out_.names = Completion::Names::kDirectories;
        break;
      case ValueKind::kFree:
        break;
    }
  }

  void Argument() {
    if (arguments_ >= command_->max_arguments) return;
    for (const std::string_view word : command_->words) {
      if (arguments_ == 0) out_.Add(word);
    }
    if (arguments_ < command_->first_recording || arguments_ > command_->last_recording) return;
    RecordingNames();
  }

  void RecordingNames() {
    out_.names = Completion::Names::kFiles;  // any other recording, by its path
    out_.keep_order = true;
    const auto recordings = List();
    if (recordings.empty()) return;
    out_.Add("last", "the newest");
    for (const StoredRecording& recording : recordings) {
      const std::string id = FormatUuid(recording.id);
      if (recording.beside_original || !id.starts_with(out_.word())) continue;
      if (!out_.Add(id, Describe(recording))) return;
    }
  }

  // "2026-11-23 14:03:07Z alice (ops) prod/shop/web-0"; the user only where the header can be read.
  std::string Describe(const StoredRecording& recording) {
    const LockedRecording locked = DescribeLocked(recording);
    const auto header = Header(recording);
    if (!header) return fmt::format("{} {}", FormatWall(locked.start_wall_ns()), locked.place);
    return fmt::format("{} {} {}", FormatWall(StartWallNs(*header)), UserText(*header),
                       PlaceText(*header));
  }

  std::optional<CastHeader> Header(const StoredRecording& recording) {
    if (recording.encrypted || headers_read_ >= kMaxHeadersRead || clock_.BootNs() >= deadline_ns_)
      return std::nullopt;
    ++headers_read_;
    const auto opened = Recording::Open(recording.path);
    if (!opened) {
      out_.problems.push_back(opened.error().message);
      return std::nullopt;
    }
    return (*opened)->header();
  }

  // From the names of the store's directories: no recording is opened.
  void Places(int level, const std::string& lead) {
    for (const StoredRecording& recording : List()) {
      std::string_view place = std::string_view(recording.path)
                                   .substr(std::min(root_.size() + 1, recording.path.size()));
      for (int i = 0; i < level; ++i)
        place.remove_prefix(std::min(place.find('/') + 1, place.size()));
      if (!out_.Add(PlainName(place.substr(0, place.find('/'))), "", lead)) return;
    }
  }

  void FromHeaders(bool users, const std::string& lead) {
    for (const StoredRecording& recording : List()) {
      const auto header = Header(recording);
      if (!header || !header->session) continue;
      if (!users) {
        out_.Add(header->session->container, "", lead);
        continue;
      }
      out_.Add(header->session->user.local, "", lead);
      out_.Add(header->session->user.kubeconfig, "", lead);
    }
  }

  // Newest first.
  std::vector<StoredRecording> List() {
    const auto root = store_ ? Result<std::string>(*store_) : StoreRoot(environment_);
    auto recordings = root ? ListRecordings(*root)
                           : Result<std::vector<StoredRecording>>(tl::unexpected(root.error()));
    if (!recordings) {
      out_.problems.push_back(recordings.error().message);
      return {};
    }
    root_ = *root;
    std::reverse(recordings->begin(), recordings->end());
    return std::move(*recordings);
  }

  Completion out_;
  const Environment& environment_;
  const Clock& clock_;
  int64_t deadline_ns_;
  Mode mode_ = Mode::kCommand;
  const Command* command_ = nullptr;
  std::vector<OptionSpec> options_;
  std::optional<OptionSpec> waiting_;  // its value is the next word
  std::optional<std::string> store_;
  std::string root_;
  size_t arguments_ = 0;
  size_t headers_read_ = 0;
  bool only_arguments_ = false;  // behind "--"
};

}  // namespace

Completion CompleteReplay(const std::vector<std::string>& words, const std::string& word,
                          const Environment& environment, const Clock& clock, int64_t deadline_ns) {
  return Completer(word, environment, clock, deadline_ns).Complete(words);
}

}  // namespace secure_exec
