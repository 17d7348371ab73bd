#include "plugin/kubeconfig/yaml_scalar.h"

#include <algorithm>
#include <string>

namespace secure_exec {
namespace {

bool AllOf(std::string_view text, std::string_view set) {
  return !text.empty() && text.find_first_not_of(set) == std::string_view::npos;
}

// Go's strconv.ParseInt(text, 0, 64) after a sign, without '_'; and go-yaml's "0b".
bool IsInteger(std::string_view text) {
  if (text.size() > 2 && text[0] == '0') {
    const std::string_view digits = text.substr(2);
    if (text[1] == 'x' || text[1] == 'X') return AllOf(digits, "0123456789abcdefABCDEF");
    if (text[1] == 'b' || text[1] == 'B') return AllOf(digits, "01");
    if (text[1] == 'o' || text[1] == 'O') return AllOf(digits, "01234567");
  }
  return AllOf(text, "0123456789");
}

// (\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool IsFloat(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  std::string_view exponent;
  if (const size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    exponent = text.substr(e + 1);
    text = text.substr(0, e);
    if (!exponent.empty() && (exponent[0] == '+' || exponent[0] == '-')) exponent.remove_prefix(1);
    if (!AllOf(exponent, kDigits)) return false;
  }
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return AllOf(text, kDigits);
  const std::string_view whole = text.substr(0, dot), fraction = text.substr(dot + 1);
  if (whole.empty()) return AllOf(fraction, kDigits);
  return AllOf(whole, kDigits) && (fraction.empty() || AllOf(fraction, kDigits));
}

bool IsNumber(std::string_view plain) {
  if (plain == ".nan" || plain == ".NaN" || plain == ".NAN") return true;
  std::string text(plain);
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.erase(0, 1);
  if (text == ".inf" || text == ".Inf" || text == ".INF") return true;
  std::erase(text, '_');
  return IsInteger(text) || IsFloat(text);
}

YamlKind KindOfPlain(std::string_view text) {
  if (YamlBool(text)) return YamlKind::kBool;
  return IsNumber(text) ? YamlKind::kNumber : YamlKind::kString;
}

}  // namespace

YamlKind KindOf(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return YamlKind::kNull;
  if (node.IsSequence()) return YamlKind::kSequence;
  if (node.IsMap()) return YamlKind::kMap;
  const std::string& tag = node.Tag();
  if (tag == "?") return KindOfPlain(node.Scalar());
  if (tag == "!" || tag.empty() || tag == "tag:yaml.org,2002:str") return YamlKind::kString;
  return YamlKind::kForeign;
}

std::optional<bool> YamlBool(std::string_view plain) {
  for (std::string_view yes :
       {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}) {
    if (plain == yes) return true;
  }
  for (std::string_view no :
       {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"}) {
    if (plain == no) return false;
  }
  return std::nullopt;
}

}  // namespace secure_exec
