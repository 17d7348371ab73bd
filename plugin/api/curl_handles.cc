#include "plugin/api/curl_handles.h"

#include <errno.h>
#include <time.h>

#include <string_view>
#include <utility>

#include "plugin/api/status.h"

namespace secure_exec {
namespace {

using namespace std::string_view_literals;

// What Go's TLS says where OpenSSL names a function and a code.
std::string TlsText(std::string_view openssl) {
  struct Translation {
    std::string_view openssl, go;
  };
  static constexpr Translation kTranslations[] = {
      {"wrong version number", "tls: first record does not look like a TLS handshake"},
      {"packet length too long", "tls: first record does not look like a TLS handshake"},
      {"alert protocol version", "remote error: tls: protocol version not supported"},
      {"unsupported protocol", "tls: server selected unsupported protocol version"},
      {"certificate required", "remote error: tls: certificate required"},
      {"alert bad certificate", "remote error: tls: bad certificate"},
      {"alert certificate unknown", "remote error: tls: unknown certificate"},
      {"alert unknown ca", "remote error: tls: unknown certificate authority"},
      {"alert handshake failure", "remote error: tls: handshake failure"},
  };
  for (const Translation& translation : kTranslations) {
    if (openssl.find(translation.openssl) != std::string_view::npos) {
      return std::string(translation.go);
    }
  }
  return SafeForTerminal(openssl);
}

// libcurl's "Recv failure: Connection reset by peer" in Go's words, which name the peer; "" for
// other texts.
std::string SocketFailureText(std::string_view text, std::string_view peer) {
  // libcurl asked who the peer of a connection is that has been reset by then.
  if (text.starts_with("getpeername() failed")) {
    return fmt::format("read tcp {}: read: {}", peer, GoErrnoText(ECONNRESET));
  }
  for (const auto& [curl, go] :
       {std::pair{"Recv failure: "sv, "read"sv}, {"Send failure: "sv, "write"sv}}) {
    if (!text.starts_with(curl)) continue;
    text.remove_prefix(curl.size());
    return fmt::format("{} tcp {}: {}: {}", go, peer, go, LowerFirst(SafeForTerminal(text)));
  }
  return "";
}

class CurlStream final : public ByteStream {
 public:
  explicit CurlStream(std::unique_ptr<CurlTransfer> transfer) : transfer_(std::move(transfer)) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(transfer_->get(), CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK) {
      fd_ = socket;
    }
  }

  int fd() const override { return fd_; }

  Result<IoResult> Read(std::span<char> buffer) override {
    size_t bytes = 0;
    errno = 0;
    const CURLcode code = curl_easy_recv(transfer_->get(), buffer.data(), buffer.size(), &bytes);
    if (code == CURLE_OK) return IoResult{.bytes = bytes, .end = bytes == 0};
    return Outcome(code, "read");
  }

  Result<IoResult> Write(std::string_view bytes) override {
    size_t written = 0;
    errno = 0;
    const CURLcode code = curl_easy_send(transfer_->get(), bytes.data(), bytes.size(), &written);
    if (code == CURLE_OK) return IoResult{.bytes = written};
    return Outcome(code, "write");
  }

 private:
  Result<IoResult> Outcome(CURLcode code, const char* what) {
    const int error_number = errno;
    if (code == CURLE_AGAIN) return IoResult{.would_block = true};
    switch (error_number) {
      case ECONNRESET:
      case EPIPE:
      case ETIMEDOUT:
      case EHOSTUNREACH:
      case ENETUNREACH:
      case ECONNABORTED:
        return Fail(ErrorKind::kConnectionLost, "{} tcp: {}: {}", what, what,
                    GoErrnoText(error_number));
      default:
        break;
    }
    const std::string_view text = transfer_->error_text();
    return Fail(ErrorKind::kConnectionLost, "{} tcp: {}: {}", what, what,
                TlsText(text.empty() ? curl_easy_strerror(code) : text));
  }

  std::unique_ptr<CurlTransfer> transfer_;
  int fd_ = -1;
};

}  // namespace

std::string UrlPart(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string value = text;
  curl_free(text);
  return value;
}

CurlTransfer::CurlTransfer(std::shared_ptr<CurlMulti> multi, std::string host)
    : multi_(std::move(multi)), easy_(curl_easy_init()), peer_(std::move(host)) {
  if (easy_ == nullptr) {
    setup_ = CURLE_FAILED_INIT;
    return;
  }
  Set(CURLOPT_PRIVATE, static_cast<void*>(this));
  Set(CURLOPT_ERRORBUFFER, error_text_);
}

CurlTransfer::~CurlTransfer() {
  if (started_) curl_multi_remove_handle(multi_->get(), easy_);
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
  curl_slist_free_all(connect_to_);
}

void CurlTransfer::Append(curl_slist*& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list, line.c_str());
  if (longer == nullptr) {
    setup_ = CURLE_OUT_OF_MEMORY;
  } else {
    list = longer;
  }
}

void CurlTransfer::Start() {
  if (headers_ != nullptr) Set(CURLOPT_HTTPHEADER, headers_);
  if (connect_to_ != nullptr) Set(CURLOPT_CONNECT_TO, connect_to_);
  if (setup_ == CURLE_OK && curl_multi_add_handle(multi_->get(), easy_) != CURLM_OK) {
    setup_ = CURLE_FAILED_INIT;
  }
  started_ = setup_ == CURLE_OK;
  if (!started_) {
    result_ = setup_;
    done_ = true;
    return;
  }
  int running = 0;
  curl_multi_perform(multi_->get(), &running);  // sends the first packet at once
}

CURLcode CurlTransfer::Wait(int interrupt_fd) {
  curl_waitfd interrupt{interrupt_fd, CURL_WAIT_POLLIN, 0};
  while (!done_) {
    int running = 0;
    if (curl_multi_perform(multi_->get(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_->get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      void* owner = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
      auto* transfer = static_cast<CurlTransfer*>(owner);
      transfer->done_ = true;
      transfer->result_ = message->data.result;
    }
    if (done_) break;
    curl_multi_poll(multi_->get(), &interrupt, interrupt_fd < 0 ? 0 : 1, 1000, nullptr);
    if (interrupt.revents != 0) return CURLE_ABORTED_BY_CALLBACK;
  }
  return result_;
}

Error CurlTransfer::Explain(CURLcode code, const std::string& host_header,
                            const Proxy& proxy) const {
  const std::string_view text = *error_text_ != '\0' ? error_text_ : curl_easy_strerror(code);
  long error_number = 0;
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &error_number);
  curl_off_t connected_us = 0;  // after the start; 0: TCP did not come about
  curl_easy_getinfo(easy_, CURLINFO_CONNECT_TIME_T, &connected_us);
  const std::string via =
      proxy.used() ? fmt::format("through the proxy {}: ", SafeForTerminal(proxy.Shown())) : "";
  const std::string& dialled = proxy.used() ? proxy.address : host_header;
  std::string why;
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      if (error_number == ECONNREFUSED && !proxy.used()) {
        return {ErrorKind::kVerbatim,
                fmt::format("The connection to the server {} was refused - did you specify the "
                            "right host or port?",
                            host_header)};
      }
      why = error_number != 0 ? fmt::format("dial tcp {}: connect: {}", dialled,
                                            GoErrnoText(static_cast<int>(error_number)))
                              : SafeForTerminal(text);
      break;
    case CURLE_COULDNT_RESOLVE_HOST:
      why = fmt::format("dial tcp: lookup {}: no such host",
                        host_header.substr(0, host_header.rfind(':')));
      break;
    case CURLE_COULDNT_RESOLVE_PROXY:
      why = fmt::format("dial tcp: lookup {}: no such host",
                        proxy.address.substr(0, proxy.address.rfind(':')));
      break;
    case CURLE_PEER_FAILED_VERIFICATION:
      why = peer_.Explain(time(nullptr));
      why = "tls: failed to verify certificate: " + (why.empty() ? SafeForTerminal(text) : why);
      break;
    case CURLE_OPERATION_TIMEDOUT:
      if (text.find("SSL connection") != std::string_view::npos) {
        why = "net/http: TLS handshake timeout";
      } else if (text.find("too slow") != std::string_view::npos) {
        why = "net/http: timeout awaiting response headers";
      } else {
        why = fmt::format("dial tcp {}: i/o timeout", connected_us == 0 ? dialled : host_header);
      }
      break;
    case CURLE_GOT_NOTHING:
      why = "EOF";
      break;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      why = "net/http: HTTP/1.x transport connection broken: malformed HTTP response";
      break;
    default:
      why = SocketFailureText(text, dialled);
      if (why.empty()) why = TlsText(text);
  }
  return {ErrorKind::kVerbatim, fmt::format("Unable to connect to the server: {}{}", via, why)};
}

std::unique_ptr<ByteStream> MakeCurlStream(std::unique_ptr<CurlTransfer> transfer) {
  return std::make_unique<CurlStream>(std::move(transfer));
}

}  // namespace secure_exec
