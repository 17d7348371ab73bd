#include "plugin/api/proxy.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/ascii.h"
#include "plugin/api/curl_handles.h"
#include "plugin/api/status.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxShownUrl = 200;

// IPv4 as ::ffff:a.b.c.d, so that both notations of one address are equal.
struct IpAddress {
  std::array<unsigned char, 16> bytes{};
  bool operator==(const IpAddress&) const = default;
  bool is_v4() const {
    return bytes[10] == 0xff && bytes[11] == 0xff &&
           std::all_of(bytes.begin(), bytes.begin() + 10, [](int byte) { return byte == 0; });
  }
  bool is_loopback() const {
    IpAddress one;
    one.bytes[15] = 1;
    return is_v4() ? bytes[12] == 127 : *this == one;
  }
};

std::optional<IpAddress> ParseIp(const std::string& text) {
  IpAddress ip;
  if (inet_pton(AF_INET6, text.c_str(), ip.bytes.data()) == 1) return ip;
  ip = {};
  ip.bytes[10] = ip.bytes[11] = 0xff;
  if (inet_pton(AF_INET, text.c_str(), ip.bytes.data() + 12) == 1) return ip;
  return std::nullopt;
}

struct Cidr {
  IpAddress ip;
  int bits = 0;  // of 128
  bool Contains(const IpAddress& other) const {
    if (ip.is_v4() != other.is_v4()) return false;
    for (int bit = 0; bit < bits; ++bit) {
      const auto at = static_cast<size_t>(bit / 8);
      if (((ip.bytes[at] ^ other.bytes[at]) & (0x80 >> (bit % 8))) != 0) return false;
    }
    return true;
  }
};

std::optional<Cidr> ParseCidr(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const auto ip = ParseIp(text.substr(0, slash));
  int bits = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, bits);
  if (!ip || error != std::errc() || stop != end) return std::nullopt;
  const bool v4 = text.find(':') == std::string::npos;
  if (bits < 0 || bits > (v4 ? 32 : 128)) return std::nullopt;
  return Cidr{*ip, v4 ? bits + 96 : bits};
}

struct HostPort {
  std::string host, port;  // an empty port is any
};

// "h", "h:1", "[::1]:1"; what has more colons and no brackets is one host.
HostPort SplitPort(const std::string& entry) {
  const size_t colon = entry.rfind(':');
  if (colon == std::string::npos) return {entry, ""};
  std::string host = entry.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return {host.substr(1, host.size() - 2), entry.substr(colon + 1)};
  }
  if (host.find(':') != std::string::npos) return {entry, ""};
  return {std::move(host), entry.substr(colon + 1)};
}

struct Server {
  std::string host;  // lower case, no brackets
  std::string port;
  std::optional<IpAddress> ip;
};

Server MakeServer(std::string_view host, std::string_view port) {
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  Server server{AsciiLower(host), std::string(port), std::nullopt};
  server.ip = ParseIp(server.host);
  return server;
}

bool Matches(const std::string& entry, const Server& server) {
  if (entry == "*") return true;
  if (const auto cidr = ParseCidr(entry)) return server.ip && cidr->Contains(*server.ip);
  auto [host, port] = SplitPort(entry);
  if (host.empty() || (!port.empty() && port != server.port)) return false;
  if (const auto ip = ParseIp(host)) return server.ip && *ip == *server.ip;
  if (host.starts_with("*.")) host.erase(0, 1);
  if (host.front() == '.') return server.host.ends_with(host);
  return server.host == host || server.host.ends_with("." + host);
}

// The first of both that is set, and its name.
std::optional<std::string> Variable(std::string& name, const Environment& environment) {
  for (const std::string& spelling : {name, AsciiLower(name)}) {
    const auto value = environment(spelling);
    if (!value || value->empty()) continue;
    name = spelling;
    return value;
  }
  return std::nullopt;
}

std::optional<Proxy> ParseProxy(const std::string& text) {
  const CurlUrl url(curl_url());
  if (!url) return std::nullopt;
  const auto set = [&url](CURLUPart part, const char* value) {
    return curl_url_set(url.get(), part, value, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
  };
  if (!set(CURLUPART_URL, text.c_str())) return std::nullopt;
  Proxy proxy;
  proxy.scheme = AsciiLower(UrlPart(url.get(), CURLUPART_SCHEME));
  std::string port = UrlPart(url.get(), CURLUPART_PORT);
  // libcurl's own default is 1080 for http too.
  const char* usual_port = nullptr;
  if (proxy.scheme == "http") usual_port = "80";
  if (proxy.scheme == "https") usual_port = "443";
  if (proxy.scheme == "socks5" || proxy.scheme == "socks5h") {
    // To libcurl, socks5 means that names are resolved here.
    proxy.scheme = "socks5h";
    usual_port = "1080";
  }
  const std::string host = UrlPart(url.get(), CURLUPART_HOST);
  if (usual_port == nullptr || host.empty()) return std::nullopt;
  if (port.empty()) port = usual_port;
  proxy.address = host + ":" + port;
  if (!set(CURLUPART_SCHEME, proxy.scheme.c_str()) || !set(CURLUPART_PORT, port.c_str()) ||
      !set(CURLUPART_PATH, "/") || !set(CURLUPART_QUERY, nullptr) ||
      !set(CURLUPART_FRAGMENT, nullptr)) {
    return std::nullopt;
  }
  proxy.url = UrlPart(url.get(), CURLUPART_URL);
  return proxy.url.empty() ? std::nullopt : std::optional(std::move(proxy));
}

// The scheme as Go's net/url sees it, in lower case: "" where there is none; nothing where Go could
// not parse `text` for what stands in its place.
std::optional<std::string> GoScheme(std::string_view text) {
  const size_t colon = text.find(':');
  const size_t end =
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
  const bool letter =
      !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
  if (letter && colon != std::string_view::npos && end == colon)
    return AsciiLower(text.substr(0, colon));
  // A path's first segment must not have a colon.
  if (colon < text.find('/')) return std::nullopt;
  return "";
}

// `text` with what may be a user and a password masked, whether it is a URL or not.
std::string WithoutUser(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos) return SafeForTerminal(text, kMaxShownUrl);
  const size_t scheme = text.find("://");
  const std::string_view front =
      scheme == std::string_view::npos || scheme > at ? "" : text.substr(0, scheme + 3);
  return SafeForTerminal(fmt::format("{}xxxxx{}", front, text.substr(at)), kMaxShownUrl);
}

}  // namespace

bool IsExcluded(std::string_view no_proxy, std::string_view host, std::string_view port) {
  const Server server = MakeServer(host, port);
  while (!no_proxy.empty()) {
    const size_t comma = std::min(no_proxy.find(','), no_proxy.size());
    const std::string entry = AsciiLower(TrimSpace(no_proxy.substr(0, comma)));
    if (!entry.empty() && Matches(entry, server)) return true;
    no_proxy.remove_prefix(std::min(comma + 1, no_proxy.size()));
  }
  return false;
}

Result<Proxy> ProxyFor(bool tls, std::string_view host, std::string_view port,
                       const Environment& environment) {
  std::string name = tls ? "HTTPS_PROXY" : "HTTP_PROXY", exclusions = "NO_PROXY";
  const auto value = Variable(name, environment);
  const Server server = MakeServer(host, port);
  Proxy none;
  none.source = "default";
  if (!value) return none;
  if (server.host == "localhost" || (server.ip && server.ip->is_loopback())) {
    none.source = "loopback is never proxied";
    return none;
  }
  if (IsExcluded(Variable(exclusions, environment).value_or(""), host, port)) {
    none.source = exclusions;
    return none;
  }
  const bool has_scheme = value->find("://") != std::string::npos;
  auto proxy = ParseProxy(has_scheme ? *value : "http://" + *value);
  if (!proxy) {
    // Its value is not shown: it may hold a password, wherever that stands.
    return Fail(ErrorKind::kConfig,
                "{} is not the URL of an http, https or socks5 proxy, such as http://host:3128",
                name);
  }
  proxy->source = name;
  return std::move(*proxy);
}

Result<Proxy> ProxyOfCluster(const std::string& proxy_url, const std::string& cluster) {
  const auto invalid = [&](const std::string& why) {
    return Fail(ErrorKind::kConfig, "invalid 'proxy-url' \"{}\" for cluster \"{}\": {}",
                WithoutUser(proxy_url), cluster, why);
  };
  const auto scheme = GoScheme(proxy_url);
  if (scheme && *scheme != "http" && *scheme != "https" && *scheme != "socks5") {
    return invalid(
        fmt::format("unsupported scheme \"{}\", must be http, https, or socks5", *scheme));
  }
  auto proxy = scheme ? ParseProxy(proxy_url) : std::nullopt;
  if (!proxy) return invalid("could not parse: " + WithoutUser(proxy_url));
  proxy->source = fmt::format("proxy-url of cluster \"{}\"", cluster);
  return std::move(*proxy);
}

}  // namespace secure_exec
