// What a server says of a failure, in an HTTP body or on channel 3.
#include <cstdint>
#include <cstdlib>

#include "base/utf8.h"
#include "plugin/api/status.h"

namespace {

// One line that a terminal shows as it stands.
void CheckShown(std::string_view text) {
  if (secure_exec::ValidUtf8Prefix(text) != text.size()) std::abort();
  for (const char c : text) {
    if ((c >= 0 && c < ' ') || c == 0x7f) std::abort();
  }
  if (text.find("\xc2\x9b") != std::string_view::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const int code = size > 0 ? 200 + data[0] * 2 : 500;
  CheckShown(secure_exec::ErrorFromResponse(code, text, "get pods x").message);
  const std::string shown = secure_exec::SafeForTerminal(text, 40);
  CheckShown(shown);
  if (shown.size() > 43) std::abort();

  const auto exit = secure_exec::ParseRemoteExit(text);
  CheckShown(exit ? exit->message : exit.error().message);
  if (exit && exit->code == 0 && text.find("Success") == std::string_view::npos &&
      text.find('\\') == std::string_view::npos) {
    std::abort();
  }
  return 0;
}
