// An unfinished command line of kubectl secure-exec: what has been said so far, and what the word
// at the cursor is. Reads it as plugin/flag_parser.h does, but goes on behind what is wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugin/options.h"

namespace secure_exec {

struct PartialLine {
  Options options;                   // of the flags before the cursor
  std::vector<std::string> given;    // their long names
  std::vector<std::string> objects;  // the arguments before the cursor
  enum class At { kFlag, kValue, kObject, kCommand } at = At::kObject;
  std::string flag;  // kValue: whose value; its long name
  std::string lead;  // kValue: what of the word stands before the value: "--context=", "-itc"
};

PartialLine ReadPartialLine(const std::vector<std::string>& words, const std::string& word);

// "container" of "container,c"; "c", or "".
std::string_view LongNameOf(std::string_view declared);
std::string_view ShorthandOf(std::string_view declared);

}  // namespace secure_exec
