// A pod as a server sends it, and the choice of a container in it.
#include <cstdint>
#include <cstdlib>

#include "plugin/api/pod.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto pod = secure_exec::ParsePod(text);
  if (!pod) return 0;
  for (const char* wanted : {"", "main"}) {
    const auto choice = secure_exec::ChooseContainer(*pod, wanted);
    const std::string& shown = choice ? choice->notice : choice.error().message;
    for (const char c : shown) {
      if ((c >= 0 && c < ' ') || c == 0x7f) std::abort();
    }
    if (choice && *wanted != '\0' && choice->container.name != wanted) std::abort();
  }
  return 0;
}
