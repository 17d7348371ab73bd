// --reap ID: ends later what a session left in its container, after a lost connection, a kill -9 of
// the client, or a leash that could not (reap_note.h says from what it knows).
#pragma once

#include "base/environment.h"
#include "plugin/options.h"

namespace secure_exec {

// Says what it did. 0: nothing of the session is left; 1: something is, or that is not known.
int Reap(const Options& options, const Environment& environment);

}  // namespace secure_exec
