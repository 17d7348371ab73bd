// metav1.Status: how the API server says that a request failed and how exec says how it ended.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace secure_exec {

struct ApiStatus {
  bool success = false;
  int code = 0;  // HTTP code, 0 if absent
  std::string reason, message;
  std::optional<std::string> exit_code;  // details.causes[] ExitCode's message, unparsed
};

// nullopt unless `json` is an object of kind Status. At most 64 KiB are looked at.
std::optional<ApiStatus> ParseApiStatus(std::string_view json);

// What kubectl prints for a REST answer that is not 200: "Error from server (NotFound): pods "x"
// not found" (kVerbatim), "You must be logged in to the server (Unauthorized)" (kUnauthorized). `body`
// may be anything; of what is no Status one line is shown, made safe for a terminal. `what` is what
// was asked, "get pods x"; kubectl appends it in parentheses where the server gave no Status.
Error ErrorFromResponse(int http_code, std::string_view body, std::string_view what);

// `text` on one line, at most `limit` bytes and then "...", for showing what a server sent: runs of
// white space and control characters as one space, U+FFFD for invalid UTF-8 and for characters that
// hide or reorder text.
std::string SafeForTerminal(std::string_view text, size_t limit = 400);

// How a remote command ended, from all bytes of channel 3.
struct RemoteExit {
  int code = 0;               // the program's, or 1 where there is none
  bool from_program = false;  // the command ran and `code` is its exit code
  std::string message;        // to print on stderr as it stands, as kubectl words it ("error: "
                              // included where kubectl has it); empty on success
};
// Never code 0 unless the status says Success. Empty or broken status: kConnectionLost. A failure
// whose exit code is none ("300", "0", absent) has code 1 and is not the program's.
Result<RemoteExit> ParseRemoteExit(std::string_view channel3);

}  // namespace secure_exec
