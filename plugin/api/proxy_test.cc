#include "plugin/api/proxy.h"

#include <gtest/gtest.h>

#include <map>

namespace secure_exec {
namespace {

using Variables = std::map<std::string, std::string>;

Result<Proxy> For(const Variables& variables, bool tls = true, std::string_view host = "h.example",
                  std::string_view port = "6443") {
  return ProxyFor(tls, host, port, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(Proxy, NoProxyFollowsGo) {
  struct Case {
    const char *no_proxy, *host, *port;
    bool excluded;
  };
  const Case cases[] = {
      {"", "h.example", "6443", false},
      {" , ,", "h.example", "6443", false},
      {"*", "h.example", "6443", true},
      {"x,*", "10.0.0.1", "6443", true},
      {"h.example", "h.example", "6443", true},
      {" other , H.Example ", "h.EXAMPLE", "6443", true},
      {"h.example", "sub.h.example", "6443", true},
      {"h.example", "xh.example", "6443", false},
      {".h.example", "h.example", "6443", false},
      {".h.example", "sub.h.example", "6443", true},
      {"*.h.example", "a.sub.h.example", "6443", true},
      {"*.h.example", "h.example", "6443", false},
      {"h.example:6443", "h.example", "6443", true},
      {"h.example:443", "h.example", "6443", false},
      {"h.example:", "h.example", "6443", true},
      {".example:6443", "h.example", "6443", true},
      {":6443", "h.example", "6443", false},
      {"10.0.0.1", "10.0.0.1", "6443", true},
      {"10.0.0.1", "10.0.0.10", "6443", false},
      {"10.0.0.1:6443", "10.0.0.1", "6443", true},
      {"10.0.0.1:1", "10.0.0.1", "6443", false},
      {"0.0.1", "10.0.0.1", "6443", true},  // in Go, a suffix of names is one of numbers too
      {"10.0.0.0/8", "10.255.0.1", "6443", true},
      {"10.0.0.0/8", "11.0.0.1", "6443", false},
      {"10.0.0.0/9", "10.128.0.1", "6443", false},
      {"10.1.2.3/0", "1.2.3.4", "6443", true},
      {"10.0.0.0/33", "10.0.0.1", "6443", false},
      {"10.0.0.0/-1", "10.0.0.1", "6443", false},
      {"10.0.0.0/8x", "10.0.0.1", "6443", false},
      {"10.0.0.0/8", "ten.example", "6443", false},  // names are not looked up
      {"fd00::/8", "[fd12::1]", "6443", true},
      {"fd00::/8", "[fe80::1]", "6443", false},
      {"::/0", "10.0.0.1", "6443", false},
      {"0.0.0.0/0", "[fd12::1]", "6443", false},
      {"fd12::1", "[FD12:0::1]", "6443", true},
      {"[fd12::1]:6443", "[fd12::1]", "6443", true},
      {"[fd12::1]:1", "[fd12::1]", "6443", false},
      {"::ffff:10.0.0.1", "10.0.0.1", "6443", true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(c.excluded, IsExcluded(c.no_proxy, c.host, c.port)) << c.no_proxy << " " << c.host;
  }
}

TEST(Proxy, LoopbackIsNeverProxied) {
  for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]"}) {
    EXPECT_FALSE(For({{"HTTPS_PROXY", "http://p:1"}}, true, host)->used()) << host;
  }
  for (const char* host : {"128.0.0.1", "[::2]", "127.example"}) {
    EXPECT_TRUE(For({{"HTTPS_PROXY", "http://p:1"}}, true, host)->used()) << host;
  }
}

TEST(Proxy, TheServersSchemeChoosesTheVariable) {
  const Variables both = {{"HTTPS_PROXY", "http://s:1"}, {"HTTP_PROXY", "http://p:1"}};
  EXPECT_EQ("s:1", For(both, true)->address);
  EXPECT_EQ("p:1", For(both, false)->address);
  EXPECT_FALSE(For({{"HTTP_PROXY", "http://p:1"}}, true)->used());
  EXPECT_FALSE(For({{"ALL_PROXY", "http://p:1"}})->used());
}

TEST(Proxy, UpperCaseGoesFirstAndEmptyIsUnset) {
  EXPECT_EQ("a:1", For({{"HTTPS_PROXY", "a:1"}, {"https_proxy", "b:1"}})->address);
  EXPECT_EQ("b:1", For({{"HTTPS_PROXY", ""}, {"https_proxy", "b:1"}})->address);
  EXPECT_EQ("b:1", For({{"http_proxy", "b:1"}}, false)->address);
  EXPECT_FALSE(For({{"https_proxy", "b:1"}, {"NO_PROXY", ""}, {"no_proxy", "h.example"}})->used());
  EXPECT_TRUE(For({{"https_proxy", "b:1"}, {"NO_PROXY", "x"}, {"no_proxy", "h.example"}})->used());
}

TEST(Proxy, UrlsAreMadeWhole) {
  struct Case {
    const char *value, *url, *shown;
  };
  const Case cases[] = {
      {"p", "http://p:80/", "http://p:80"},
      {"p:3128", "http://p:3128/", "http://p:3128"},
      {"HTTP://p:3128/x?y#z", "http://p:3128/", "http://p:3128"},
      {"https://p", "https://p:443/", "https://p:443"},
      {"socks5://p", "socks5h://p:1080/", "socks5h://p:1080"},
      {"socks5h://p:9", "socks5h://p:9/", "socks5h://p:9"},
      {"http://[fd00::1]:8", "http://[fd00::1]:8/", "http://[fd00::1]:8"},
      {"http://me:pass%40word@p:8", "http://me:pass%40word@p:8/", "http://p:8"},
      {"me:secret@p:8", "http://me:secret@p:8/", "http://p:8"},
  };
  for (const Case& c : cases) {
    const auto proxy = For({{"HTTPS_PROXY", c.value}});
    ASSERT_TRUE(proxy) << c.value;
    EXPECT_EQ(c.url, proxy->url);
    EXPECT_EQ(c.shown, proxy->Shown());
  }
}

TEST(Proxy, WhatIsNoProxyIsRefusedAndNotShown) {
  for (const char* value : {"ftp://secret@p", "socks4://me:secret@p:1", "http://",
                            "http://me:secret", "http://me:secret@p:99999", "http://me:secret@"}) {
    const auto proxy = For({{"https_proxy", value}});
    ASSERT_FALSE(proxy) << value;
    EXPECT_EQ(ErrorKind::kConfig, proxy.error().kind);
    EXPECT_EQ(
        "https_proxy is not the URL of an http, https or socks5 proxy, such as http://host:3128",
        proxy.error().message);
  }
  EXPECT_FALSE(For({{"HTTPS_PROXY", "ftp://p"}, {"NO_PROXY", "h.example"}})->used());
}

std::string ClusterError(const std::string& proxy_url) {
  const auto proxy = ProxyOfCluster(proxy_url, "cl");
  return proxy ? "none" : proxy.error().message;
}

TEST(ProxyOfCluster, TheThreeKinds) {
  const auto http = ProxyOfCluster("http://user:s3cret@h:3128/path", "cl");
  ASSERT_TRUE(http.has_value());
  EXPECT_EQ(http->url, "http://user:s3cret@h:3128/");
  EXPECT_EQ(http->Shown(), "http://h:3128");
  EXPECT_EQ(ProxyOfCluster("HTTPS://h", "cl")->address, "h:443");
  // Names are resolved at the proxy, as Go does.
  EXPECT_EQ(ProxyOfCluster("socks5://h", "cl")->url, "socks5h://h:1080/");
}

// The texts are what kubectl 1.36 prints, but for users and passwords.
TEST(ProxyOfCluster, WhatIsNoProxy) {
  const auto unsupported = [](const std::string& url, const std::string& scheme) {
    return "invalid 'proxy-url' \"" + url + "\" for cluster \"cl\": unsupported scheme \"" +
           scheme + "\", must be http, https, or socks5";
  };
  EXPECT_EQ(ClusterError("ftp://x"), unsupported("ftp://x", "ftp"));
  EXPECT_EQ(ClusterError("socks5h://h:1"), unsupported("socks5h://h:1", "socks5h"));
  EXPECT_EQ(ClusterError("foo bar"), unsupported("foo bar", ""));
  EXPECT_EQ(ClusterError("proxy:3128"), unsupported("proxy:3128", "proxy"));
  for (const std::string url : {"://", "http://h:port", "127.0.0.1:1", "http://[::1"}) {
    EXPECT_EQ(ClusterError(url),
              "invalid 'proxy-url' \"" + url + "\" for cluster \"cl\": could not parse: " + url);
  }
}

TEST(ProxyOfCluster, NoPasswordIsShown) {
  for (const char* url : {"ftp://u:s3cret@h", "http://u:s3cret@h:port", "u:s3cret@h:1",
                          "http://u:s3cret@[::1", "s3cret@h", "http://a@s3cret@h:x"}) {
    const std::string error = ClusterError(url);
    EXPECT_NE(error, "none") << url;
    EXPECT_EQ(error.find("s3cret"), std::string::npos) << error;
  }
}

}  // namespace
}  // namespace secure_exec
