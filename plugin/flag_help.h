// Every flag of kubectl secure-exec in words: --help, --help=all and the man page are made of
// these. A new flag is a line in options_table.cc, one here, and one in docs/flags.md; a test
// compares.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace secure_exec {

enum class FlagGroup {
  kKubectlExec,
  kSession,
  kRecording,
  kEvidence,
  kPolicy,
  kConnection,
  kGlobal
};
constexpr FlagGroup kFlagGroups[] = {
    FlagGroup::kKubectlExec, FlagGroup::kSession,    FlagGroup::kRecording, FlagGroup::kEvidence,
    FlagGroup::kPolicy,      FlagGroup::kConnection, FlagGroup::kGlobal};
std::string_view FlagGroupTitle(FlagGroup group);

struct FlagHelp {
  std::string_view name;  // the long name, without dashes
  std::string_view
      value;  // what help calls the value, "[=json]" where it may be left out; "": none
  FlagGroup group;
  bool common;            // in the help that fits a screen, too
  std::string_view help;  // one line
  std::string_view more;  // what the manual adds, as base/manual.h has texts; or ""
};

std::span<const FlagHelp> FlagHelpTable();

// "-c, --container NAME", with the shorthand that the flag is declared with; "    --reason TEXT".
std::string FlagTerm(const FlagHelp& flag);

}  // namespace secure_exec
