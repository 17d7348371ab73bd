// The prepare phase: from the arguments to a connection on which the command can be started.
// Blocks, with default signals and the terminal untouched; credential plugins run here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/environment.h"
#include "base/result.h"
#include "plugin/api/api_client.h"
#include "plugin/api/pod.h"
#include "plugin/options.h"

namespace secure_exec {

struct Prepared {
  std::unique_ptr<ApiClient> client;  // says who we are, and where
  std::unique_ptr<ByteStream> stream;
  Pod pod;
  Pod::Container container;
  bool tty = false;                        // -i and -t, on a terminal
  std::optional<int64_t> clock_offset_ns;  // the server's clock less ours
};

// A client that has its credentials; the log of -v goes to stderr.
Result<std::unique_ptr<ApiClient>> OpenClient(const ClusterAccess& access, const Options& options,
                                              const Environment& environment, const Clock& clock);

// Says what kubectl says on stderr on the way: the defaulted container, the TTY that is none.
Result<Prepared> Prepare(const Options& options, const Environment& environment,
                         const Clock& clock);

// Why the command could not be started in `prepared.pod`, or empty (pod_hint.h); `error` is what
// failed. Asks once, for 3 s at most, how the pod is now: kubectl's own words come from a moment
// after it was read.
std::string HintOfFailure(const Options& options, const Prepared& prepared, std::string_view error,
                          const Clock& clock);

}  // namespace secure_exec
