#include "plugin/flag_parser.h"

#include <algorithm>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <string_view>

#include "base/go_bool.h"
#include "base/go_quote.h"

namespace secure_exec {
namespace {

namespace po = boost::program_options;

// Leaves Boost's parser, which only knows exceptions; caught in ParseFlags.
struct FlagError {
  std::string message;
};

// The value of a flag whose value may be left out and was.
std::optional<std::string> ImplicitValue(const po::option_description& flag) {
  if (flag.semantic()->min_tokens() != 0) return std::nullopt;
  boost::any value;
  flag.semantic()->parse(value, {}, false);
  return boost::any_cast<std::string>(value);
}

std::string Shorthand(const po::option_description& flag) {
  // The canonical display name is "-i" where there is a shorthand, and else the long name.
  std::string name = flag.canonical_display_name(po::command_line_style::allow_dash_for_short);
  return name.size() == 2 && name[0] == '-' ? name : "";
}

// pflag's style. Boost hands it all that is left of the command line; it takes one word (and the
// value behind it) at a time, or nothing where the first word is an argument.
class PflagStyle {
 public:
  PflagStyle(const po::options_description& declared, const SetFlag& set, ParsedFlags& parsed)
      : declared_(declared), set_(set), parsed_(parsed) {}

  // Whatever it returned would be Boost's to check and to store: the flags go to set_ instead.
  std::vector<po::option> operator()(std::vector<std::string>& args) const {
    while (!args.empty() && args[0].size() > 1 && args[0][0] == '-') TakeFlag(args);
    return {};
  }

 private:
  void TakeFlag(std::vector<std::string>& args) const {
    const std::string word = args.front();
    args.erase(args.begin());
    if (word == "--") {
      parsed_.rest.emplace(args.begin(), args.end());
      args.clear();
    } else if (word[1] == '-') {
      ReadLong(word, args);
    } else {
      ReadShorthands(word, args);
    }
  }

  void ReadLong(const std::string& word, std::vector<std::string>& args) const {
    const std::string text = word.substr(2);
    if (text[0] == '-' || text[0] == '=') throw FlagError{"bad flag syntax: " + word};
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const po::option_description* flag = FindLong(name);
    if (flag == nullptr) throw FlagError{"unknown flag: --" + name};
    if (equals != std::string::npos) {
      Take(*flag, text.substr(equals + 1));
    } else if (const auto implicit = ImplicitValue(*flag)) {
      Take(*flag, *implicit);
    } else if (!args.empty()) {
      TakeNext(*flag, args);
    } else {
      throw FlagError{"flag needs an argument: " + word};
    }
  }

  void ReadShorthands(const std::string& word, std::vector<std::string>& args) const {
    for (std::string_view left = std::string_view(word).substr(1); !left.empty();) {
      const char letter = left[0];
      const po::option_description* flag = FindShorthand(letter);
      if (flag == nullptr) {
        throw FlagError{
            fmt::format("unknown shorthand flag: {} in -{}", GoQuoteByte(letter), left)};
      }
      const std::string_view behind = left.substr(1);
      left = {};
      if (behind.size() > 1 && behind[0] == '=') {
        Take(*flag, std::string(behind.substr(1)));
      } else if (const auto implicit = ImplicitValue(*flag)) {
        Take(*flag, *implicit);
        left = behind;
      } else if (!behind.empty()) {
        Take(*flag, std::string(behind));  // "-c=" gives "=", as in pflag
      } else if (!args.empty()) {
        TakeNext(*flag, args);
      } else {
        throw FlagError{fmt::format("flag needs an argument: {} in -{}{}", GoQuoteByte(letter),
                                    letter, behind)};
      }
    }
  }

  void TakeNext(const po::option_description& flag, std::vector<std::string>& args) const {
    const std::string value = args.front();
    args.erase(args.begin());
    Take(flag, value);
  }

  void Take(const po::option_description& flag, const std::string& value) const {
    std::string stored = value;
    std::string why;
    if (ImplicitValue(flag) == "true") {
      const Result<bool> parsed = ParseGoBool(value);
      if (parsed) {
        stored = *parsed ? "true" : "false";
      } else {
        why = parsed.error().message;
      }
    }
    if (why.empty()) why = set_(flag.long_name(), stored);
    if (why.empty()) return;
    const std::string shorthand = Shorthand(flag);
    throw FlagError{fmt::format("invalid argument {} for \"{}--{}\" flag: {}", GoQuote(value),
                                shorthand.empty() ? "" : shorthand + ", ", flag.long_name(), why)};
  }

  const po::option_description* FindLong(std::string name) const {
    std::replace(name.begin(), name.end(), '_', '-');
    for (const auto& flag : declared_.options()) {
      if (flag->long_name() == name) return flag.get();
    }
    return nullptr;
  }

  const po::option_description* FindShorthand(char letter) const {
    for (const auto& flag : declared_.options()) {
      const std::string name = Shorthand(*flag);
      if (!name.empty() && name[1] == letter) return flag.get();
    }
    return nullptr;
  }

  const po::options_description& declared_;
  const SetFlag& set_;
  ParsedFlags& parsed_;
};

}  // namespace

Result<ParsedFlags> ParseFlags(const po::options_description& declared,
                               const std::vector<std::string>& args, const SetFlag& set) {
  ParsedFlags parsed;
  try {
    po::command_line_parser parser(args);
    parser.options(declared);
    // A style Boost accepts and that guesses no names; every flag is taken by ours before it.
    parser.style(po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent);
    parser.extra_style_parser(PflagStyle(declared, set, parsed));
    for (const auto& option : parser.run().options) {
      parsed.arguments.insert(parsed.arguments.end(), option.value.begin(), option.value.end());
    }
  } catch (const FlagError& error) {
    return Fail(ErrorKind::kUsage, "{}", error.message);
  } catch (const po::error& error) {
    return Fail(ErrorKind::kUsage, "{}", error.what());
  }
  return parsed;
}

}  // namespace secure_exec
