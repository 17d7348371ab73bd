// What a server says of a failure, in an HTTP body or on channel 3.
#include <cstdint>
#include <cstdlib>

#include "plugin/api/status.h"
#include "tests/fuzz/shown.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using secure_exec::CheckShown;
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
