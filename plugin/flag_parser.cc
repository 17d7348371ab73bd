#include "plugin/flag_parser.h"

#include <algorithm>
#include <boost/program_options/parsers.hpp>
#include <string_view>

#include "base/utf8.h"

namespace secure_exec {
namespace {

namespace po = boost::program_options;

// Leaves Boost's parser, which only knows exceptions; caught in ParseFlags.
struct FlagError {
  std::string message;
};

bool IsBoolean(const po::option_description& flag) { return flag.semantic()->min_tokens() == 0; }

// strconv.ParseBool.
std::optional<bool> ParseBool(std::string_view text) {
  for (std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == yes) return true;
  }
  for (std::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

// A byte as Go's %q writes a rune of that number.
std::string GoRune(char byte) {
  if (byte == '"') return "'\"'";
  if (byte == '\'') return R"('\'')";
  const auto number = static_cast<unsigned char>(byte);
  std::string utf8(1, byte);
  if (number >= 0x80) {
    utf8 = {static_cast<char>(0xc0 | number >> 6), static_cast<char>(0x80 | (number & 0x3f))};
  }
  const std::string quoted = GoQuote(utf8);
  return "'" + quoted.substr(1, quoted.size() - 2) + "'";
}

// pflag's style. Boost hands it all that is left of the command line; it takes one word (and the
// value behind it) at a time, or nothing where the first word is an argument.
class PflagStyle {
 public:
  PflagStyle(const po::options_description& declared, ParsedFlags& parsed)
      : declared_(declared), parsed_(parsed) {}

  std::vector<po::option> operator()(std::vector<std::string>& args) const {
    std::vector<po::option> found;
    if (args.empty()) return found;
    const std::string word = args.front();
    if (word.size() < 2 || word[0] != '-') return found;
    args.erase(args.begin());
    if (word == "--") {
      parsed_.rest.emplace(args.begin(), args.end());
      args.clear();
    } else if (word[1] == '-') {
      ReadLong(word, args, found);
    } else {
      ReadShorthands(word, args, found);
    }
    return found;
  }

 private:
  void ReadLong(const std::string& word, std::vector<std::string>& args,
                std::vector<po::option>& found) const {
    const std::string text = word.substr(2);
    if (text[0] == '-' || text[0] == '=') throw FlagError{"bad flag syntax: " + word};
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const po::option_description* flag = FindLong(name);
    if (flag == nullptr) throw FlagError{"unknown flag: --" + name};
    if (equals != std::string::npos) {
      Take(*flag, text.substr(equals + 1), found);
    } else if (IsBoolean(*flag)) {
      Take(*flag, "true", found);
    } else if (!args.empty()) {
      TakeNext(*flag, args, found);
    } else {
      throw FlagError{"flag needs an argument: " + word};
    }
  }

  void ReadShorthands(const std::string& word, std::vector<std::string>& args,
                      std::vector<po::option>& found) const {
    for (std::string_view left = std::string_view(word).substr(1); !left.empty();) {
      const char letter = left[0];
      const po::option_description* flag = FindShorthand(letter);
      if (flag == nullptr) {
        throw FlagError{fmt::format("unknown shorthand flag: {} in -{}", GoRune(letter), left)};
      }
      const std::string_view behind = left.substr(1);
      left = {};
      if (behind.size() > 1 && behind[0] == '=') {
        Take(*flag, std::string(behind.substr(1)), found);
      } else if (IsBoolean(*flag)) {
        Take(*flag, "true", found);
        left = behind;
      } else if (!behind.empty()) {
        Take(*flag, std::string(behind), found);  // "-c=" gives "=", as in pflag
      } else if (!args.empty()) {
        TakeNext(*flag, args, found);
      } else {
        throw FlagError{
            fmt::format("flag needs an argument: {} in -{}{}", GoRune(letter), letter, behind)};
      }
    }
  }

  void TakeNext(const po::option_description& flag, std::vector<std::string>& args,
                std::vector<po::option>& found) const {
    const std::string value = args.front();
    args.erase(args.begin());
    Take(flag, value, found);
  }

  void Take(const po::option_description& flag, const std::string& value,
            std::vector<po::option>& found) const {
    std::string stored = value;
    if (IsBoolean(flag)) {
      const std::optional<bool> parsed = ParseBool(value);
      if (!parsed) {
        throw FlagError{InvalidArgument(
            declared_, flag.long_name(), value,
            fmt::format("strconv.ParseBool: parsing {}: invalid syntax", GoQuote(value)))};
      }
      stored = *parsed ? "true" : "false";
    }
    po::option option(flag.long_name(), {stored});
    option.original_tokens.push_back(value);
    found.push_back(std::move(option));
  }

  const po::option_description* FindLong(const std::string& name) const {
    for (const auto& flag : declared_.options()) {
      if (flag->long_name() == name) return flag.get();
    }
    return nullptr;
  }

  const po::option_description* FindShorthand(char letter) const {
    for (const auto& flag : declared_.options()) {
      // The canonical display name is "-i" where there is a shorthand, and else the long name.
      const std::string name =
          flag->canonical_display_name(po::command_line_style::allow_dash_for_short);
      if (name.size() == 2 && name[0] == '-' && name[1] == letter) return flag.get();
    }
    return nullptr;
  }

  const po::options_description& declared_;
  ParsedFlags& parsed_;
};

// pflag: the last occurrence counts. Boost refuses a second one, and keeps the first.
void KeepLast(std::vector<po::option>& options) {
  std::vector<po::option> kept;
  for (auto& option : options) {
    std::erase_if(kept, [&](const po::option& old) { return old.string_key == option.string_key; });
    kept.push_back(std::move(option));
  }
  options = std::move(kept);
}

}  // namespace

Result<ParsedFlags> ParseFlags(const po::options_description& declared,
                               const std::vector<std::string>& args) {
  ParsedFlags parsed;
  try {
    po::command_line_parser parser(args);
    parser.options(declared);
    // A style Boost accepts and that guesses no names; every flag is taken by ours before it.
    parser.style(po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent);
    parser.extra_style_parser(PflagStyle(declared, parsed));
    po::parsed_options found = parser.run();
    for (const auto& option : found.options) {
      if (option.string_key.empty()) {
        parsed.arguments.insert(parsed.arguments.end(), option.value.begin(), option.value.end());
      }
    }
    std::erase_if(found.options,
                  [](const po::option& option) { return option.string_key.empty(); });
    for (const auto& option : found.options) {
      parsed.given.emplace_back(option.string_key, option.value.front());
    }
    KeepLast(found.options);
    po::store(found, parsed.values);
  } catch (const FlagError& error) {
    return Fail(ErrorKind::kUsage, "{}", error.message);
  } catch (const po::error& error) {
    return Fail(ErrorKind::kUsage, "{}", error.what());
  }
  return parsed;
}

std::string InvalidArgument(const po::options_description& declared, const std::string& name,
                            const std::string& value, const std::string& why) {
  std::string shown = "--" + name;
  for (const auto& flag : declared.options()) {
    if (flag->long_name() != name) continue;
    const std::string shorthand =
        flag->canonical_display_name(po::command_line_style::allow_dash_for_short);
    if (shorthand.size() == 2 && shorthand[0] == '-') shown = shorthand + ", " + shown;
  }
  return fmt::format("invalid argument {} for \"{}\" flag: {}", GoQuote(value), shown, why);
}

std::string GoQuote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const unsigned char c = static_cast<unsigned char>(text[0]);
    const size_t valid = c < 0x80 ? 0 : ValidUtf8Prefix(text);
    constexpr std::string_view kNamed = "\a\b\t\n\v\f\r";
    if (c == '"' || c == '\\') {
      out += {'\\', static_cast<char>(c)};
    } else if (c < 0x20 && kNamed.find(text[0]) != std::string_view::npos) {
      out += {'\\', "abtnvfr"[kNamed.find(text[0])]};
    } else if (c < 0x20 || c == 0x7f || (c >= 0x80 && valid == 0)) {
      out += fmt::format("\\x{:02x}", c);
    } else {
      // One character: what is not ASCII is kept as it is, but for the C1 controls.
      size_t length = 1;
      while (c >= 0x80 && length < valid && (text[length] & 0xc0) == 0x80) ++length;
      if (c == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0) {
        out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[1]));
      } else {
        out += text.substr(0, length);
      }
      text.remove_prefix(length);
      continue;
    }
    text.remove_prefix(1);
  }
  return out + "\"";
}

}  // namespace secure_exec
