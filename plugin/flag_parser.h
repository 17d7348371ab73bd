// pflag's grammar for Boost.Program_options, whose own styles cannot read `-it pod`, `--stdin pod`
// or `-c=x` as kubectl does. The declarations stay Boost's; this is the style that reads them:
//
//   --name=value   --name value   -c value   -cvalue   -c=value   -tqi   -tqi=1   --
//
// A flag whose value may be left out (Boost's implicit_value) takes one only after '='. Names are
// never guessed from a prefix; '_' in one stands for '-', as in kubectl. Flags and arguments mix
// until "--"; nothing behind it is read.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace secure_exec {

struct ParsedFlags {
  std::vector<std::string> arguments;            // before "--"
  std::optional<std::vector<std::string>> rest;  // behind "--"; nullopt: there was none
};

// Called with each flag as it comes, repetitions included: its long name, and its value, which for
// a flag whose implicit value is "true" was read as Go's strconv.ParseBool does and is "true" or
// "false". Returns why the value cannot be used, or "".
using SetFlag = std::function<std::string(const std::string& name, const std::string& value)>;

// Every flag in `declared` has a std::string value. Errors are kUsage in pflag's words ("unknown
// flag: --cont", 'invalid argument "5" for "--v" flag: WHY'), without the "See …" line; flags
// behind the first error are not set.
Result<ParsedFlags> ParseFlags(const boost::program_options::options_description& declared,
                               const std::vector<std::string>& args, const SetFlag& set);

}  // namespace secure_exec
