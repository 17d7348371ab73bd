#include "plugin/notices.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/vt/utf8_char.h"

namespace secure_exec {
namespace {

constexpr std::string_view kPushTitle = "\x1b[22;0t";
constexpr std::string_view kPopTitle = "\x1b[23;0t";
// A row down, scrolling at the bottom. (Octal: a hexadecimal escape would go on with the D.)
constexpr std::string_view kIndex = "\033D";
constexpr std::string_view kSaveCursor = "\0337";
constexpr std::string_view kRestoreCursor = "\0338";
// A window narrower than that gets no line, and one lower than four rows none either.
constexpr int kMinColumns = 20;
constexpr int kRoom = 3;

std::string WithSeconds(const std::string& text, int64_t left_ns) {
  const size_t at = text.find("{}");
  if (at == std::string::npos) return text;
  const int64_t seconds = std::max<int64_t>(0, (left_ns + kSecond / 2) / kSecond);
  return text.substr(0, at) + std::to_string(seconds) + text.substr(at + 2);
}

// `text` in rows of at most `columns` characters, cut at spaces where there are some. Our texts
// have no wide characters; names of pods and files are ASCII.
std::vector<std::string_view> Rows(std::string_view text, size_t columns) {
  std::vector<std::string_view> rows;
  while (!text.empty()) {
    size_t bytes = 0, space = 0;
    for (size_t characters = 0; bytes < text.size() && characters < columns; ++characters) {
      if (text[bytes] == ' ') space = bytes;
      bytes += DecodeUtf8Char(text.substr(bytes)).size;
    }
    if (bytes < text.size() && text[bytes] != ' ' && space > 0) bytes = space;
    rows.push_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
    if (text.starts_with(' ')) text.remove_prefix(1);
  }
  return rows;
}

}  // namespace

void Notices::Raise(Kind kind, Text text) {
  if (form_ == Form::kNone) return;
  Standing& standing = standing_[static_cast<size_t>(kind)];
  standing.bell_due = text.bell;
  standing.line_due = !text.line.empty();
  standing.text = std::move(text);
  standing.up = true;
}

void Notices::Lower(Kind kind) { standing_[static_cast<size_t>(kind)] = {}; }

void Notices::Tell(std::string line) {
  if (form_ != Form::kNone) told_.push_back(std::move(line));
}

// What brings the title from what it is to what it should be.
std::string Notices::Title(const ScreenWatch& screen) {
  if (form_ != Form::kScreen) return "";
  std::string wanted;
  for (const Standing& standing : standing_) {
    if (standing.up) wanted = standing.text.title;
  }
  if (wanted == title_) return "";
  std::string bytes;
  if (wanted.empty()) {
    bytes = fmt::format("{}{}", kPopTitle, screen.title());
  } else {
    bytes = fmt::format("{}\x1b]2;{}\a", title_.empty() ? kPushTitle : "", wanted);
  }
  title_ = std::move(wanted);
  return bytes;
}

// The cursor's row goes down by as many rows as the text has, and the text comes in its place:
// index (which scrolls at the bottom) and cursor up make room below, insert line moves the row
// there.
std::string Notices::Line(std::string_view text, ScreenWatch& screen,
                          std::optional<WindowSize> size) const {
  if (form_ == Form::kLines) {
    const std::string line = fmt::format("{}{}\r\n", screen.line_start() ? "" : "\r\n", text);
    screen.Feed(line);  // the cursor is at a line's start now
    return line;
  }
  if (!size || size->columns < kMinColumns) return "";
  const auto rows = Rows(text, static_cast<size_t>(size->columns) - 1);
  const auto count = static_cast<int>(rows.size());
  if (count + kRoom > size->rows) return "";
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += kIndex;
  bytes += fmt::format("\x1b[{0}A{1}\r\x1b[m\x1b[{0}L", count, kSaveCursor);
  for (int i = 0; i < count; ++i) {
    if (i > 0) bytes += "\r\n";
    bytes += rows[static_cast<size_t>(i)];
  }
  bytes += fmt::format("{}\x1b[{}B", kRestoreCursor, count);
  return bytes;
}

std::string Notices::Take(ScreenWatch& screen, std::optional<WindowSize> size, int64_t now) {
  std::string bytes;
  if (form_ == Form::kNone || !screen.between()) {
    told_.clear();
    return bytes;
  }
  bytes += Title(screen);
  const bool lines = screen.takes_lines();
  for (Standing& standing : standing_) {
    if (std::exchange(standing.bell_due, false)) bytes += '\a';
    if (!lines || !std::exchange(standing.line_due, false)) continue;
    bytes += Line(WithSeconds(standing.text.line, standing.text.ends_at - now), screen, size);
  }
  for (const std::string& line : std::exchange(told_, {})) {
    if (lines) bytes += Line(line, screen, size);
  }
  return bytes;
}

std::string Notices::Close(const ScreenWatch& screen) {
  for (Standing& standing : standing_) standing = {};
  return Title(screen);
}

}  // namespace secure_exec
