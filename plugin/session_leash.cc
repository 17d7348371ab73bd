#include "plugin/session_leash.h"

#include <signal.h>

#include "plugin/api/status.h"
#include "plugin/leash/leash_probe.h"
#include "plugin/leash/leash_text.h"

namespace secure_exec {
namespace {

using Why = SessionEnd::Why;

LeashMode ModeOf(Options::Leash leash) {
  switch (leash) {
    case Options::Leash::kHangup:
      return LeashMode::kHangup;
    case Options::Leash::kKill:
      return LeashMode::kKill;
    case Options::Leash::kOff:
      break;
  }
  return LeashMode::kOff;
}

// Whether we ended a command that would have gone on.
bool EndedByUs(const SessionEnd& end, bool tty) {
  switch (end.why) {
    case Why::kIdle:
    case Why::kTimeLimit:
    case Why::kDisconnected:
      return true;
    case Why::kSignal:
      return end.signal == SIGTERM || end.signal == SIGHUP;
    case Why::kOutputClosed:
    case Why::kOutputFailed:
      return tty;  // its terminal is gone: the HUP comes just behind
    case Why::kFinished:
    case Why::kConnectionLost:
    case Why::kRecordingFailed:
      break;
  }
  return false;
}

}  // namespace

bool HasEnded(const SessionEnd& end, std::string_view status_bytes) {
  if (status_bytes.empty()) return false;
  return end.why == Why::kFinished || ParseRemoteExit(status_bytes);
}

LeashMode LeashModeFor(const SessionEnd& end, std::string_view status_bytes, bool tty,
                       Options::Leash wanted) {
  if (wanted == Options::Leash::kOff || HasEnded(end, status_bytes)) return LeashMode::kOff;
  if (end.why == Why::kConnectionLost) return LeashMode::kAsk;
  // The server closed the stream, and did not say how the command ended.
  if (end.why == Why::kFinished) return LeashMode::kAsk;
  return EndedByUs(end, tty) ? ModeOf(wanted) : LeashMode::kOff;
}

SessionLeash::SessionLeash(const ClusterAccess& access, LeashPlace place, const Start& start,
                           const Options& options, const Environment& environment,
                           const Clock& clock)
    : start_(start),
      options_(options),
      clock_(clock),
      leash_(access, place, "leash", environment, clock),
      probe_(access, std::move(place), "probe", environment, clock) {}

LeashTarget SessionLeash::Target() const {
  return TargetOf(start_.tty, start_.sent_ns, start_.answered_ns, first_output_ns_);
}

std::unique_ptr<ForegroundProbe> SessionLeash::MakeProbe() {
  return std::make_unique<LeashProbe>(probe_, [this] { return Target(); });
}

LeashReport SessionLeash::End(const SessionEnd& end, Session& session, const RemoteCommand& remote,
                              Recorder& recorder) {
  const LeashMode mode = LeashModeFor(end, remote.status_bytes(), start_.tty, options_.leash);
  const LeashTarget target = Target();
  LeashReport report;
  report.mode = mode;
  if (mode == LeashMode::kOff) return report;
  bool interrupted = false;
  {
    LeashReport found = report;
    LeashTask task(
        [&](int interrupt_fd) {
          auto shell = leash_.Open(LeashModeName(mode), interrupt_fd);
          if (shell) {
            found = RunLeash(**shell, target, mode);
          } else {
            found.problem = shell.error().message;
          }
        },
        clock_.BootNs() + (end.silent ? kSilentPatienceNs : kLeashPatienceNs));
    interrupted = !session.Linger(task.fd(), kLingerPatienceNs);
    if (interrupted) task.Cancel();
    task.Wait();
    report = std::move(found);
  }
  if (interrupted && !report.problem.empty()) report.problem = "interrupted";
  for (const std::string& marker : LeashMarkers(report)) recorder.AppendMarker(marker);
  if (const auto exit = ParseRemoteExit(remote.status_bytes());
      exit && !remote.status_bytes().empty()) {
    recorder.AppendMarker(fmt::format("secure-exec: leash: status: {} {}",
                                      exit->from_program ? "exit" : "error", exit->code));
  }
  recorder.Flush();
  return report;
}

std::string LeashLine(const LeashReport& report, bool has_ended, const Options& options,
                      const std::string& recording, bool chatty) {
  // What ignored HUP once will again.
  const bool kill = report.mode == LeashMode::kKill || !report.signalled.empty();
  std::string reap;
  if (!recording.empty()) {
    reap = ReapCommand(recording, kill ? LeashMode::kKill : LeashMode::kHangup,
                       options.access.kubeconfig.value_or(""));
  }
  std::string line;
  if (report.mode != LeashMode::kOff) {
    line = LeashComplaint(report, reap);
    if (line.empty() && chatty) line = LeashSuccess(report);
  } else if (!has_ended) {
    line = "the command in the container may still run";
    if (!reap.empty()) line += "; to end it: " + reap;
  }
  return line.empty() ? "" : "secure-exec: " + line;
}

}  // namespace secure_exec
