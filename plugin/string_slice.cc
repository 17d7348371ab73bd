#include "plugin/string_slice.h"

#include <algorithm>

namespace secure_exec {
namespace {

class RecordReader {
 public:
  explicit RecordReader(std::string_view text) : rest_(text) {}

  Result<std::vector<std::string>> Read() {
    do {
      if (!NextLine()) return Fail(ErrorKind::kUsage, "EOF");
    } while (line_ == "\n");
    first_line_ = number_;
    while (true) {
      std::string field;
      auto more = line_.starts_with('"') ? ReadQuoted(field) : ReadPlain(field);
      if (!more) return tl::unexpected(more.error());
      fields_.push_back(std::move(field));
      if (!*more) return std::move(fields_);
    }
  }

 private:
  // Both leave line_ behind the comma and say whether there was one.
  Result<bool> ReadPlain(std::string& field) {
    const size_t comma = line_.find(',');
    field = line_.substr(0, comma);
    if (field.ends_with('\n')) field.pop_back();
    if (const size_t quote = field.find('"'); quote != std::string::npos) {
      return Problem(column_ + quote, "bare \" in non-quoted-field");
    }
    if (comma == std::string_view::npos) return false;
    Skip(comma + 1);
    return true;
  }

  Result<bool> ReadQuoted(std::string& field) {
    constexpr const char* kUnpaired = "extraneous or missing \" in quoted-field";
    Skip(1);
    while (true) {
      const size_t quote = line_.find('"');
      if (quote == std::string_view::npos) {
        field += line_;
        Skip(line_.size());
        if (!NextLine()) return Problem(column_, kUnpaired);
        continue;
      }
      field += line_.substr(0, quote);
      Skip(quote + 1);
      if (line_.starts_with('"')) {
        field += '"';
        Skip(1);
      } else if (line_.starts_with(',')) {
        Skip(1);
        return true;
      } else if (line_.empty() || line_ == "\n") {
        return false;
      } else {
        return Problem(column_ - 1, kUnpaired);
      }
    }
  }

  // The next line with its LF; a CR before it, or at the very end, is dropped. At the end of the
  // text it leaves the position where it was.
  bool NextLine() {
    if (rest_.empty()) return false;
    const size_t end = std::min(rest_.find('\n'), rest_.size() - 1) + 1;
    storage_ = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (storage_.ends_with("\r\n")) {
      storage_.erase(storage_.size() - 2, 1);
    } else if (rest_.empty() && storage_.ends_with('\r')) {
      storage_.pop_back();
    }
    line_ = storage_;
    ++number_;
    column_ = 1;
    return true;
  }

  void Skip(size_t bytes) {
    line_.remove_prefix(bytes);
    column_ += bytes;
  }

  tl::unexpected<Error> Problem(size_t column, std::string_view why) const {
    const std::string where =
        first_line_ == number_ ? "" : fmt::format("record on line {}; ", first_line_);
    return Fail(ErrorKind::kUsage, "{}parse error on line {}, column {}: {}", where, number_,
                column, why);
  }

  std::string_view rest_;  // lines not yet begun
  std::string storage_;    // the line being read
  std::string_view line_;  // what is left of it
  size_t number_ = 0;      // of the line, from 1
  size_t first_line_ = 0;  // where the record began
  size_t column_ = 1;      // of line_'s first byte
  std::vector<std::string> fields_;
};

}  // namespace

Result<std::vector<std::string>> ParseStringSlice(std::string_view text) {
  if (text.empty()) return std::vector<std::string>();
  return RecordReader(text).Read();
}

}  // namespace secure_exec
