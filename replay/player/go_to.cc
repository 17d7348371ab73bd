#include "replay/player/go_to.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/ascii.h"
#include "replay/session_time.h"

namespace secure_exec {
namespace {

Result<int64_t> Percent(std::string_view number, std::string_view text, const Whereabouts& where) {
  int percent = 0;
  const auto [end, error] = std::from_chars(number.begin(), number.end(), percent);
  if (error != std::errc() || end != number.end() || percent < 0 || percent > 100) {
    return Fail(ErrorKind::kUsage, "\"{}\" is no part of it: 0% to 100%", text);
  }
  if (!where.end_us) return Fail(ErrorKind::kUsage, "its end is not known yet; G goes there");
  return static_cast<int64_t>(static_cast<double>(*where.end_us) * percent / 100);
}

}  // namespace

Result<int64_t> ParseGoTo(std::string_view text, const CastHeader& header,
                          const Whereabouts& where) {
  text = TrimSpace(text);
  if (text.ends_with('%')) return Percent(text.substr(0, text.size() - 1), text, where);
  if (text.starts_with('+') || text.starts_with('-')) {
    const auto by = ParseSessionTime(text.substr(1), {});
    if (!by) return tl::unexpected(by.error());
    return std::max<int64_t>(where.now_us + (text[0] == '-' ? -*by : *by), 0);
  }
  const auto time = ParseSessionTime(text, header);
  if (time && where.end_us && *time > *where.end_us) {
    const auto of_day = ParseSessionTime(std::string(text) + "Z", header);
    if (of_day && *of_day <= *where.end_us) return of_day;
  }
  return time;
}

}  // namespace secure_exec
