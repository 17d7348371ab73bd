// pflag's grammar for Boost.Program_options, whose own styles cannot read `-it pod`, `--stdin pod`
// or `-c=x` as kubectl does. The declarations stay Boost's; this is the style that reads them:
//
//   --name=value   --name value   -c value   -cvalue   -c=value   -tqi   -tqi=1   --
//
// A flag whose value may be left out (Boost's implicit_value) takes one only after '='. Names are
// never guessed from a prefix. Flags and arguments mix until "--"; nothing behind it is read. The
// last of several occurrences counts.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace secure_exec {

struct ParsedFlags {
  boost::program_options::variables_map values;  // every value is a std::string
  std::vector<std::string> arguments;            // before "--"
  std::optional<std::vector<std::string>> rest;  // behind "--"; nullopt: there was none
  // Every flag in order, repetitions included.
  std::vector<std::pair<std::string, std::string>> given;
};

// Every flag in `declared` has a std::string value: those with an implicit value are booleans, read
// as Go's strconv.ParseBool does and stored as "true" or "false". Errors are kUsage in pflag's
// words
// ("unknown flag: --cont"), without the "See …" line.
Result<ParsedFlags> ParseFlags(const boost::program_options::options_description& declared,
                               const std::vector<std::string>& args);

// 'invalid argument "maybe" for "-i, --stdin" flag: WHY'
std::string InvalidArgument(const boost::program_options::options_description& declared,
                            const std::string& name, const std::string& value,
                            const std::string& why);

// `text` as Go's %q writes it: quoted, and safe for a terminal.
std::string GoQuote(std::string_view text);

}  // namespace secure_exec
