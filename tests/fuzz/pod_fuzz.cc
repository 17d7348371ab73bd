// A pod as a server sends it, the choice of a container in it, and what is said of its state.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/utf8.h"
#include "plugin/api/pod.h"
#include "plugin/pod_hint.h"

namespace {

using secure_exec::HintQuery;

// At most `lines` lines that a terminal shows as they stand.
void CheckShown(std::string_view text, long lines) {
  if (secure_exec::ValidUtf8Prefix(text) != text.size()) std::abort();
  for (const char c : text) {
    if ((c >= 0 && c < ' ' && c != '\n') || c == 0x7f) std::abort();
  }
  if (std::count(text.begin(), text.end(), '\n') >= lines) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto pod = secure_exec::ParsePod(text);
  if (!pod) return 0;
  for (const char* wanted : {"", "main"}) {
    const auto choice = secure_exec::ChooseContainer(*pod, wanted);
    CheckShown(choice ? choice->notice : choice.error().message, 1);
    if (choice && *wanted != '\0' && choice->container.name != wanted) std::abort();
    for (const char* error :
         {"", "container not found (\"main\")", "error dialing backend",
          "exec: \"sh\": executable file not found in $PATH", "exec: permission denied"}) {
      HintQuery query;
      query.pod = &*pod;
      query.container = wanted;
      query.error = error;
      query.program = "sh";
      query.now_s = 1'795'728'156;
      const std::string hint = secure_exec::PodHint(query);
      CheckShown(hint, 2);
      if (hint.size() > 8192) std::abort();
    }
  }
  return 0;
}
