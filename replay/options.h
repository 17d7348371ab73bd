// A command's options, declared as data, so that parsing and help come from one place.
#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/manual.h"
#include "base/result.h"

namespace secure_exec {

struct OptionSpec {
  const char* name = "";        // "ignore-case,i", or without a short form "json"
  const char* value = nullptr;  // what help calls the value; nullptr: the option takes none
  const char* help = "";
  std::span<const std::string_view> words = {};  // what the value can be, where that is a list

  constexpr std::string_view long_name() const {
    const std::string_view whole = name;
    return whole.substr(0, whole.find(','));
  }
  // Empty: it has none.
  constexpr std::string_view short_name() const {
    const std::string_view whole = name;
    const size_t comma = whole.find(',');
    return comma == whole.npos ? "" : whole.substr(comma + 1);
  }
};

// The arguments of one command line.
struct Arguments {
  std::vector<std::string> positional;
  std::map<std::string, std::vector<std::string>, std::less<>> options;  // by long name

  bool Has(std::string_view option) const { return options.find(option) != options.end(); }
  // The last value given, or `absent`.
  std::string Get(std::string_view option, std::string_view absent = "") const;
  std::vector<std::string> All(std::string_view option) const;
};

// Two tables as one.
template <size_t N, size_t M>
constexpr std::array<OptionSpec, N + M> Join(const std::array<OptionSpec, N>& first,
                                             const std::array<OptionSpec, M>& second) {
  std::array<OptionSpec, N + M> all{};
  for (size_t i = 0; i < N; ++i) all[i] = first[i];
  for (size_t i = 0; i < M; ++i) all[N + i] = second[i];
  return all;
}

// As getopt_long does: options anywhere, short ones in one word, "--" ends them, "-" is an
// argument. Long names are never guessed from a prefix. kUsage.
Result<Arguments> ParseArguments(std::span<const OptionSpec> specs,
                                 const std::vector<std::string>& words);

// The options for help and the manual: "-i, --ignore-case", "    --store DIR".
std::vector<ManualItem> OptionItems(std::span<const OptionSpec> specs);

// The option's value as a number above zero; kUsage.
Result<double> PositiveNumber(const Arguments& arguments, std::string_view option, double absent);

}  // namespace secure_exec
