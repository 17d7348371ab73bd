#include "replay/session_text.h"

#include <charconv>

namespace secure_exec {

std::optional<WindowSize> ParseResize(std::string_view data) {
  WindowSize size;
  const char* const end = data.data() + data.size();
  const auto columns = std::from_chars(data.data(), end, size.columns);
  if (columns.ec != std::errc() || columns.ptr == end || *columns.ptr != 'x') return std::nullopt;
  const auto rows = std::from_chars(columns.ptr + 1, end, size.rows);
  if (rows.ec != std::errc() || rows.ptr != end) return std::nullopt;
  constexpr int kMax = 9999;
  if (size.columns < 1 || size.columns > kMax || size.rows < 1 || size.rows > kMax) {
    return std::nullopt;
  }
  return size;
}

void ApplyResize(const CastHeader& header, const Event& event, PlainText& text) {
  if (event.code != 'r' || !HasTerminal(header)) return;
  if (const auto size = ParseResize(event.data)) text.SetColumns(size->columns);
}

}  // namespace secure_exec
