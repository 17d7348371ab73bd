// How a session ended, in all the forms in which it is told: exit code, message, the recording's
// exit event, --status-file. One place, so that the four always agree (docs/design.md, promise 5).
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "plugin/session.h"
#include "recorder/cast/event.h"

namespace secure_exec {

struct Outcome {
  Exit exit;              // code, whose it is, one word
  std::string message;    // for stderr, without a LF at its end; empty = nothing to say
  int die_of_signal = 0;  // end by this signal instead of by exit(exit.code)
};

// What a failure before or outside the stream means.
Outcome OutcomeOfError(const Error& error);
// What the end of the stream means; `status_bytes` are all of channel 3. Never success without a
// status.
Outcome OutcomeOfSession(const SessionEnd& end, std::string_view status_bytes, bool tty);

// What the user must know of input that the command did not read, or "". `sent`: bytes that the
// server was sent, `waiting`: that stand unread in stdin's pipe.
std::string StdinWarning(const SessionEnd& end, uint64_t sent, int waiting);

// The text of an error as it is shown: with "error: " in front unless it stands for itself.
std::string ErrorText(const Error& error);
// {"origin":"remote","kind":"exit","code":7} and a LF.
std::string StatusFileText(const Exit& exit);

}  // namespace secure_exec
