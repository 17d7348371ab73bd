// Every flag of kubectl secure-exec: its names, and what reading it does. A new flag is a line here,
// one in flag_help.cc, which has the words, and one in docs/flags.md.
#pragma once

#include <span>
#include <string>

#include "plugin/options.h"

namespace secure_exec {

// Options, and what else flags can ask for.
struct CommandLine {
  Options options;
  bool help = false, help_all = false, version = false;
  std::string profile = "none";
};

struct FlagEntry {
  const char* declared;  // "container,c", as Boost.Program_options has names
  const char* implicit;  // the value where it may be left out ("true": a boolean), or nullptr
  // Why `value` cannot be used, in kubectl's words where it has the flag; "": it was taken.
  std::string (*set)(CommandLine& line, const std::string& value);
};

std::span<const FlagEntry> FlagTable();

}  // namespace secure_exec
