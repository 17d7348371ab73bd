// An audit log: any bytes. What is kept is an exec or an anchor, and every line is accounted for.
#include <cstdint>
#include <cstdlib>

#include "replay/audit_log.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  AuditLog log;
  const MemorySource source({reinterpret_cast<const char*>(data), size});
  if (!log.Read(source, "fuzz")) std::abort();
  if (log.events().size() + log.foreign_lines() > log.lines()) std::abort();
  for (const AuditEvent& event : log.events()) {
    if (event.pod.empty() || event.name_space.empty() || (!event.exec && !event.anchor))
      std::abort();
  }
  return 0;
}
