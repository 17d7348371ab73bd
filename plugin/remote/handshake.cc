#include "plugin/remote/handshake.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/bytes.h"
#include "plugin/api/status.h"

namespace secure_exec {
namespace {

constexpr std::string_view kNotHttp = "unable to upgrade connection: the server did not speak HTTP";

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// True if the comma-separated `list` has `token`, in any case.
bool HasToken(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (AsciiLower(Trim(list.substr(0, comma))) == token) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// kubectl's words, but for how it writes what is unprintable.
tl::unexpected<Error> NoHttp(std::string_view line) {
  return Fail(ErrorKind::kServer, "malformed HTTP response \"{}\"", SafeForTerminal(line, 100));
}

bool IsTokenCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

std::string OfferedProtocols(const ExecRequest& request) {
  if (!request.offer_v4) return std::string(kProtocolV5);
  if (!request.offer_v5) return std::string(kProtocolV4);
  return fmt::format("{}, {}", kProtocolV5, kProtocolV4);
}

std::string MakeHandshakeKey() {
  std::array<unsigned char, 16> random;
  RAND_bytes(random.data(), static_cast<int>(random.size()));
  return Base64Encode({reinterpret_cast<const char*>(random.data()), random.size()});
}

std::string ExpectedAccept(std::string_view key) {
  const std::string text = fmt::format("{}258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return Base64Encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

namespace {

using HeaderList = std::vector<std::pair<std::string_view, std::string>>;

Result<std::string> RequestText(std::string_view method, const ExecRequest& request,
                                const HeaderList& more) {
  std::string text =
      fmt::format("{} {}{} HTTP/1.1\r\n", method, request.path_prefix, ExecPath(request));
  std::string_view broken;
  auto add_always = [&](std::string_view name, std::string_view value) {
    const bool valid = std::none_of(value.begin(), value.end(), [](unsigned char byte) {
      return (byte < 0x20 && byte != '\t') || byte == 0x7f;
    });
    if (!valid) broken = name;
    text += fmt::format("{}: {}\r\n", name, value);
  };
  auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) add_always(name, value);
  };
  add("Host", request.host_header);
  add("User-Agent", request.user_agent);
  add("Authorization", request.authorization);
  for (const auto& [name, value] : request.impersonation) add_always(name, value);
  add("Audit-ID", request.audit_id);
  add("Connection", "Upgrade");
  add("Kubectl-Command", "kubectl exec");
  for (const auto& [name, value] : more) add(name, value);
  if (!broken.empty()) {
    return Fail(ErrorKind::kConfig, "net/http: invalid header field value for \"{}\"", broken);
  }
  return text + "\r\n";
}

// An answer that is no 101, in kubectl's words.
Error RefusalError(const HttpAnswerParser& answer) {
  const auto status = ParseApiStatus(answer.body());
  std::string said = SafeForTerminal(status ? status->message : "");
  if (said.empty()) said = SafeForTerminal(answer.body());
  return {answer.status() == 401 ? ErrorKind::kUnauthorized : ErrorKind::kServer,
          fmt::format("unable to upgrade connection: {}",
                      said.empty() ? "empty server response" : said)};
}

// The kubelet's own words, which the API server passes on as they are: they need no explanation
// here, the pod's state has it.
bool IsOfKubelet(const HttpAnswerParser& answer) {
  return answer.Header("content-type").substr(0, 10) == "text/plain" &&
         (answer.status() == 500 || answer.body() == "pod does not exist");
}

// What kubectl's words leave out. `has_status`: the answer is an API server's Status.
std::string HintOf(const HttpAnswerParser& answer, bool has_status) {
  const int code = answer.status();
  if (code == 401) return "the server does not accept the credentials (HTTP 401)";
  if (has_status || IsOfKubelet(answer)) return "";
  if (code >= 300 && code < 400) {
    const std::string target = SafeForTerminal(answer.Header("location"), 200);
    return fmt::format(
        "a redirect (HTTP {}) to {}: not followed, as it would take the session and its "
        "credentials "
        "elsewhere; name the right server in the kubeconfig or with --server",
        code, target.empty() ? "nowhere" : target);
  }
  if (code >= 200 && code < 300) {
    return fmt::format(
        "HTTP {} in place of 101: the server, or a proxy before it, took no notice of the request "
        "to "
        "upgrade",
        code);
  }
  if (code == 403 && answer.body().empty()) {
    return "HTTP 403 without a reason: a server that does not speak the protocol, or a proxy that "
           "forbids exec";
  }
  if (code == 404) {
    return "HTTP 404, but not from an API server: a proxy does not know the path; is the server's "
           "URL in the kubeconfig complete?";
  }
  return fmt::format(
      "HTTP {}, but not from an API server: a proxy before it answered, and may not pass upgrades "
      "on",
      code);
}

}  // namespace

Result<std::string> HandshakeRequest(const ExecRequest& request, std::string_view key) {
  return RequestText("GET", request,
                     {{"Sec-WebSocket-Key", std::string(key)},
                      {"Sec-WebSocket-Protocol", OfferedProtocols(request)},
                      {"Sec-WebSocket-Version", "13"},
                      {"Upgrade", "websocket"}});
}

Result<std::string> SpdyRequest(const ExecRequest& request) {
  return RequestText("POST", request,
                     {{"Content-Length", "0"},
                      {"Upgrade", std::string(kSpdy)},
                      {"X-Stream-Protocol-Version", std::string(kProtocolV4)}});
}

Result<size_t> HttpAnswerParser::Feed(std::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size() && !done()) {
    const std::string_view rest = bytes.substr(used);
    if (state_ == State::kBody || state_ == State::kBodyUntilEnd || state_ == State::kChunkData) {
      used += TakeBody(rest);
      continue;
    }
    const size_t newline = rest.find('\n');
    const size_t taken = newline == std::string_view::npos ? rest.size() : newline + 1;
    header_bytes_ += taken;
    if (header_bytes_ > kMaxHeaderBytes) {
      return Fail(ErrorKind::kServer, "{}: more than {} KiB of headers", kNotHttp,
                  kMaxHeaderBytes / 1024);
    }
    line_.append(rest.substr(0, taken));
    used += taken;
    if (newline == std::string_view::npos) break;
    line_.pop_back();
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    const std::string line = std::exchange(line_, {});
    if (auto result = OnLine(line); !result) return tl::unexpected(result.error());
  }
  // What is not HTTP need not have line breaks at all.
  if (state_ == State::kStatusLine &&
      !std::string_view("HTTP/1.").starts_with(line_.substr(0, 7))) {
    return NoHttp(line_);
  }
  return used;
}

Result<void> HttpAnswerParser::End() {
  if (state_ == State::kBodyUntilEnd) state_ = State::kDone;
  if (done()) return {};
  // A refusal cut in its body is still a refusal.
  if (status_ != 0 && status_ != 101 && state_ != State::kHeaders && state_ != State::kStatusLine) {
    state_ = State::kDone;
    return {};
  }
  return Fail(ErrorKind::kServer, "unexpected EOF");
}

std::string_view HttpAnswerParser::Header(std::string_view name) const {
  for (const auto& [key, value] : headers_) {
    if (key == name) return value;
  }
  return {};
}

size_t HttpAnswerParser::HeaderCount(std::string_view name) const {
  return static_cast<size_t>(std::count_if(headers_.begin(), headers_.end(),
                                           [&](const auto& entry) { return entry.first == name; }));
}

Result<void> HttpAnswerParser::OnLine(std::string_view line) {
  switch (state_) {
    case State::kStatusLine:
      return OnStatusLine(line);
    case State::kHeaders:
      return line.empty() ? OnHeadersEnd() : OnHeaderLine(line);
    case State::kChunkSize:
      return OnChunkSize(line);
    case State::kChunkEnd:
      if (!line.empty()) return Fail(ErrorKind::kServer, "{}: broken chunk", kNotHttp);
      state_ = State::kChunkSize;
      return {};
    case State::kTrailers:
      if (line.empty()) state_ = State::kDone;
      return {};
    default:
      return {};
  }
}

Result<void> HttpAnswerParser::OnStatusLine(std::string_view line) {
  auto digit = [&](size_t at) { return line[at] >= '0' && line[at] <= '9'; };
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || !digit(7) || line[8] != ' ' ||
      !digit(9) || !digit(10) || !digit(11) || (line.size() > 12 && line[12] != ' ')) {
    return NoHttp(line);
  }
  status_ = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  status_text_ = line.substr(9);
  state_ = State::kHeaders;
  return {};
}

Result<void> HttpAnswerParser::OnHeaderLine(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos ||
      !std::all_of(line.begin(), line.begin() + static_cast<ptrdiff_t>(colon), IsTokenCharacter)) {
    return Fail(ErrorKind::kServer, "{}: broken header: {}", kNotHttp, SafeForTerminal(line, 100));
  }
  headers_.emplace_back(AsciiLower(line.substr(0, colon)), Trim(line.substr(colon + 1)));
  return {};
}

Result<void> HttpAnswerParser::OnHeadersEnd() {
  if (status_ >= 100 && status_ < 200 && status_ != 101) {  // "100 Continue": the answer follows
    headers_.clear();
    state_ = State::kStatusLine;
    return {};
  }
  if (status_ == 101 || status_ == 204 || status_ == 304) {
    state_ = State::kDone;
    return {};
  }
  if (HasToken(Header("transfer-encoding"), "chunked")) {
    state_ = State::kChunkSize;
    return {};
  }
  const std::string_view length = Header("content-length");
  if (length.empty()) {
    state_ = State::kBodyUntilEnd;
    return {};
  }
  uint64_t bytes = 0;
  for (const char c : length) {
    if (c < '0' || c > '9') {
      return Fail(ErrorKind::kServer, "{}: broken Content-Length", kNotHttp);
    }
    bytes = std::min<uint64_t>(bytes * 10 + static_cast<uint64_t>(c - '0'), kMaxBodyBytes);
  }
  remaining_ = bytes;
  state_ = bytes == 0 ? State::kDone : State::kBody;
  return {};
}

Result<void> HttpAnswerParser::OnChunkSize(std::string_view line) {
  const std::string size = AsciiLower(Trim(line.substr(0, line.find(';'))));
  uint64_t bytes = 0;
  for (const char c : size) {
    const size_t value = std::string_view("0123456789abcdef").find(c);
    if (value == std::string_view::npos) {
      return Fail(ErrorKind::kServer, "{}: broken chunk", kNotHttp);
    }
    // The cap keeps the sum small; TakeBody() ends the answer when the body is full.
    bytes = std::min<uint64_t>(bytes * 16 + value, kMaxBodyBytes);
  }
  if (size.empty()) return Fail(ErrorKind::kServer, "{}: broken chunk", kNotHttp);
  remaining_ = bytes;
  state_ = bytes == 0 ? State::kTrailers : State::kChunkData;
  return {};
}

size_t HttpAnswerParser::TakeBody(std::string_view bytes) {
  size_t taken = std::min(bytes.size(), kMaxBodyBytes - body_.size());
  if (state_ != State::kBodyUntilEnd) taken = std::min<uint64_t>(taken, remaining_);
  body_.append(bytes.substr(0, taken));
  if (body_.size() == kMaxBodyBytes) {
    state_ = State::kDone;
  } else if (state_ != State::kBodyUntilEnd) {
    remaining_ -= taken;
    if (remaining_ == 0) state_ = state_ == State::kBody ? State::kDone : State::kChunkEnd;
  }
  return taken;
}

Result<std::string> JudgeAnswer(const HttpAnswerParser& answer, std::string_view key,
                                const ExecRequest& request) {
  if (answer.status() != 101) return tl::unexpected(RefusalError(answer));
  if (!HasToken(answer.Header("upgrade"), "websocket") ||
      !HasToken(answer.Header("connection"), "upgrade") ||
      answer.HeaderCount("sec-websocket-accept") != 1 ||
      answer.Header("sec-websocket-accept") != ExpectedAccept(key)) {
    return Fail(ErrorKind::kServer,
                "unable to upgrade connection: the server's 101 does not answer our WebSocket "
                "handshake (is a proxy in between?)");
  }
  if (!answer.Header("sec-websocket-extensions").empty()) {
    return Fail(ErrorKind::kServer,
                "unable to upgrade connection: the server chose a WebSocket extension that was not "
                "offered");
  }
  const std::string_view protocol = answer.Header("sec-websocket-protocol");
  const bool offered = (protocol == kProtocolV5 && request.offer_v5) ||
                       (protocol == kProtocolV4 && request.offer_v4);
  if (!offered || answer.HeaderCount("sec-websocket-protocol") != 1) {
    return Fail(ErrorKind::kServer,
                "unable to upgrade connection: the server chose the protocol \"{}\", of \"{}\"",
                SafeForTerminal(protocol, 60), OfferedProtocols(request));
  }
  return std::string(protocol);
}

Refusal RefusalOf(const HttpAnswerParser& answer) {
  Refusal refusal;
  if (!answer.done() || answer.status() == 101) return refusal;
  const auto status = ParseApiStatus(answer.body());
  refusal.http_code = answer.status();
  refusal.hint = HintOf(answer, status.has_value());
  if (answer.status() != 403 || !status) return refusal;
  // The words of the API server's own authorization. User names stand before them in quotes, where
  // a quote is escaped.
  for (const std::string_view verb : {"get", "create"}) {
    if (status->message.find(fmt::format("\" cannot {} resource \"pods/exec\"", verb)) !=
        std::string::npos) {
      refusal.missing_verb = verb;
    }
  }
  return refusal;
}

Result<void> JudgeSpdyAnswer(const HttpAnswerParser& answer) {
  if (answer.status() != 101) return tl::unexpected(RefusalError(answer));
  if (!HasToken(answer.Header("upgrade"), "spdy/3.1") ||
      !HasToken(answer.Header("connection"), "upgrade")) {
    return Fail(ErrorKind::kServer,
                "unable to upgrade connection: the server's 101 does not answer our SPDY handshake "
                "(is a proxy in between?)");
  }
  const std::string_view protocol = answer.Header("x-stream-protocol-version");
  if (protocol != kProtocolV4) {
    return Fail(ErrorKind::kServer,
                "unable to upgrade connection: the server chose the protocol \"{}\", of \"{}\"",
                SafeForTerminal(protocol, 60), kProtocolV4);
  }
  return {};
}

}  // namespace secure_exec
