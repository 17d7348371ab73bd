#include "replay/options.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <exception>

namespace secure_exec {
namespace po = boost::program_options;

std::string Arguments::Get(std::string_view option, std::string_view absent) const {
  const auto found = options.find(option);
  return std::string(found == options.end() || found->second.empty() ? absent
                                                                     : found->second.back());
}

std::vector<std::string> Arguments::All(std::string_view option) const {
  const auto found = options.find(option);
  return found == options.end() ? std::vector<std::string>() : found->second;
}

namespace {

// A value that looks like an option is a value all the same (grep -e -x): the two words as one.
std::vector<std::string> JoinValues(std::span<const OptionSpec> specs,
                                    const std::vector<std::string>& words) {
  std::vector<std::string> joined;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") {
      joined.insert(joined.end(), words.begin() + static_cast<ptrdiff_t>(i), words.end());
      break;
    }
    const auto spec = std::find_if(specs.begin(), specs.end(), [&](const OptionSpec& each) {
      return each.value != nullptr &&
             (words[i] == fmt::format("--{}", each.long_name()) ||
              (!each.short_name().empty() && words[i] == fmt::format("-{}", each.short_name())));
    });
    const bool has_dash = i + 1 < words.size() && words[i + 1].size() > 1 && words[i + 1][0] == '-';
    if (spec != specs.end() && has_dash) {
      joined.push_back(fmt::format("--{}={}", spec->long_name(), words[++i]));
    } else {
      joined.push_back(words[i]);
    }
  }
  return joined;
}

}  // namespace

Result<Arguments> ParseArguments(std::span<const OptionSpec> specs,
                                 const std::vector<std::string>& words) {
  constexpr const char* kPositional = "";
  try {
    po::options_description description;
    for (const OptionSpec& spec : specs) {
      if (spec.value != nullptr) {
        description.add_options()(spec.name, po::value<std::vector<std::string>>(), spec.help);
      } else {
        description.add_options()(spec.name, spec.help);
      }
    }
    const po::parsed_options parsed =
        po::command_line_parser(JoinValues(specs, words))
            .options(description)
            .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
            .run();
    Arguments arguments;
    for (const po::option& option : parsed.options) {
      if (option.position_key >= 0 || option.string_key == kPositional) {
        arguments.positional.insert(arguments.positional.end(), option.value.begin(),
                                    option.value.end());
      } else {
        std::vector<std::string>& values = arguments.options[option.string_key];
        values.insert(values.end(), option.value.begin(), option.value.end());
      }
    }
    return arguments;
  } catch (const std::exception& e) {
    return Fail(ErrorKind::kUsage, "{}", e.what());
  }
}

std::vector<ManualItem> OptionItems(std::span<const OptionSpec> specs) {
  std::vector<ManualItem> items;
  for (const OptionSpec& spec : specs) {
    std::string term = spec.short_name().empty()
                           ? fmt::format("    --{}", spec.long_name())
                           : fmt::format("-{}, --{}", spec.short_name(), spec.long_name());
    if (spec.value != nullptr) term += fmt::format(" {}", spec.value);
    items.push_back({std::move(term), spec.help});
  }
  return items;
}

Result<double> PositiveNumber(const Arguments& arguments, std::string_view option, double absent) {
  if (!arguments.Has(option)) return absent;
  const std::string text = arguments.Get(option);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) ||
      value <= 0) {
    return Fail(ErrorKind::kUsage, "--{} takes a number above 0, not \"{}\"", option, text);
  }
  return value;
}

}  // namespace secure_exec
