// The log of -v: what is asked of the API server and what it answers, one line of klog's shape for
// each, as kubectl writes them. From level 6 on requests and their outcome, from 7 the request's
// headers, from 8 the answer's and the bodies (cut at 1 KiB, at 9 at 10 KiB, from 10 on whole), at
// 9 how long each step took.
//
// No secret is in it at any level: credentials in headers and URLs, and in bodies what could be one
// (values of environment variables, commands, data of Secrets, fields named token, password …), are
// <masked>, and so is every secret it was told of, wherever it stands. What a server sends is
// quoted, so that it cannot drive the terminal.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace secure_exec {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

class WireLog {
 public:
  // `write` gets one entry at a time, several lines perhaps, without the last LF.
  WireLog(int verbosity, const Clock& clock, std::function<void(const std::string&)> write);

  bool on() const { return verbosity_ >= 6; }
  // What stands before every path: "https://host:6443".
  void SetServer(std::string server) { server_ = std::move(server); }
  // To be masked wherever it stands; too short a text would mask half the log and is left to the
  // other rules.
  void AddSecret(std::string_view secret);

 private:
  friend class WireExchange;
  void Write(int line, std::string_view text) const;
  void WriteBody(std::string_view what, std::string_view body) const;
  std::string Quote(std::string_view text) const;
  std::string MaskSecrets(std::string text) const;
  std::string Url(std::string_view path) const;
  std::string HeaderBlock(const HeaderList& headers) const;
  std::string MaskBody(std::string_view body) const;

  const int verbosity_;
  const Clock& clock_;
  const std::function<void(const std::string&)> write_;
  std::string server_;
  std::vector<std::string> secrets_;
};

// Microseconds, as libcurl counts them: each from the request's beginning.
struct WireTimings {
  int64_t looked_up = 0, connected = 0, secured = 0, sent = 0, answered = 0;
};

// One request and its answer. The request is logged when this is made.
class WireExchange {
 public:
  // `log` may be null, and outlives this. `path` with the server's prefix and the query.
  WireExchange(const WireLog* log, std::string verb, std::string path, const HeaderList& headers,
               std::string_view body);
  // `status` "200 OK", or empty where none came. `body`: nullopt where it was not kept.
  void Answered(std::string_view status, const HeaderList& headers,
                std::optional<std::string_view> body,
                const std::optional<WireTimings>& timings = std::nullopt) const;

 private:
  const WireLog* log_;
  const std::string verb_, path_;
  int64_t start_ns_ = 0;
};

}  // namespace secure_exec
