#include "replay/completion/option_values.h"

namespace secure_exec {
namespace {

using Kind = OptionValues::Kind;

constexpr std::string_view kExportFormats[] = {"v2", "v3", "text", "jsonl", "svg"};
constexpr std::string_view kShowFormats[] = {"text", "ansi", "svg"};
constexpr std::string_view kKeyFormats[] = {"pem", "signers"};
constexpr std::string_view kChannelWords[] = {"stdin", "stdout", "stderr"};
constexpr std::string_view kSortKeys[] = {"start", "duration", "size", "user", "pod", "exit"};
constexpr std::string_view kColors[] = {"auto", "always", "never"};

struct Entry {
  std::string_view command;  // empty: of any
  std::string_view option;
  OptionValues values;
};

constexpr Entry kEntries[] = {
    {"export", "format", {Kind::kWords, kExportFormats}},
    {"show", "format", {Kind::kWords, kShowFormats}},
    {"keys", "format", {Kind::kWords, kKeyFormats}},
    {"", "channel", {Kind::kWords, kChannelWords}},
    {"", "sort", {Kind::kWords, kSortKeys}},
    {"", "color", {Kind::kWords, kColors}},
    {"", "context", {Kind::kContext}},
    {"", "namespace", {Kind::kNamespace}},
    {"", "pod", {Kind::kPod}},
    {"", "container", {Kind::kContainer}},
    {"", "user", {Kind::kUser}},
    {"", "signer", {Kind::kFile}},
};

}  // namespace

OptionValues ValuesOf(std::string_view command, const OptionSpec& option) {
  const std::string_view declared = option.name;
  const std::string_view name = declared.substr(0, declared.find(','));
  for (const Entry& entry : kEntries) {
    if (entry.option == name && (entry.command.empty() || entry.command == command))
      return entry.values;
  }
  const std::string_view value = option.value == nullptr ? "" : option.value;
  if (value == "FILE") return {Kind::kFile};
  if (value == "DIR") return {Kind::kDirectory};
  return {};
}

}  // namespace secure_exec
