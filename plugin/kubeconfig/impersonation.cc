#include "plugin/kubeconfig/impersonation.h"

#include <algorithm>
#include <string_view>

namespace secure_exec {
namespace {

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// "acme.com/x" is "Acme.com%2fx": what no header's name may hold is escaped first, and then Go
// writes a capital at the start and behind each '-', and nowhere else.
std::string HeaderKey(std::string_view key) {
  std::string escaped;
  for (const char c : key) {
    if (IsLetterOrDigit(c) ||
        std::string_view("!#$&'*+-.^_`|~").find(c) != std::string_view::npos) {
      escaped += c;
    } else {
      escaped += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    }
  }
  bool capital = true;
  for (char& c : escaped) {
    if (capital && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (!capital && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    capital = c == '-';
  }
  return escaped;
}

bool IsHeaderValue(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](unsigned char byte) {
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

}  // namespace

Result<void> LayImpersonationOver(const AccessFlags& flags, UserStanza& user) {
  if (flags.as && !flags.as->empty()) user.as = *flags.as;
  if (flags.as_uid && !flags.as_uid->empty()) user.as_uid = *flags.as_uid;
  if (!flags.as_groups.empty()) user.as_groups = flags.as_groups;
  std::map<std::string, std::vector<std::string>> extra;
  for (const std::string& each : flags.as_user_extra) {
    const size_t equals = each.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(ErrorKind::kUsage, "--as-user-extra must be KEY=VALUE, not \"{}\"", each);
    }
    extra[each.substr(0, equals)].push_back(each.substr(equals + 1));
  }
  for (auto& [key, values] : extra) user.as_user_extra[key] = std::move(values);
  return {};
}

Result<std::vector<std::pair<std::string, std::string>>> ImpersonationHeaders(
    const std::string& name, const UserStanza& user) {
  std::vector<std::pair<std::string, std::string>> headers;
  if (user.as.empty()) {
    if (user.as_uid.empty() && user.as_groups.empty() && user.as_user_extra.empty()) return headers;
    return Fail(ErrorKind::kConfig,
                "requesting uid, groups or user-extra for {} without impersonating a user", name);
  }
  headers.emplace_back("Impersonate-User", user.as);
  if (!user.as_uid.empty()) headers.emplace_back("Impersonate-Uid", user.as_uid);
  for (const std::string& group : user.as_groups) {
    headers.emplace_back("Impersonate-Group", group);
  }
  for (const auto& [key, values] : user.as_user_extra) {
    for (const std::string& value : values) {
      headers.emplace_back("Impersonate-Extra-" + HeaderKey(key), value);
    }
  }
  for (const auto& [header, value] : headers) {
    if (IsHeaderValue(value)) continue;
    return Fail(ErrorKind::kVerbatim,
                "Unable to connect to the server: net/http: invalid header field value for \"{}\"",
                header);
  }
  return headers;
}

}  // namespace secure_exec
