// Every setting that a file can make: its key, the flag that makes it too, which files may have it,
// and which of two values is the stricter one. A new setting is a line of the table, one in each
// schema (docs/schema) that may have it, and one in docs/policy.md; a test holds them together.
//
// Values are read as the flag's are, so that a file and the command line have one grammar.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/options.h"

namespace secure_exec {

struct SettingEntry {
  // kPlace: a path, in which {user} and {home} are filled in when it is known whose they are.
  enum class Shape { kText, kPlace, kBool, kTexts, kArgv };
  enum class Files { kPolicy, kBoth };  // a policy may have all of them

  const char* key;
  const char* flag;  // its long name; "": there is none
  Shape shape;
  Files files;
  // Takes a value (of kTexts and kArgv all of them; of kBool "true" or "false"). Why not, or "".
  std::string (*set)(Options& options, const std::vector<std::string>& values);
  // Whether what `wanted` has is less than what `bound` demands. Settings of which neither way is
  // the stricter one loosen by differing.
  bool (*loosens)(const Options& wanted, const Options& bound);
  // Of a list that adds up: adds what is missing.
  void (*copy)(const Options& from, Options& to);
  // For people, on one line; "": nothing is set.
  std::string (*text)(const Options& options);
};

std::span<const SettingEntry> SettingTable();
const SettingEntry* FindSetting(std::string_view key);

// A setting that a file made.
struct FileSetting {
  const SettingEntry* entry = nullptr;
  std::vector<std::string> values;
  int line = 0;
};

// "1h30m", "45s"; "off" of zero.
std::string LimitText(int64_t ns);

}  // namespace secure_exec
