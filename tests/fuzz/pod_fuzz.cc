// A pod as a server sends it, the choice of a container in it, and what is said of its state.
#include <cstdint>
#include <cstdlib>

#include "plugin/api/pod.h"
#include "plugin/pod_hint.h"
#include "tests/fuzz/shown.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using secure_exec::CheckShown;
  using secure_exec::HintQuery;
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
