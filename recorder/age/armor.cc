#include "recorder/age/armor.h"

#include "base/bytes.h"

namespace secure_exec {
namespace {

constexpr std::string_view kEnd = "-----END AGE ENCRYPTED FILE-----";
constexpr size_t kColumns = 64;
constexpr std::string_view kSpace = " \t\r\n";

tl::unexpected<Error> Bad(std::string_view what) {
  return Fail(ErrorKind::kFormat, "its armor {}", what);
}

}  // namespace

Result<std::string> DecodeAgeArmor(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return Bad("is empty");
  text.remove_prefix(first);
  std::string bytes;
  bool last = false;  // a line shorter than the others came
  for (bool begun = false; !text.empty();) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!begun) {
      // Trailing spaces on the lines are as little canonical as anywhere else.
      if (line != kAgeArmorStart) return Bad("does not begin as age's does");
      begun = true;
      continue;
    }
    // The last line may end in space, for that is behind the armor.
    const std::string_view bare = line.substr(0, line.find_last_not_of(kSpace) + 1);
    if (bare == kEnd) {
      if (text.find_first_not_of(kSpace) != std::string_view::npos)
        return Bad("goes on behind its end");
      if (bytes.empty()) return Bad("is empty");
      return bytes;
    }
    if (last || line.empty() || line.size() > kColumns || line.size() % 4 != 0) {
      return Bad("has a line of the wrong length");
    }
    last = line.size() < kColumns || line.ends_with('=');
    if (!Base64DecodeAppend(line, bytes)) return Bad("is not base64");
  }
  return Bad("has no end");
}

}  // namespace secure_exec
