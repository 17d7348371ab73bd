// Errors are values. An Error says what failed, where, and the way out, in one line that can be
// shown to the user as it stands; its kind decides the prefix and the exit code, in one table
// (plugin/main.cc, replay/main.cc). Exceptions of libraries stop in the file that calls them.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

namespace secure_exec {

enum class ErrorKind {
  kUsage,           // bad arguments; shown after "error: "
  kConfig,          // kubeconfig and settings; shown after "error: "
  kVerbatim,        // the whole text as kubectl prints it, shown without a prefix
  kServer,          // the server or the remote end failed the request; shown after "error: "
  kUnauthorized,    // the server does not take our credentials (HTTP 401); shown after "error: "
  kConnectionLost,  // the stream broke, or ended without a status
  kRecording,       // the recording cannot be started or continued
  kIo,              // a local file or descriptor
  kOutputClosed,    // nobody reads our output any more (EPIPE)
  kFormat,          // bytes that are not what they should be (altered, cut, foreign)
  kInterrupted,     // a signal came while waiting
  kPolicy,          // the policy, or somebody whom it asks, does not allow it
  kIdle,            // nothing happened for the idle timeout
  kTimeLimit,       // the session's longest duration is over
  kDisconnected,    // the user ended a session that does not answer (~.)
  kNotFound,        // a local thing that does not exist (a recording, a file)
};

struct Error {
  ErrorKind kind;
  std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

// Fail(kind, "reading {}: {}", path, why): the value to return from a function that failed.
template <class... Args>
tl::unexpected<Error> Fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{kind, fmt::format(format, std::forward<Args>(args)...)});
}

// The operating system's words for `error_number`, without its locale.
std::string ErrnoText(int error_number);

// "connection refused": the operating system's words as Go, so kubectl, prints them. The first
// letter is small, unless the word is an abbreviation ("RPC struct is bad").
std::string LowerFirst(std::string text);
std::string GoErrnoText(int error_number);

// "opening /x: Permission denied"
tl::unexpected<Error> FailErrno(ErrorKind kind, std::string_view doing, int error_number);

}  // namespace secure_exec
