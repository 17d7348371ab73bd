// What a shell in a container says of its processes, and what is decided from it.
#include <cstdint>
#include <cstdlib>

#include "plugin/leash/decide.h"
#include "plugin/leash/process_list.h"
#include "tests/fuzz/shown.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto list = ParseProcessList(text);
  if (!list) {
    CheckShown(list.error().message);
    return 0;
  }
  const auto again = ParseProcessList(FormatProcessList(*list));
  if (!again || again->processes != list->processes || again->lister != list->lister ||
      again->uptime_ticks != list->uptime_ticks) {
    std::abort();
  }
  for (const bool tty : {false, true}) {
    // Somebody started at any time: whoever is taken for the root then is never one of these two.
    LeashTarget target = TargetOf(tty, 0, 0, 0);
    target.slack_ns = int64_t{1} << 60;
    const auto root = FindRoot(*list, target, 0, 0);
    if (!root) {
      CheckShown(root.error().message);
      continue;
    }
    if (root->pid == 1 || root->pid == list->lister) std::abort();
    const auto victims = FindVictims(*list, *root);
    for (const Process& one : victims) {
      if (one.pid == 1 || one.pid == list->lister || one.dead()) std::abort();
    }
    for (const Process& one : FindSurvivors(*list, *root, victims)) {
      if (one.pid == 1 || one.pid == list->lister || one.dead()) std::abort();
    }
    for (const Process& one : FindDaemons(*list, *root, victims)) {
      for (const Process& victim : victims) {
        if (one.pid == victim.pid) std::abort();
      }
    }
    CheckShown(NameProcesses(victims));
    (void)FindForeground(*root);
  }
  return 0;
}
