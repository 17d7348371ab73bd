// A recording's events through a search: what grep looks at of it.
#pragma once

#include <functional>

#include "base/result.h"
#include "recorder/recording.h"
#include "replay/search/session_search.h"

namespace secure_exec {

struct SearchScope {
  bool channels[kChannels] = {false, true, true};
  bool raw = false;   // bytes as they were; of masked input there are none
  size_t before = 0;  // lines of context
  size_t after = 0;
};

// Until the recording's end, its first error, or `enough()`, asked after each event. What was found
// before an error has been handed out. `recording` is at its start. Once `spare()`, asked now and
// then, says that there is a processor without work, a thread reads ahead (read_ahead.h); the hits
// are the same. `spare` may be empty.
Result<void> SearchRecording(Recording& recording, const SearchScope& scope, const Matcher& matcher,
                             const SessionSearch::Sink& sink, const std::function<bool()>& enough,
                             const std::function<bool()>& spare);

}  // namespace secure_exec
