// The pattern that grep looks for, in lines of text. An RE2 expression, so time is linear in the
// text whatever the pattern.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace secure_exec {

class Matcher {
 public:
  struct Options {
    bool ignore_case = false;
    bool fixed = false;   // the pattern is text
    bool word = false;    // matches begin and end where words do
    bool line = false;    // a match is a whole line
    bool invert = false;  // lines without a match
    bool bytes = false;   // lines are any bytes, and so is the pattern; else both are UTF-8
  };
  struct Range {
    size_t begin = 0;
    size_t end = 0;
  };
  static constexpr size_t kNone = std::string_view::npos;

  // kUsage: the pattern is no expression.
  static Result<Matcher> Create(std::string_view pattern, Options options);
  Matcher(Matcher&&) noexcept;
  ~Matcher();

  bool inverted() const;
  // Not empty: a line is wanted if and only if these bytes are in it.
  std::string_view literal() const;
  // Whether a line (without its line feed) is one to be shown.
  bool Wants(std::string_view line) const;
  // The first match in the line at or after `from`; {kNone, kNone}: none. With `invert` as well.
  Range Find(std::string_view line, size_t from) const;
  // The first wanted line at or after `from` in text that holds lines, each with a line feed;
  // `from` is a line's start. Far quicker than asking for each where few are wanted. kNone: none.
  size_t FindLine(std::string_view lines, size_t from) const;

 private:
  struct Patterns;
  explicit Matcher(std::unique_ptr<Patterns> patterns);

  std::unique_ptr<Patterns> patterns_;
};

}  // namespace secure_exec
