#include "plugin/outcome.h"

#include <signal.h>

#include "plugin/api/status.h"
#include "plugin/run.h"

namespace secure_exec {
namespace {

struct KindEntry {
  ErrorKind kind;
  int exit_code;
  const char* word;    // the exit event's and the status file's
  const char* prefix;  // before the message
};

constexpr KindEntry kKinds[] = {
    {ErrorKind::kUsage, 1, "usage", "error: "},
    {ErrorKind::kConfig, 1, "configuration", "error: "},
    {ErrorKind::kVerbatim, 1, "refused", ""},
    {ErrorKind::kServer, 1, "refused", "error: "},
    {ErrorKind::kUnauthorized, 1, "refused", "error: "},
    {ErrorKind::kConnectionLost, kExitConnectionLost, "connection-lost", "error: "},
    {ErrorKind::kRecording, kExitRecordingFailed, "recording-failed", "error: "},
    {ErrorKind::kIo, 1, "output-failed", "error: "},
    {ErrorKind::kOutputClosed, 1, "output-closed", "error: "},
    {ErrorKind::kFormat, 1, "format", "error: "},
    {ErrorKind::kInterrupted, 1, "signal", "error: "},
    {ErrorKind::kNotFound, 1, "not-found", "error: "},
    {ErrorKind::kPolicy, kExitPolicy, "policy", "error: "},
    {ErrorKind::kIdle, kExitTimeout, "idle", "error: "},
    {ErrorKind::kTimeLimit, kExitTimeout, "time-limit", "error: "},
    {ErrorKind::kDisconnected, kExitConnectionLost, "disconnected", "error: "},
};

const KindEntry& Entry(ErrorKind kind) {
  for (const KindEntry& entry : kKinds) {
    if (entry.kind == kind) return entry;
  }
  return kKinds[0];
}

Outcome OfSignal(int signal, bool tty) {
  Outcome outcome;
  // kubectl: with a raw terminal it exits 1, else it dies of the signal.
  outcome.exit = {.code = tty ? 1 : 128 + signal, .remote = false, .kind = "signal"};
  if (tty) {
    outcome.message = fmt::format("error: ended by SIG{}", sigabbrev_np(signal));
  } else {
    outcome.die_of_signal = signal;
  }
  return outcome;
}

Outcome OfStatus(std::string_view status_bytes) {
  if (status_bytes.empty()) {
    return {.exit = {.code = kExitConnectionLost, .remote = false, .kind = "no-status"},
            .message =
                "error: the server closed the stream without a status: how the command ended is "
                "not known"};
  }
  auto remote = ParseRemoteExit(status_bytes);
  if (!remote) return OutcomeOfError(remote.error());
  return {.exit = {.code = remote->code,
                   .remote = true,
                   .kind = remote->from_program ? "exit" : "error"},
          .message = remote->message};
}

}  // namespace

std::string ErrorText(const Error& error) { return Entry(error.kind).prefix + error.message; }

Outcome OutcomeOfError(const Error& error) {
  const KindEntry& entry = Entry(error.kind);
  return {.exit = {.code = entry.exit_code, .remote = false, .kind = entry.word},
          .message = ErrorText(error)};
}

Outcome OutcomeOfSession(const SessionEnd& end, std::string_view status_bytes, bool tty) {
  switch (end.why) {
    case SessionEnd::Why::kSignal:
      return OfSignal(end.signal, tty);
    case SessionEnd::Why::kOutputClosed: {
      // A kubectl whose stdout is closed dies of SIGPIPE.
      Outcome outcome = OutcomeOfError(*end.error);
      outcome.exit.code = 128 + SIGPIPE;
      outcome.die_of_signal = SIGPIPE;
      outcome.message.clear();
      return outcome;
    }
    case SessionEnd::Why::kFinished:
      return OfStatus(status_bytes);
    case SessionEnd::Why::kConnectionLost:
      // A complete status that came before the break is still the truth about the command.
      if (auto remote = ParseRemoteExit(status_bytes); remote && !status_bytes.empty()) {
        return OfStatus(status_bytes);
      }
      [[fallthrough]];
    case SessionEnd::Why::kRecordingFailed:
    case SessionEnd::Why::kOutputFailed:
    case SessionEnd::Why::kIdle:
    case SessionEnd::Why::kTimeLimit:
    case SessionEnd::Why::kDisconnected:
      break;
  }
  return OutcomeOfError(*end.error);
}

std::string StdinWarning(const SessionEnd& end, uint64_t sent, int waiting) {
  if (end.stdin_error) return *end.stdin_error;
  if (end.stdin_read == 0) {
    if (waiting <= 0) return "";
    return fmt::format("the command ended before stdin was read: none of its {} bytes was sent",
                       waiting);
  }
  // A runtime can lose input that it has taken, too: all that we know is what we sent.
  if (sent < end.stdin_read) {
    return fmt::format("the command ended before all of stdin was sent: {} of {} bytes read were",
                       sent, end.stdin_read);
  }
  if (end.stdin_ended) return "";
  return fmt::format("the command ended while stdin was still open: {} bytes were sent", sent);
}

std::string StatusFileText(const Exit& exit) {
  return fmt::format("{{\"origin\":\"{}\",\"kind\":\"{}\",\"code\":{}}}\n",
                     exit.remote ? "remote" : "client", exit.kind, exit.code);
}

}  // namespace secure_exec
