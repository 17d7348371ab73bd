#include "plugin/api/api_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "plugin/api/curl_handles.h"
#include "plugin/api/proxy.h"
#include "plugin/api/status.h"
#include "plugin/api/system_roots.h"
#include "plugin/kubeconfig/credentials.h"
#include "plugin/kubeconfig/exec_plugin.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxBody = 16u << 20;
constexpr size_t kMaxHeaders = 256u << 10;
constexpr long kConnectTimeoutMs = 30'000;
constexpr long kSilentSeconds = 60;

struct ServerUrl {
  bool tls = true;
  std::string host, port, path;  // host: with brackets where it is IPv6
  std::string host_header;       // as the user wrote it: the port only if it was there
};

Result<ServerUrl> ParseServer(const ClusterAccess& access) {
  std::string text = access.server;
  if (text.find("://") == std::string::npos) {
    const bool tls = !access.ca_pem.empty() || !access.client_certificate_pem.empty();
    text = (tls ? "https://" : "http://") + text;
  }
  const CurlUrl url(curl_url());
  const bool parsed = url && curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  const std::string scheme = parsed ? UrlPart(url.get(), CURLUPART_SCHEME) : "";
  ServerUrl server;
  if (parsed) server.host = UrlPart(url.get(), CURLUPART_HOST);
  if ((scheme != "https" && scheme != "http") || server.host.empty()) {
    return Fail(ErrorKind::kConfig,
                "cluster \"{}\": server \"{}\" is not a URL such as https://host:6443",
                access.cluster, access.server);
  }
  server.tls = scheme == "https";
  server.port = UrlPart(url.get(), CURLUPART_PORT);
  server.host_header = server.host + (server.port.empty() ? "" : ":" + server.port);
  if (server.port.empty()) server.port = server.tls ? "443" : "80";
  server.path = UrlPart(url.get(), CURLUPART_PATH);
  while (!server.path.empty() && server.path.back() == '/') server.path.pop_back();
  return server;
}

// A name or an address, as it can stand in a URL's place for the host.
bool IsTlsServerName(std::string_view name) {
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') {
    name = name.substr(1, name.size() - 2);
    if (name.find(':') == std::string_view::npos) return false;
  }
  if (name.find(':') != std::string_view::npos) {
    in6_addr address;
    return inet_pton(AF_INET6, std::string(name).c_str(), &address) == 1;
  }
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '.' || byte == '-';
  });
}

// Header values come from files and flags: a line break in one would start another header.
bool IsHeaderValue(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char byte) {
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

Bio PemReader(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// OpenSSL would ask for the passphrase of an encrypted key on the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

// What is wrong with the client certificate and its key, in Go's words; empty: nothing.
std::string ClientCertificateProblem(const ClusterAccess& access) {
  if (access.client_certificate_pem.empty() && access.client_key_pem.empty()) return {};
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509_AUX(PemReader(access.client_certificate_pem).get(), nullptr, &NoPassphrase,
                            nullptr),
      &X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(PemReader(access.client_key_pem).get(), nullptr, &NoPassphrase,
                              nullptr),
      &EVP_PKEY_free);
  const bool match =
      certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!certificate) return "tls: failed to find any PEM data in certificate input";
  if (!key) {
    const bool encrypted = access.client_key_pem.find("ENCRYPTED") != std::string::npos;
    return encrypted ? "tls: the client key is encrypted; give one without a passphrase"
                     : "tls: failed to find any PEM data in key input";
  }
  return match ? "" : "tls: private key does not match public key";
}

// Looks at the TLS material before libcurl does, whose complaints do not name it.
Result<void> CheckTlsMaterial(const ClusterAccess& access) {
  if (!access.ca_pem.empty()) {
    const std::unique_ptr<X509, decltype(&X509_free)> ca(
        PEM_read_bio_X509_AUX(PemReader(access.ca_pem).get(), nullptr, &NoPassphrase, nullptr),
        &X509_free);
    ERR_clear_error();
    if (!ca) {
      return Fail(
          ErrorKind::kConfig,
          "unable to load root certificates: unable to parse bytes as PEM block (of cluster "
          "\"{}\")",
          access.cluster);
    }
  }
  const std::string why = ClientCertificateProblem(access);
  if (why.empty()) return {};
  return Fail(ErrorKind::kConfig, "{}{}", why,
              access.user.empty() ? "" : fmt::format(" (of user \"{}\")", access.user));
}

// What goes into a header, and into the TLS handshake.
Result<void> CheckCredentials(const ClusterAccess& access, const ServerUrl& server) {
  if (!IsHeaderValue(access.token)) {
    return Fail(ErrorKind::kConfig,
                "user \"{}\": net/http: invalid header field value for \"Authorization\"",
                access.user);
  }
  return server.tls ? CheckTlsMaterial(access) : Result<void>{};
}

curl_blob Blob(const std::string& text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
}

constexpr size_t kTlsReadBuffer = 64 * 1024;

CURLcode OnStreamContext(CURL*, void* context, void* transfer) {
  auto* tls = static_cast<SSL_CTX*>(context);
  // A server that ends TCP without close_notify has ended: what counts is the WebSocket's end.
  SSL_CTX_set_options(tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Otherwise each record of 16 KiB costs two reads, one for its five bytes of header. Whoever
  // reads the stream does so until it would block, so nothing waits in this buffer unseen.
  SSL_CTX_set_read_ahead(tls, 1);
  SSL_CTX_set_default_read_buffer_len(tls, kTlsReadBuffer);
  if (transfer == nullptr) return CURLE_OK;
  return static_cast<CurlTransfer*>(transfer)->peer().Install(tls) ? CURLE_OK
                                                                   : CURLE_SSL_CONNECT_ERROR;
}

CURLcode OnRestContext(CURL*, void* context, void* transfer) {
  if (transfer == nullptr) return CURLE_OK;
  return static_cast<CurlTransfer*>(transfer)->peer().Install(static_cast<SSL_CTX*>(context))
             ? CURLE_OK
             : CURLE_SSL_CONNECT_ERROR;
}

struct Reception {
  CURL* transfer = nullptr;
  const std::function<bool(std::string_view)>* on_data = nullptr;
  bool enough = false;
  bool keep_headers = false;
  HeaderList headers;  // of the last answer, where they are kept
  std::string status;  // "200 OK"
  bool headers_complete = false;
  HttpResponse response;
  size_t header_bytes = 0;
  bool too_long = false;
};

size_t OnBody(char* data, size_t, size_t size, void* user) {
  auto* reception = static_cast<Reception*>(user);
  long code = 0;
  if (*reception->on_data) curl_easy_getinfo(reception->transfer, CURLINFO_RESPONSE_CODE, &code);
  if (code == 200) {
    reception->enough = !(*reception->on_data)({data, size});
    return reception->enough ? CURL_WRITEFUNC_ERROR : size;
  }
  if (size > kMaxBody - reception->response.body.size()) {
    reception->too_long = true;
    return CURL_WRITEFUNC_ERROR;
  }
  reception->response.body.append(data, size);
  return size;
}

void KeepHeader(std::string_view line, Reception& reception) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // a "100 Continue" before it does not count
    reception.headers.clear();
    reception.status = line.substr(std::min(line.find(' '), line.size() - 1) + 1);
  } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    const size_t value = std::min(line.find_first_not_of(' ', colon + 1), line.size());
    reception.headers.emplace_back(line.substr(0, colon), line.substr(value));
  }
}

size_t OnHeader(char* data, size_t, size_t size, void* user) {
  auto* reception = static_cast<Reception*>(user);
  reception->header_bytes += size;
  if (reception->header_bytes > kMaxHeaders) {
    reception->too_long = true;
    return 0;
  }
  constexpr std::string_view kDate = "date:";
  const std::string line(data, size);
  reception->headers_complete = line == "\r\n" || line == "\n";
  if (reception->keep_headers) KeepHeader(line, *reception);
  if (size > kDate.size() && curl_strnequal(line.c_str(), kDate.data(), kDate.size()) != 0) {
    const time_t date = curl_getdate(line.c_str() + kDate.size(), nullptr);
    if (date != -1) {
      reception->response.date_s = date;
      reception->response.received_wall_ns = Clock::System().WallNs();
    }
  }
  return size;
}

WireTimings TimingsOf(CURL* transfer) {
  const auto microseconds = [&](CURLINFO what) {
    curl_off_t time = 0;
    curl_easy_getinfo(transfer, what, &time);
    return static_cast<int64_t>(time);
  };
  return {.looked_up = microseconds(CURLINFO_NAMELOOKUP_TIME_T),
          .connected = microseconds(CURLINFO_CONNECT_TIME_T),
          .secured = std::max(microseconds(CURLINFO_APPCONNECT_TIME_T),
                              microseconds(CURLINFO_CONNECT_TIME_T)),  // 0 without TLS
          .sent = microseconds(CURLINFO_PRETRANSFER_TIME_T),
          .answered = microseconds(CURLINFO_STARTTRANSFER_TIME_T)};
}

void GlobalInit() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_SSL);
  static_cast<void>(code);
}

}  // namespace

struct ApiClient::Impl {
  ClusterAccess access;
  ServerUrl server;
  std::string user_agent;
  Proxy proxy;
  SystemRoots system_roots;
  const Clock* clock = nullptr;
  bool has_plugin_credential = false;
  std::optional<int64_t> expires_wall_ns;  // the plugin's credential
  std::string stream_certificate_pem;      // what `stream` was begun with
  std::shared_ptr<CurlMulti> multi = std::make_shared<CurlMulti>();
  std::unique_ptr<CurlTransfer> stream;
  int interrupt_fd = -1;
  std::optional<int64_t> clock_offset_ns;
  std::unique_ptr<WireLog> log;

  void TellSecrets() const {
    if (!log) return;
    log->AddSecret(access.token);
    log->AddSecret(access.password);
    log->AddSecret(Base64Encode(access.username + ":" + access.password));
    const CurlUrl url(curl_url());
    if (!proxy.used() || !url ||
        curl_url_set(url.get(), CURLUPART_URL, proxy.url.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
            CURLUE_OK) {
      return;
    }
    log->AddSecret(UrlPart(url.get(), CURLUPART_PASSWORD));
  }

  HeaderList HeadersFor(const HttpRequest& request) const {
    HeaderList headers = {{"Host", server.host_header}, {"Accept", request.accept}};
    if (!request.body.empty()) headers.emplace_back("Content-Type", "application/json");
    if (!request.audit_id.empty()) headers.emplace_back("Audit-ID", request.audit_id);
    if (!authorization().empty()) headers.emplace_back("Authorization", authorization());
    headers.insert(headers.end(), access.impersonation.begin(), access.impersonation.end());
    return headers;
  }

  // Past its time, which libcurl words by what it was doing just then.
  Error TimeoutError(bool headers_complete) const {
    if (headers_complete) {
      return {ErrorKind::kServer,
              "unexpected error when reading response body. Please retry. Original error: context "
              "deadline exceeded (Client.Timeout or context cancellation while reading body)"};
    }
    return {ErrorKind::kVerbatim,
            "Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded "
            "while awaiting headers)"};
  }

  Result<HttpResponse> SendOnce(const HttpRequest& request);
  Result<void> RunPlugin();

  std::string authorization() const {
    if (!server.tls) return "";
    if (!access.token.empty()) return "Bearer " + access.token;
    if (access.username.empty()) return "";
    return "Basic " + Base64Encode(access.username + ":" + access.password);
  }

  std::string peer_name() const {
    const std::string& name = access.tls_server_name.empty() ? server.host : access.tls_server_name;
    return name.starts_with('[') ? name.substr(1, name.size() - 2) : name;
  }

  // A transfer to the server, with all that REST and streams share.
  std::unique_ptr<CurlTransfer> NewTransfer(const std::string& path,
                                            curl_ssl_ctx_callback on_context) const {
    auto transfer = std::make_unique<CurlTransfer>(multi, peer_name());
    CurlTransfer& t = *transfer;
    std::string host = server.host;
    if (server.tls && !access.tls_server_name.empty()) {
      // The URL's host decides SNI and what is verified; CONNECT_TO leads to the real one.
      host = access.tls_server_name;
      if (host.find(':') != std::string::npos && !host.starts_with('[')) host = "[" + host + "]";
      t.AddConnectTo(fmt::format("{}:{}:{}:{}", host, server.port, server.host, server.port));
    }
    const std::string url = fmt::format("{}://{}:{}{}{}", server.tls ? "https" : "http", host,
                                        server.port, server.path, path);
    t.Set(CURLOPT_URL, url.c_str());
    t.Set(CURLOPT_PATH_AS_IS, 1L);
    t.Set(CURLOPT_PROTOCOLS_STR, "http,https");
    t.Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    t.Set(CURLOPT_FOLLOWLOCATION, 0L);
    t.Set(CURLOPT_NOSIGNAL, 1L);
    t.Set(CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
    t.Set(CURLOPT_TCP_NODELAY, 1L);
    t.Set(CURLOPT_TCP_KEEPALIVE, 1L);
    t.Set(CURLOPT_TCP_KEEPIDLE, 30L);
    t.Set(CURLOPT_TCP_KEEPINTVL, 15L);
    t.Set(CURLOPT_USERAGENT, user_agent.c_str());
    // Both set, or libcurl would look into the environment itself.
    t.Set(CURLOPT_PROXY, proxy.url.c_str());
    t.Set(CURLOPT_NOPROXY, "");
    t.Set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // a proxy's Date is not the server's
    if (server.tls) SetTls(t, on_context);
    if (proxy.scheme == "https") SetSystemRoots(t, CURLOPT_PROXY_CAINFO, CURLOPT_PROXY_CAPATH);
    return transfer;
  }

  void SetSystemRoots(CurlTransfer& t, CURLoption file, CURLoption directories) const {
    const auto text = [](const std::string& s) { return s.empty() ? nullptr : s.c_str(); };
    t.Set(file, text(system_roots.file));
    t.Set(directories, text(system_roots.directories));
  }

  void SetTls(CurlTransfer& t, curl_ssl_ctx_callback on_context) const {
    t.Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    t.Set(CURLOPT_SSL_CTX_FUNCTION, on_context);
    // libcurl calls the function for an https proxy's context too, whose name is another one; then
    // its own check must do.
    const bool own_check = !access.insecure && proxy.scheme != "https";
    t.Set(CURLOPT_SSL_CTX_DATA, own_check ? static_cast<void*>(&t) : nullptr);
    t.Set(CURLOPT_SSL_VERIFYPEER, access.insecure ? 0L : 1L);
    t.Set(CURLOPT_SSL_VERIFYHOST, access.insecure ? 0L : 2L);
    if (access.insecure || !access.ca_pem.empty()) {
      // libcurl would go on trusting the system's authorities beside the cluster's.
      t.Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
      t.Set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
    } else {
      SetSystemRoots(t, CURLOPT_CAINFO, CURLOPT_CAPATH);
    }
    if (!access.insecure && !access.ca_pem.empty()) {
      curl_blob ca = Blob(access.ca_pem);
      t.Set(CURLOPT_CAINFO_BLOB, &ca);
    }
    if (!access.client_certificate_pem.empty()) {
      curl_blob certificate = Blob(access.client_certificate_pem);
      curl_blob key = Blob(access.client_key_pem);
      t.Set(CURLOPT_SSLCERT_BLOB, &certificate);
      t.Set(CURLOPT_SSLKEY_BLOB, &key);
    }
  }
};

ApiClient::ApiClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ApiClient::~ApiClient() = default;

Result<std::unique_ptr<ApiClient>> ApiClient::Create(const ClusterAccess& access,
                                                     std::string user_agent,
                                                     const Environment& environment,
                                                     std::unique_ptr<WireLog> log,
                                                     const Clock& clock) {
  auto server = ParseServer(access);
  if (!server) return tl::unexpected(server.error());
  if (!IsHeaderValue(user_agent)) {
    return Fail(ErrorKind::kConfig, "net/http: invalid header field value for \"User-Agent\"");
  }
  if (auto checked = CheckCredentials(access, *server); !checked) {
    return tl::unexpected(checked.error());
  }
  if (server->tls && !access.tls_server_name.empty() && !IsTlsServerName(access.tls_server_name)) {
    return Fail(ErrorKind::kConfig,
                "cluster \"{}\": tls-server-name \"{}\" is not a host name or an IP address",
                access.cluster, SafeForTerminal(access.tls_server_name));
  }
  auto proxy = access.proxy_url.empty()
                   ? ProxyFor(server->tls, server->host, server->port, environment)
                   : ProxyOfCluster(access.proxy_url, access.cluster);
  if (!proxy) return tl::unexpected(proxy.error());
  GlobalInit();
  auto impl = std::make_unique<Impl>();
  impl->access = access;
  impl->access.settings.push_back({"proxy",
                                   proxy->used() ? SafeForTerminal(proxy->Shown()) : "none",
                                   SafeForTerminal(proxy->source)});
  impl->clock = &clock;
  impl->user_agent = std::move(user_agent);
  impl->proxy = std::move(*proxy);
  impl->server = std::move(*server);
  impl->system_roots = FindSystemRoots(environment);
  impl->log = std::move(log);
  if (impl->log) {
    impl->log->SetServer((impl->server.tls ? "https://" : "http://") + impl->server.host_header);
  }
  impl->TellSecrets();
  return std::unique_ptr<ApiClient>(new ApiClient(std::move(impl)));
}

void ApiClient::BeginConnect() {
  if (impl_->stream) return;
  impl_->stream_certificate_pem = impl_->access.client_certificate_pem;
  impl_->stream = impl_->NewTransfer("/", &OnStreamContext);
  impl_->stream->Set(CURLOPT_CONNECT_ONLY, 1L);
  impl_->stream->Set(CURLOPT_HTTPPROXYTUNNEL, 1L);  // for http servers too
  impl_->stream->Start();
}

Result<void> ApiClient::Impl::RunPlugin() {
  has_plugin_credential = false;
  auto expiry = AddExecCredential(access);
  if (!expiry) return tl::unexpected(expiry.error());
  if (const std::string why = ClientCertificateProblem(access); !why.empty()) {
    return Fail(ErrorKind::kVerbatim,
                "Unable to connect to the server: getting credentials: failed parsing client "
                "key/certificate: {}",
                why);
  }
  TellSecrets();
  expires_wall_ns = *expiry;
  has_plugin_credential = true;
  return {};
}

Result<void> ApiClient::GetCredentials() {
  if (impl_->access.exec) {
    const bool good =
        impl_->has_plugin_credential &&
        (!impl_->expires_wall_ns || impl_->clock->WallNs() <= *impl_->expires_wall_ns);
    return good ? Result<void>{} : impl_->RunPlugin();
  }
  if (!impl_->access.token_file.empty()) {
    // A file that cannot be read at the moment leaves the token that we have, as in client-go.
    auto token = ReadToken(impl_->access.token, impl_->access.token_file);
    if (token) impl_->access.token = std::move(*token);
    impl_->TellSecrets();
  }
  return {};
}

Result<bool> ApiClient::RenewCredentials() {
  if (impl_->access.exec) {
    if (auto run = impl_->RunPlugin(); !run) return tl::unexpected(run.error());
    return true;
  }
  const std::string before = impl_->access.token;
  if (auto got = GetCredentials(); !got) return tl::unexpected(got.error());
  return impl_->access.token != before;
}

Result<HttpResponse> ApiClient::Impl::SendOnce(const HttpRequest& request) {
  Reception reception;
  const auto transfer = NewTransfer(request.path, &OnRestContext);
  reception.transfer = transfer->get();
  reception.on_data = &request.on_data;
  if (!request.body.empty()) {
    transfer->Set(CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    transfer->Set(CURLOPT_COPYPOSTFIELDS, request.body.c_str());
    transfer->AddHeader("Expect;");
  }
  const std::string& agent = request.user_agent.empty() ? user_agent : request.user_agent;
  transfer->Set(CURLOPT_USERAGENT, agent.c_str());
  transfer->Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  const int64_t limit_ns = request.timeout_ns > 0 ? request.timeout_ns : access.request_timeout_ns;
  const int64_t limit_ms = limit_ns / kMillisecond + (limit_ns % kMillisecond > 0 ? 1 : 0);
  // What libcurl's counter does not hold is longer than three weeks: as good as none.
  const bool limited = limit_ns > 0 && limit_ms <= std::numeric_limits<int>::max();
  if (limited) transfer->Set(CURLOPT_TIMEOUT_MS, static_cast<long>(limit_ms));
  // A connection that waited in the pool would lie open, unread, for as long as the stream lives.
  transfer->Set(CURLOPT_FORBID_REUSE, 1L);
  // A watch may have nothing to say until its time is over.
  if (!request.on_data || request.timeout_ns <= 0) {
    transfer->Set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    transfer->Set(CURLOPT_LOW_SPEED_TIME, kSilentSeconds);
  }
  transfer->Set(CURLOPT_WRITEFUNCTION, &OnBody);
  transfer->Set(CURLOPT_WRITEDATA, static_cast<void*>(&reception));
  transfer->Set(CURLOPT_HEADERFUNCTION, &OnHeader);
  transfer->Set(CURLOPT_HEADERDATA, static_cast<void*>(&reception));
  HeaderList headers = HeadersFor(request);
  for (const auto& [name, value] : headers) {
    // With a colon and nothing behind it libcurl would leave the header out.
    transfer->AddHeader(value.empty() ? name + ";" : name + ": " + value);
  }
  headers.emplace_back("User-Agent", agent);
  reception.keep_headers = log != nullptr && log->on();
  const WireExchange exchange(log.get(), request.method, server.path + request.path, headers,
                              request.body);
  const int64_t start_ns = Clock::System().BootNs();
  transfer->Start();
  const CURLcode code = transfer->Wait();
  std::optional<std::string_view> body;
  if (!request.on_data) body = reception.response.body;
  exchange.Answered(reception.status, reception.headers, body, TimingsOf(transfer->get()));
  if (reception.too_long) {
    return Fail(ErrorKind::kServer, "the server {} answered with more than {} MiB",
                server.host_header, kMaxBody >> 20);
  }
  if (code == CURLE_OPERATION_TIMEDOUT && limited &&
      Clock::System().BootNs() - start_ns >= limit_ns) {
    return tl::unexpected(TimeoutError(reception.headers_complete));
  }
  if (code != CURLE_OK && !reception.enough) {
    return tl::unexpected(transfer->Explain(code, server.host_header, proxy));
  }
  long status = 0;
  curl_easy_getinfo(transfer->get(), CURLINFO_RESPONSE_CODE, &status);
  reception.response.code = static_cast<int>(status);
  HttpResponse& response = reception.response;
  if (!clock_offset_ns && response.date_s) {
    clock_offset_ns = *response.date_s * kSecond - response.received_wall_ns;
  }
  return std::move(response);
}

Result<HttpResponse> ApiClient::Send(const HttpRequest& request) {
  if (auto got = GetCredentials(); !got) return tl::unexpected(got.error());
  auto response = impl_->SendOnce(request);
  if (!response || response->code != 401) return response;
  const auto renewed = RenewCredentials();
  if (!renewed) return tl::unexpected(renewed.error());
  return *renewed ? impl_->SendOnce(request) : response;
}

Result<std::unique_ptr<ByteStream>> ApiClient::Connect() {
  if (auto got = GetCredentials(); !got) return tl::unexpected(got.error());
  if (impl_->stream_certificate_pem != impl_->access.client_certificate_pem) impl_->stream.reset();
  BeginConnect();
  const CURLcode code = impl_->stream->Wait(impl_->interrupt_fd);
  auto stream = std::move(impl_->stream);
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    return Fail(ErrorKind::kInterrupted, "interrupted while connecting to the server");
  }
  if (code != CURLE_OK) {
    return tl::unexpected(stream->Explain(code, impl_->server.host_header, impl_->proxy));
  }
  return MakeCurlStream(std::move(stream));
}

void ApiClient::SetInterrupt(int fd) { impl_->interrupt_fd = fd; }

const ClusterAccess& ApiClient::access() const { return impl_->access; }
const std::string& ApiClient::host_header() const { return impl_->server.host_header; }
const std::string& ApiClient::path_prefix() const { return impl_->server.path; }
std::optional<int64_t> ApiClient::clock_offset_ns() const { return impl_->clock_offset_ns; }
const WireLog* ApiClient::wire_log() const { return impl_->log.get(); }
std::string ApiClient::authorization() const { return impl_->authorization(); }

}  // namespace secure_exec
