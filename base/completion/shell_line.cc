#include "base/completion/shell_line.h"

#include <algorithm>

namespace secure_exec {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsNameCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

class Splitter {
 public:
  Splitter(std::string_view line, const Environment& environment)
      : rest_(line), environment_(environment) {}

  ShellLine Split() {
    while (!rest_.empty()) {
      if (IsBlank(rest_[0])) {
        if (begun_) out_.words.push_back(std::move(out_.word));
        out_.word.clear();
        begun_ = false;
        rest_.remove_prefix(1);
      } else {
        TakePiece();
        begun_ = true;
      }
    }
    return std::move(out_);
  }

 private:
  char Take() {
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }

  void TakePiece() {
    if (!begun_ && rest_[0] == '~' && TakeHome()) return;
    const char c = Take();
    if (c == '\'') {
      const size_t end = std::min(rest_.find('\''), rest_.size());
      out_.word += rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
    } else if (c == '"') {
      TakeDoubleQuoted();
    } else if (c == '\\') {
      if (!rest_.empty()) out_.word += Take();
    } else if (c == '$') {
      TakeVariable();
    } else {
      out_.word += c;
    }
  }

  void TakeDoubleQuoted() {
    while (!rest_.empty()) {
      const char c = Take();
      if (c == '"') return;
      if (c == '\\' && !rest_.empty() &&
          std::string_view("$`\"\\").find(rest_[0]) != std::string_view::npos) {
        out_.word += Take();
      } else if (c == '$') {
        TakeVariable();
      } else {
        out_.word += c;
      }
    }
  }

  bool TakeHome() {
    if (rest_.size() > 1 && rest_[1] != '/' && !IsBlank(rest_[1])) return false;
    const auto home = environment_("HOME");
    if (!home) return false;
    rest_.remove_prefix(1);
    out_.word += *home;
    return true;
  }

  // Behind the '$'.
  void TakeVariable() {
    const bool braces = rest_.starts_with('{');
    const std::string_view from = rest_.substr(braces ? 1 : 0);
    size_t length = 0;
    while (length < from.size() && IsNameCharacter(from[length])) ++length;
    const bool closed = !braces || (length < from.size() && from[length] == '}');
    const auto value = length > 0 && closed ? environment_(std::string(from.substr(0, length)))
                                            : std::optional<std::string>();
    if (!value) {
      out_.word += '$';
      return;
    }
    out_.word += *value;
    rest_.remove_prefix(length + (braces ? 2 : 0));
  }

  std::string_view rest_;
  const Environment& environment_;
  ShellLine out_;
  bool begun_ = false;
};

}  // namespace

ShellLine SplitShellLine(std::string_view line, const Environment& environment) {
  return Splitter(line, environment).Split();
}

}  // namespace secure_exec
