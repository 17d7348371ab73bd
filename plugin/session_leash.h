// The leash of one session, from the command's start to the end: which ends it is for, and what is
// recorded and told of it. plugin/leash/ has the mechanism.
#pragma once

#include <memory>
#include <string>

#include "plugin/foreground_probe.h"
#include "plugin/leash/leash.h"
#include "plugin/leash/leash_connection.h"
#include "plugin/options.h"
#include "plugin/outcome.h"
#include "plugin/session.h"

namespace secure_exec {

// How long the last output and the status may take once the command was hung up.
inline constexpr int64_t kLingerPatienceNs = 2 * kSecond;
// For all of the leash where the server does not answer: another connection may get through, but
// the user has waited for a minute, or typed ~. to wait no more.
inline constexpr int64_t kSilentPatienceNs = 2 * kSecond;

// Whether the server has told that the command ended: by a status, or by words that are none and
// the stream's end.
bool HasEnded(const SessionEnd& end, std::string_view status_bytes);

// What a session that ended as `end` gets: `wanted` where we ended it (idle, time limit, ~., TERM,
// HUP, and its terminal gone), kAsk where the stream ended without a status, else kOff. A command
// that has ended is left alone, however the session ends then.
LeashMode LeashModeFor(const SessionEnd& end, std::string_view status_bytes, bool tty,
                       Options::Leash wanted);

class SessionLeash {
 public:
  // BootNs() before the request was sent and after it was answered.
  struct Start {
    bool tty = false;
    int64_t sent_ns = 0, answered_ns = 0;
  };
  SessionLeash(const ClusterAccess& access, LeashPlace place, const Start& start,
               const Options& options, const Environment& environment, const Clock& clock);
  // The session puts there when the first output came, which bounds when the command started.
  int64_t* first_output_ns() { return &first_output_ns_; }

  // Asks whether a job runs in the foreground; borrows from this object.
  std::unique_ptr<ForegroundProbe> MakeProbe();

  // Ends what runs in the container, or asks what does, as LeashModeFor() says; blocks for
  // kLeashPatienceNs + kLingerPatienceNs at most, and until Ctrl-C. Meanwhile `session` records
  // what `remote` still says. What was done is recorded as markers.
  LeashReport End(const SessionEnd& end, Session& session, const RemoteCommand& remote,
                  Recorder& recorder);

 private:
  LeashTarget Target() const;

  const Start start_;
  int64_t first_output_ns_ = 0;
  const Options& options_;
  const Clock& clock_;
  LeashConnector leash_, probe_;
};

// What the user must know of what is left; "": nothing. `recording` is what --reap is to be given,
// or "" where nothing was recorded that it could read. `chatty`: also that all went well.
std::string LeashLine(const LeashReport& report, bool has_ended, const Options& options,
                      const std::string& recording, bool chatty);

}  // namespace secure_exec
