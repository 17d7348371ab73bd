// What filters look at, from what is known of a recording.
#pragma once

#include "replay/locked.h"
#include "replay/selection.h"
#include "replay/summary.h"

namespace secure_exec {

// `live`: its session goes on now.
Traits TraitsOf(const Summary& summary, bool live);
Traits TraitsOf(const LockedRecording& locked, bool live);

}  // namespace secure_exec
