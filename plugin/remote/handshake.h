// The opening handshakes for exec, WebSocket's (RFC 6455 section 4) and SPDY's: the request's text,
// a parser of whatever HTTP/1.1 answer comes back, and the judgement of it. No I/O.
//
// The parser is incremental and bounded: headers 64 KiB, body 64 KiB (the rest of a longer body is
// not read). Bytes behind a 101's headers belong to the stream and are left alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "plugin/remote/remote_command.h"

namespace secure_exec {

inline constexpr std::string_view kProtocolV5 = "v5.channel.k8s.io";
inline constexpr std::string_view kProtocolV4 = "v4.channel.k8s.io";
inline constexpr std::string_view kSpdy = "SPDY/3.1";

// What Sec-WebSocket-Protocol offers: "v5.channel.k8s.io, v4.channel.k8s.io", or one of them.
std::string OfferedProtocols(const ExecRequest& request);

// A fresh Sec-WebSocket-Key.
std::string MakeHandshakeKey();
// The Sec-WebSocket-Accept that answers `key`.
std::string ExpectedAccept(std::string_view key);

// kConfig if a value of `request` would break out of its header.
Result<std::string> HandshakeRequest(const ExecRequest& request, std::string_view key);
// SPDY's, which offers v4.channel.k8s.io alone: the older ones cannot say how the command ended,
// and servers have known it since Kubernetes 1.5.
Result<std::string> SpdyRequest(const ExecRequest& request);

class HttpAnswerParser {
 public:
  static constexpr size_t kMaxHeaderBytes = 64 * 1024;
  static constexpr size_t kMaxBodyBytes = 64 * 1024;

  // Takes bytes from the front and returns how many; fewer than given once done(). kServer on bytes
  // that are not HTTP/1.x.
  Result<size_t> Feed(std::string_view bytes);
  // The peer closed. kServer if the answer was not complete: but a body without a length ends so.
  Result<void> End();

  bool done() const { return state_ == State::kDone; }
  int status() const { return status_; }
  const std::string& status_text() const { return status_text_; }  // "101 Switching Protocols"
  // Names in lower case, in the order in which they came.
  const std::vector<std::pair<std::string, std::string>>& headers() const { return headers_; }
  const std::string& body() const { return body_; }
  // First value of a header, by its lower-case name; empty if absent.
  std::string_view Header(std::string_view name) const;
  // How often it came.
  size_t HeaderCount(std::string_view name) const;

 private:
  enum class State {
    kStatusLine,
    kHeaders,
    kBody,  // remaining_ bytes
    kBodyUntilEnd,
    kChunkSize,
    kChunkData,  // remaining_ bytes
    kChunkEnd,   // the CRLF behind a chunk
    kTrailers,
    kDone,
  };
  Result<void> OnLine(std::string_view line);
  Result<void> OnStatusLine(std::string_view line);
  Result<void> OnHeaderLine(std::string_view line);
  Result<void> OnHeadersEnd();
  Result<void> OnChunkSize(std::string_view line);
  size_t TakeBody(std::string_view bytes);

  State state_ = State::kStatusLine;
  std::string line_;         // of the line not yet complete
  size_t header_bytes_ = 0;  // lines of all kinds, in all
  int status_ = 0;
  std::string status_text_;
  std::vector<std::pair<std::string, std::string>> headers_;  // names in lower case
  uint64_t remaining_ = 0;
  std::string body_;
};

// The protocol that the server chose, or why there is no stream: not a 101, a wrong
// Sec-WebSocket-Accept, a protocol that was not offered.
Result<std::string> JudgeAnswer(const HttpAnswerParser& answer, std::string_view key,
                                const ExecRequest& request);

// What a whole answer that is no 101 refuses; nothing of any other.
Refusal RefusalOf(const HttpAnswerParser& answer);

// kServer, as JudgeAnswer().
Result<void> JudgeSpdyAnswer(const HttpAnswerParser& answer);

}  // namespace secure_exec
