// metav1.Status: how the API server says that a request failed and how exec says how it ended.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace secure_exec {

struct ApiStatus {
  bool success = false;
  int code = 0;                      // HTTP code, 0 if absent
  std::string reason, message;
  std::optional<std::string> exit_code;  // details.causes[] ExitCode's message, unparsed
};

// nullopt unless `json` is an object of kind Status. At most 64 KiB are looked at.
std::optional<ApiStatus> ParseApiStatus(std::string_view json);

// What kubectl prints for a REST answer that is not 2xx: "Error from server (NotFound): pods "x" not
// found", "error: You must be logged in to the server (Unauthorized)". `body` may be anything; of
// what is no Status one line is shown, made safe for a terminal.
Error ErrorFromResponse(int http_code, std::string_view body, std::string_view what);

// `text` on one line, without control characters, at most `limit` bytes: for showing what a server
// sent.
std::string SafeForTerminal(std::string_view text, size_t limit = 400);

// How a remote command ended, from all bytes of channel 3.
struct RemoteExit {
  int code = 0;           // the program's, or 1 where there is none
  bool from_program = false;  // the command ran and `code` is its exit code
  std::string message;    // to print on stderr, as kubectl words it; empty on success
};
// Never success unless the status says so. Empty or broken status: kConnectionLost.
Result<RemoteExit> ParseRemoteExit(std::string_view channel3);

}  // namespace secure_exec
