#include "plugin/completion/command_line.h"

#include <algorithm>

#include "plugin/options_table.h"

namespace secure_exec {
namespace {

const FlagEntry* FindLong(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  for (const FlagEntry& entry : FlagTable()) {
    if (LongNameOf(entry.declared) == name) return &entry;
  }
  return nullptr;
}

const FlagEntry* FindShorthand(char letter) {
  for (const FlagEntry& entry : FlagTable()) {
    if (ShorthandOf(entry.declared) == std::string_view(&letter, 1)) return &entry;
  }
  return nullptr;
}

class Reader {
 public:
  PartialLine Read(const std::vector<std::string>& words, const std::string& word) {
    for (const std::string& each : words) Take(each);
    Finish(word);
    line_.options = std::move(flags_.options);
    return std::move(line_);
  }

 private:
  void Set(const FlagEntry& entry, const std::string& value) {
    (void)entry.set(flags_, value);  // a wrong value is for the command itself to refuse
    line_.given.emplace_back(LongNameOf(entry.declared));
  }

  void Take(const std::string& word) {
    if (command_) return;
    if (waiting_ != nullptr) {
      Set(*waiting_, word);
      waiting_ = nullptr;
    } else if (word == "--") {
      command_ = true;
    } else if (word.starts_with("--")) {
      const size_t equals = word.find('=');
      const FlagEntry* entry = FindLong(word.substr(2, equals - 2));
      if (entry == nullptr) return;
      if (equals != std::string::npos) {
        Set(*entry, word.substr(equals + 1));
      } else if (entry->implicit != nullptr) {
        Set(*entry, entry->implicit);
      } else {
        waiting_ = entry;
      }
    } else if (word.starts_with('-') && word.size() > 1) {
      std::string value;
      const FlagEntry* entry = TakeShorthands(word, value);
      if (entry != nullptr && value.empty()) waiting_ = entry;
      if (entry != nullptr && !value.empty()) Set(*entry, value);
    } else {
      line_.objects.push_back(word);
    }
  }

  // Sets the booleans of "-itc=x"; the flag that takes a value, and what of it is in the word.
  const FlagEntry* TakeShorthands(std::string_view word, std::string& value) {
    for (size_t at = 1; at < word.size(); ++at) {
      const FlagEntry* entry = FindShorthand(word[at]);
      if (entry == nullptr) return nullptr;
      const bool equals = at + 1 < word.size() && word[at + 1] == '=';
      if (entry->implicit == nullptr || equals) {
        value_at_ = at + (equals ? 2 : 1);
        value = word.substr(value_at_);
        return entry;
      }
      Set(*entry, entry->implicit);
    }
    return nullptr;
  }

  void Finish(const std::string& word) {
    using At = PartialLine::At;
    if (command_) {
      line_.at = At::kCommand;
    } else if (waiting_ != nullptr) {
      AtValue(*waiting_, "");
    } else if (word.starts_with("--") && word.find('=') != std::string::npos) {
      const size_t equals = word.find('=');
      const FlagEntry* entry = FindLong(word.substr(2, equals - 2));
      line_.at = At::kValue;
      if (entry != nullptr) AtValue(*entry, word.substr(0, equals + 1));
    } else if (word.starts_with("--") || word == "-") {
      line_.at = At::kFlag;
    } else if (word.starts_with('-')) {
      std::string value;
      const FlagEntry* entry = TakeShorthands(word, value);
      line_.at = At::kFlag;
      if (entry != nullptr) AtValue(*entry, word.substr(0, value_at_));
    } else {
      line_.at = At::kObject;
    }
  }

  void AtValue(const FlagEntry& entry, std::string lead) {
    line_.at = PartialLine::At::kValue;
    line_.flag = LongNameOf(entry.declared);
    line_.lead = std::move(lead);
  }

  PartialLine line_;
  CommandLine flags_;
  const FlagEntry* waiting_ = nullptr;  // its value is the next word
  size_t value_at_ = 0;
  bool command_ = false;  // behind "--"
};

}  // namespace

PartialLine ReadPartialLine(const std::vector<std::string>& words, const std::string& word) {
  return Reader().Read(words, word);
}

std::string_view LongNameOf(std::string_view declared) {
  return declared.substr(0, declared.find(','));
}

std::string_view ShorthandOf(std::string_view declared) {
  const size_t comma = declared.find(',');
  return comma == std::string_view::npos ? "" : declared.substr(comma + 1);
}

}  // namespace secure_exec
