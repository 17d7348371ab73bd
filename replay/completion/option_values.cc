#include "replay/completion/option_values.h"

#include <string_view>

namespace secure_exec {
namespace {

struct Entry {
  std::string_view option;
  ValueKind kind;
};

constexpr Entry kEntries[] = {
    {"context", ValueKind::kContext}, {"namespace", ValueKind::kNamespace},
    {"pod", ValueKind::kPod},         {"container", ValueKind::kContainer},
    {"user", ValueKind::kUser},       {"signer", ValueKind::kFile},
};

}  // namespace

ValueKind KindOfValue(const OptionSpec& option) {
  for (const Entry& entry : kEntries) {
    if (entry.option == option.long_name()) return entry.kind;
  }
  const std::string_view value = option.value == nullptr ? "" : option.value;
  if (value == "FILE") return ValueKind::kFile;
  if (value == "DIR") return ValueKind::kDirectory;
  return ValueKind::kFree;
}

}  // namespace secure_exec
