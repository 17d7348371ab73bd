#include "plugin/audit/syslog_address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>

namespace secure_exec {
namespace {

constexpr size_t kMaxHost = 253;  // of a name in the DNS

constexpr const char* kForms = "must be unix:/PATH, udp:HOST:PORT or tcp:HOST:PORT";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsHostCharacter(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
         c == '_';
}

bool IsPort(std::string_view text) {
  if (text.empty() || text.size() > 5 || text[0] == '0') return false;
  if (!std::all_of(text.begin(), text.end(), IsDigit)) return false;
  return std::stoi(std::string(text)) <= 65535;
}

bool IsIpv6(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

Result<SyslogAddress> ParseUnix(std::string_view path) {
  if (!path.starts_with('/')) return Fail(ErrorKind::kUsage, "unix: wants an absolute path");
  if (path.find('\0') != std::string_view::npos || path.size() >= sizeof(sockaddr_un::sun_path)) {
    return Fail(ErrorKind::kUsage, "a socket's path has at most {} bytes and no NUL",
                sizeof(sockaddr_un::sun_path) - 1);
  }
  return SyslogAddress{.path = std::string(path), .host = {}, .port = {}};
}

Result<SyslogAddress> ParseInet(SyslogAddress::Transport transport, std::string_view text) {
  SyslogAddress address;
  address.transport = transport;
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Fail(ErrorKind::kUsage, "{}", kForms);
  address.port = text.substr(colon + 1);
  if (!IsPort(address.port)) return Fail(ErrorKind::kUsage, "the port must be 1 to 65535");
  std::string_view host = text.substr(0, colon);
  const bool brackets = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (brackets) host = host.substr(1, host.size() - 2);
  address.host = host;
  if (brackets ? IsIpv6(address.host)
               : !host.empty() && host.size() <= kMaxHost && host[0] != '-' &&
                     std::all_of(host.begin(), host.end(), IsHostCharacter)) {
    return address;
  }
  return Fail(ErrorKind::kUsage,
              "the host must be a name, an IPv4 address, or an IPv6 address in brackets");
}

}  // namespace

std::string SyslogAddress::Text() const {
  if (transport == Transport::kUnix) return "unix:" + path;
  const bool brackets = host.find(':') != std::string::npos;
  return fmt::format("{}:{}{}{}:{}", transport == Transport::kUdp ? "udp" : "tcp",
                     brackets ? "[" : "", host, brackets ? "]" : "", port);
}

Result<SyslogAddress> ParseSyslogAddress(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view transport = text.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (transport == "unix") return ParseUnix(rest);
  if (transport == "udp") return ParseInet(SyslogAddress::Transport::kUdp, rest);
  if (transport == "tcp") return ParseInet(SyslogAddress::Transport::kTcp, rest);
  return Fail(ErrorKind::kUsage, "{}", kForms);
}

}  // namespace secure_exec
