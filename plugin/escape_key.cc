#include "plugin/escape_key.h"

#include <utility>

namespace secure_exec {
namespace {

constexpr char kEscape = '~';

bool EndsLine(char byte) { return byte == '\r' || byte == '\n'; }

}  // namespace

std::string EscapeKey::Release() {
  if (!std::exchange(holding_, false)) return "";
  line_start_ = false;
  return std::string(1, kEscape);
}

EscapeKey::Typed EscapeKey::Feed(std::string_view bytes, bool armed) {
  Typed typed;
  if (bytes.empty()) return typed;
  if (!armed) {
    typed.pass = Release();
    typed.pass += bytes;
    line_start_ = EndsLine(bytes.back());
    return typed;
  }
  for (const char byte : bytes) {
    if (std::exchange(holding_, false)) {
      if (byte == '.') {
        typed.disconnect = true;
        return typed;
      }
      if (byte == '?') {
        typed.help = true;
        continue;  // still at the line's start
      }
      if (byte != kEscape) typed.pass += kEscape;
    } else if (line_start_ && byte == kEscape) {
      holding_ = true;
      continue;
    }
    typed.pass += byte;
    line_start_ = EndsLine(byte);
  }
  return typed;
}

}  // namespace secure_exec
