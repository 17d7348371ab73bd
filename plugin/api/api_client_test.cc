#include "plugin/api/api_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <map>
#include <thread>

#include "base/unique_fd.h"

namespace secure_exec {
namespace {

Environment Empty() {
  return [](const std::string&) { return std::nullopt; };
}

ClusterAccess Access(const std::string& server) {
  ClusterAccess access;
  access.cluster = "c";
  access.user = "u";
  access.server = server;
  return access;
}

Result<std::unique_ptr<ApiClient>> Create(const ClusterAccess& access) {
  return ApiClient::Create(access, "secure-exec/test", Empty());
}

// Error text of Create(); "" if it works.
std::string Refusal(const ClusterAccess& access) {
  const auto client = Create(access);
  return client ? "" : client.error().message;
}

// A port of this machine's: bound, so that nobody else can take it meanwhile.
class BoundPort {
 public:
  BoundPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(0, bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size));
    EXPECT_EQ(0, getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size));
    port_ = ntohs(address.sin_port);
  }
  int get() const { return socket_.get(); }
  std::string host() const { return fmt::format("127.0.0.1:{}", port_); }

 private:
  UniqueFd socket_;
  int port_ = 0;
};
using ClosedPort = BoundPort;  // not listening, it refuses

// A plain HTTP server for one connection: reads a request's head, sends `answer`, and closes.
class OneShotServer {
 public:
  explicit OneShotServer(std::string answer) : answer_(std::move(answer)) {
    EXPECT_EQ(0, listen(port_.get(), 4));
    thread_ = std::thread([this] { Serve(); });
  }
  ~OneShotServer() {
    if (thread_.joinable()) thread_.join();
  }
  std::string url() const { return "http://" + port_.host(); }
  // What the client sent; after it is done.
  const std::string& request() {
    if (thread_.joinable()) thread_.join();
    return request_;
  }

 private:
  void Serve() {
    const UniqueFd connection(accept4(port_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    char buffer[4096];
    while (request_.find("\r\n\r\n") == std::string::npos) {
      const ssize_t size = read(connection.get(), buffer, sizeof buffer);
      if (size <= 0) return;
      request_.append(buffer, static_cast<size_t>(size));
    }
    for (std::string_view rest = answer_; !rest.empty();) {
      const ssize_t size = send(connection.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (size <= 0) return;
      rest.remove_prefix(static_cast<size_t>(size));
    }
  }
  BoundPort port_;
  std::string answer_, request_;
  std::thread thread_;
};

// A SOCKS5 proxy for one connection: reads a request (RFC 1928) and refuses it.
class SocksServer {
 public:
  SocksServer() {
    EXPECT_EQ(0, listen(port_.get(), 4));
    thread_ = std::thread([this] { Serve(); });
  }
  ~SocksServer() {
    if (thread_.joinable()) thread_.join();
  }
  std::string host() const { return port_.host(); }
  // The request, after the greeting; once the client is done.
  const std::string& request() {
    if (thread_.joinable()) thread_.join();
    return request_;
  }

 private:
  static std::string Receive(int fd, size_t size) {
    std::string bytes(size, '\0');
    const ssize_t got = recv(fd, bytes.data(), size, MSG_WAITALL);
    bytes.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return bytes;
  }
  void Serve() {
    const UniqueFd connection(accept4(port_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const std::string greeting = Receive(connection.get(), 2);
    if (greeting.size() < 2) return;
    Receive(connection.get(), static_cast<unsigned char>(greeting[1]));
    send(connection.get(), "\x05\x00", 2, MSG_NOSIGNAL);
    request_ = Receive(connection.get(), 5);
    if (request_.size() < 5) return;
    const size_t rest = request_[3] == 3 ? static_cast<unsigned char>(request_[4]) + 2u : 5u;
    request_ += Receive(connection.get(), rest);
    send(connection.get(), "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", 10, MSG_NOSIGNAL);
  }
  BoundPort port_;
  std::string request_;
  std::thread thread_;
};

TEST(ApiClient, SplitsTheServersUrl) {
  const auto client = Create(Access("https://h.example:6443/k8s/clusters/c"));
  ASSERT_TRUE(client);
  EXPECT_EQ("h.example:6443", (*client)->host_header());
  EXPECT_EQ("/k8s/clusters/c", (*client)->path_prefix());
  const auto bare = Create(Access("https://h.example/"));
  EXPECT_EQ("h.example", (*bare)->host_header());
  EXPECT_EQ("", (*bare)->path_prefix());
  EXPECT_EQ("[::1]:6443", (*Create(Access("https://[::1]:6443")))->host_header());
}

TEST(ApiClient, RefusesWhatIsNoUrl) {
  for (const char* server : {"ftp://h", "https://", "https://h:99999", "https://a b"}) {
    const auto client = Create(Access(server));
    ASSERT_FALSE(client) << server;
    EXPECT_EQ(ErrorKind::kConfig, client.error().kind);
  }
}

TEST(ApiClient, ATokenGoesOverTlsAlone) {
  ClusterAccess access = Access("https://h");
  access.token = "secret";
  EXPECT_EQ("Bearer secret", (*Create(access))->authorization());
  access.server = "http://h";
  EXPECT_EQ("", (*Create(access))->authorization());
  access.server = "https://h";
  access.token = "a\r\nImpersonate-User: root";
  EXPECT_EQ("user \"u\": net/http: invalid header field value for \"Authorization\"",
            Refusal(access));
}

constexpr char kKey[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq\n"
    "-----END PRIVATE KEY-----\n";

TEST(ApiClient, NamesBrokenTlsMaterial) {
  ClusterAccess access = Access("https://h");
  access.ca_pem = "junk";
  EXPECT_EQ("unable to load root certificates: unable to parse bytes as PEM block (of cluster \"c\")",
            Refusal(access));
  access.ca_pem = "";
  access.client_certificate_pem = "junk";
  access.client_key_pem = kKey;
  EXPECT_EQ("tls: failed to find any PEM data in certificate input (of user \"u\")", Refusal(access));
}

TEST(ApiClient, GetsAnAnswerWithItsDate) {
  OneShotServer server(
      "HTTP/1.1 404 Not Found\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nContent-Length: 4\r\n\r\n"
      "gone");
  const auto client = Create(Access(server.url() + "/prefix"));
  const auto response = (*client)->Send({.path = "/api/v1/x/../y"});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(404, response->code);
  EXPECT_EQ("gone", response->body);
  EXPECT_EQ(1'700'000'000, response->date_s);
  EXPECT_LT(1'700'000'000 * int64_t{1'000'000'000}, response->received_wall_ns);
  EXPECT_TRUE(server.request().starts_with("GET /prefix/api/v1/x/../y HTTP/1.1\r\n"))
      << server.request();
  EXPECT_NE(std::string::npos, server.request().find("User-Agent: secure-exec/test\r\n"));
  EXPECT_EQ(std::string::npos, server.request().find("Authorization"));
}

TEST(ApiClient, FollowsNoRedirect) {
  OneShotServer server(
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  const auto response = (*Create(Access(server.url())))->Send({.path = "/"});
  ASSERT_TRUE(response);
  EXPECT_EQ(302, response->code);
}

TEST(ApiClient, BodiesAreBounded) {
  OneShotServer server("HTTP/1.1 200 OK\r\n\r\n" + std::string((16 << 20) + 1, 'x'));
  const auto response = (*Create(Access(server.url())))->Send({.path = "/"});
  ASSERT_FALSE(response);
  EXPECT_EQ(ErrorKind::kServer, response.error().kind);
  EXPECT_NE(std::string::npos, response.error().message.find("more than 16 MiB"));
}

TEST(ApiClient, HeadersAreBounded) {
  std::string answer = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 5000; ++i) answer += "X-Header: " + std::string(60, 'y') + "\r\n";
  OneShotServer server(answer + "Content-Length: 0\r\n\r\n");
  EXPECT_FALSE((*Create(Access(server.url())))->Send({.path = "/"}));
}

TEST(ApiClient, AServerThatSaysNothingHasAText) {
  OneShotServer server("");
  const auto response = (*Create(Access(server.url())))->Send({.path = "/"});
  ASSERT_FALSE(response);
  EXPECT_EQ("Unable to connect to the server: EOF", response.error().message);
  EXPECT_EQ(ErrorKind::kVerbatim, response.error().kind);
}

TEST(ApiClient, AClosedPortHasKubectlsText) {
  const ClosedPort port;
  const std::string host = port.host();
  const auto client = Create(Access("https://" + host));
  const std::string text = "The connection to the server " + host +
                           " was refused - did you specify the right host or port?";
  (*client)->BeginConnect();
  EXPECT_EQ(text, (*client)->Send({.path = "/"}).error().message);
  EXPECT_EQ(text, (*client)->Connect().error().message);
}

TEST(ApiClient, AStreamOutlivesItsClient) {
  OneShotServer server("hello");
  auto client = Create(Access(server.url()));
  auto stream = (*client)->Connect();
  ASSERT_TRUE(stream) << stream.error().message;
  client->reset();
  const std::string request = "anything\r\n\r\n";
  EXPECT_EQ(request.size(), (*stream)->Write(request)->bytes);
  EXPECT_EQ(request, server.request());
  std::string got;
  char buffer[3];
  while (true) {
    const auto result = (*stream)->Read(buffer);
    ASSERT_TRUE(result) << result.error().message;
    if (result->end) break;
    got.append(buffer, result->bytes);
    if (result->would_block) {
      pollfd ready{(*stream)->fd(), POLLIN, 0};
      poll(&ready, 1, -1);
    }
  }
  EXPECT_EQ("hello", got);
}

using Variables = std::map<std::string, std::string>;
Result<std::unique_ptr<ApiClient>> Create(const ClusterAccess& access, const Variables& variables) {
  return ApiClient::Create(access, "x", [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

constexpr char kForbidden[] = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";

TEST(ApiClient, AProxyThatRefusesIsNamedWithoutItsPassword) {
  OneShotServer proxy(kForbidden);
  std::string url = proxy.url();
  url.insert(url.find("//") + 2, "me:se%40cret@");
  const auto client = Create(Access("https://10.255.255.254:6443"), {{"HTTPS_PROXY", url}});
  const auto response = (*client)->Send({.path = "/"});
  ASSERT_FALSE(response);
  const std::string& message = response.error().message;
  EXPECT_NE(std::string::npos, message.find("through the proxy " + proxy.url() + ":")) << message;
  EXPECT_EQ(std::string::npos, message.find("cret")) << message;
  EXPECT_TRUE(proxy.request().starts_with("CONNECT 10.255.255.254:6443 HTTP/1.1\r\n"));
  // base64 of me:se@cret
  EXPECT_NE(std::string::npos, proxy.request().find("Basic bWU6c2VAY3JldA==\r\n"));
}

TEST(ApiClient, AProxyThatIsNotThereIsNamedAndNotTheServer) {
  const ClosedPort port;
  const auto client =
      Create(Access("https://10.255.255.254:6443"), {{"HTTPS_PROXY", "http://u:p@" + port.host()}});
  const std::string text = "Unable to connect to the server: through the proxy http://" +
                           port.host() + ": dial tcp " + port.host() +
                           ": connect: connection refused";
  EXPECT_EQ(text, (*client)->Send({.path = "/"}).error().message);
  EXPECT_EQ(text, (*client)->Connect().error().message);
}

TEST(ApiClient, AnErrorOfADirectConnectionNamesNoProxy) {
  const ClosedPort port;
  const auto client = Create(Access("https://" + port.host()), {{"HTTPS_PROXY", "http://p:1"}});
  EXPECT_EQ("The connection to the server " + port.host() +
                " was refused - did you specify the right host or port?",
            (*client)->Send({.path = "/"}).error().message);
}

TEST(ApiClient, NoProxyMeansTheServersHostAndNotTheTlsName) {
  ClusterAccess access = Access("https://10.255.255.254:6443");
  access.tls_server_name = "api.example";
  OneShotServer proxy(kForbidden);
  const auto client =
      Create(access, {{"HTTPS_PROXY", proxy.url()}, {"NO_PROXY", "api.example,*.example"}});
  EXPECT_FALSE((*client)->Send({.path = "/"}));
  EXPECT_TRUE(proxy.request().starts_with("CONNECT 10.255.255.254:6443 HTTP/1.1\r\n"))
      << proxy.request();
}

TEST(ApiClient, AnHttpServerIsReachedThroughHttpProxy) {
  const ClusterAccess access = Access("http://h.invalid:8080");
  OneShotServer proxy("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  const auto response = (*Create(access, {{"HTTP_PROXY", proxy.url()}}))->Send({.path = "/x"});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ("hi", response->body);
  EXPECT_TRUE(proxy.request().starts_with("GET http://h.invalid:8080/x HTTP/1.1\r\n"));
  OneShotServer tunnel(kForbidden);
  EXPECT_FALSE((*Create(access, {{"HTTP_PROXY", tunnel.url()}}))->Connect());
  EXPECT_TRUE(tunnel.request().starts_with("CONNECT h.invalid:8080 HTTP/1.1\r\n"));
}

TEST(ApiClient, ASocksProxyResolvesTheName) {
  SocksServer proxy;
  const auto client =
      Create(Access("https://h.invalid:6443"), {{"HTTPS_PROXY", "socks5://" + proxy.host()}});
  const auto response = (*client)->Send({.path = "/"});
  ASSERT_FALSE(response);
  EXPECT_NE(std::string::npos,
            response.error().message.find("through the proxy socks5h://" + proxy.host()))
      << response.error().message;
  // Version 5, connect, a name of 9 bytes, port 6443.
  EXPECT_EQ(std::string("\x05\x01\x00\x03\x09h.invalid\x19\x2b", 16), proxy.request());
}

TEST(ApiClient, ATlsServerNameIsAHostAndNothingElse) {
  ClusterAccess access = Access("https://h");
  for (const char* name : {"a", "api.Example-1.com", "10.0.0.1", "fd00::1", "[fd00::1]"}) {
    access.tls_server_name = name;
    EXPECT_EQ("", Refusal(access));
  }
  for (const char* name : {"a/b", "a@b", "a?b", "a#b", "a b", "a\r\nb", "a:1", "[", "[]", "[a]",
                           "a[b]", "[::1", "::1]", "[10.0.0.1]", "a%2fb", "\xc3\xa4", "a\\b"}) {
    access.tls_server_name = name;
    const auto client = Create(access);
    ASSERT_FALSE(client) << name;
    EXPECT_EQ(ErrorKind::kConfig, client.error().kind);
  }
  access.tls_server_name = "a/b";
  EXPECT_EQ("cluster \"c\": tls-server-name \"a/b\" is not a host name or an IP address",
            Refusal(access));
}

// The texts are kubectl's, against a server that does not answer and one that stops in the body.
TEST(ApiClient, ARequestHasItsTime) {
  const BoundPort silent;  // the kernel takes the connection, nobody reads it
  ASSERT_EQ(0, listen(silent.get(), 4));
  for (const char* scheme : {"http://", "https://"}) {
    ClusterAccess access = Access(scheme + silent.host());
    access.request_timeout_ns = 50 * kMillisecond;
    const auto client = Create(access);
    const auto response = (*client)->Send({.path = "/"});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::kVerbatim);
    EXPECT_EQ(response.error().message,
              "Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded "
              "while awaiting headers)");
  }
}

TEST(ApiClient, ARequestsOwnTimeBeatsTheFlags) {
  const BoundPort silent;
  ASSERT_EQ(0, listen(silent.get(), 4));
  ClusterAccess access = Access("http://" + silent.host());
  access.request_timeout_ns = 3600 * kSecond;
  const auto client = Create(access);
  EXPECT_FALSE((*client)->Send({.path = "/", .timeout_ns = 1}));
}

TEST(ApiClient, EveryRequestIsLoggedWithoutItsCredentials) {
  OneShotServer server("HTTP/1.1 404 Not Found\r\nX-Said: hunter2\r\nContent-Length: 2\r\n\r\nno");
  ClusterAccess access = Access(server.url());
  access.token = "hunter2";
  access.impersonation = {{"Impersonate-User", "bob"}};
  std::string text;
  auto log = std::make_unique<WireLog>(8, Clock::System(),
                                       [&](const std::string& entry) { text += entry + "\n"; });
  const auto client = ApiClient::Create(access, "secure-exec/test", Empty(), std::move(log));
  ASSERT_TRUE((*client)->Send({.path = "/x"}));
  for (const std::string& part :
       {"\"Request\" verb=\"GET\" url=\"" + server.url() + "/x\" headers=<\n",
        std::string("\tImpersonate-User: bob\n"), std::string("\tUser-Agent: secure-exec/test\n"),
        std::string("status=\"404 Not Found\" headers=<\n\tContent-Length: 2\n\tX-Said: "
                    "<masked>\n > milliseconds="),
        std::string("\"Response Body\" body=\"no\"\n")})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
}

TEST(ApiClient, TheLogHasTheUserAgentThatIsSent) {
  OneShotServer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  std::string text;
  auto log = std::make_unique<WireLog>(8, Clock::System(),
                                       [&](const std::string& entry) { text += entry + "\n"; });
  const auto client =
      ApiClient::Create(Access(server.url()), "secure-exec/test", Empty(), std::move(log));
  ASSERT_TRUE((*client)->Send({.path = "/x", .user_agent = "of-this-request"}));
  EXPECT_NE(text.find("\tUser-Agent: of-this-request\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("secure-exec/test"), std::string::npos) << text;
}

}  // namespace
}  // namespace secure_exec
