// Which proxy leads to an API server: the proxy-url of its stanza in the kubeconfig, which nothing
// overrides; else the environment's, by the rules of Go's golang.org/x/net/http/httpproxy, which
// kubectl follows. Decided here and not by libcurl, which differs in its defaults and matches
// NO_PROXY against the name that TLS verifies.
//
// From the environment: HTTPS_PROXY for https servers, HTTP_PROXY for http ones, NO_PROXY; each in
// lower case where the upper case is unset. Loopback is never proxied, ALL_PROXY never looked at.
#pragma once

#include <string>
#include <string_view>

#include "base/environment.h"
#include "base/result.h"

namespace secure_exec {

struct Proxy {
  std::string url;      // for CURLOPT_PROXY, with the password if there is one; empty: none
  std::string scheme;   // http, https or socks5h: names are resolved at the proxy
  std::string address;  // "host:port"
  std::string source;   // what decided, for people: "HTTPS_PROXY", "NO_PROXY", "default"
  bool used() const { return !url.empty(); }
  std::string Shown() const { return scheme + "://" + address; }  // without user and password
};

// `host` as in a URL, IPv6 in brackets; `port` in digits. kConfig if the variable that counts holds
// no usable URL: going there directly would be another route than the one that was asked for.
Result<Proxy> ProxyFor(bool tls, std::string_view host, std::string_view port,
                       const Environment& environment);

// A stanza's proxy-url, which is not empty. kConfig, in kubectl's words but without user and
// password, unless it is the URL of an http, https or socks5 proxy.
Result<Proxy> ProxyOfCluster(const std::string& proxy_url, const std::string& cluster);

// Whether `no_proxy` excludes the server: a comma list of "*", hosts (they cover their subdomains),
// ".suffix" or "*.suffix" (subdomains alone), IP addresses, each with ":port" or without, and CIDR
// blocks for servers named by their IP.
bool IsExcluded(std::string_view no_proxy, std::string_view host, std::string_view port);

}  // namespace secure_exec
