// Completes a command line of kubectl secure-replay: commands, their options and values, recordings
// (newest first, with who and where), and filters from the recordings in the store. Reads the store
// alone; asks for no passphrase, so that of encrypted recordings only their place is told.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/completion/completion.h"
#include "base/environment.h"

namespace secure_exec {

// What is not known by `deadline_ns` (of `clock`) goes without a description.
Completion CompleteReplay(const std::vector<std::string>& words, const std::string& word,
                          const Environment& environment, const Clock& clock, int64_t deadline_ns);

}  // namespace secure_exec
