// What the user named becomes one pod.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "plugin/api/api_client.h"
#include "plugin/api/pod.h"

namespace secure_exec {

struct TargetQuery {
  std::string typed;                      // POD or TYPE/NAME; empty where files name the object
  std::vector<std::string> files;         // -f
  int64_t pod_timeout_ns = 60 * kSecond;  // --pod-running-timeout
};

// Asks the server. Errors are kubectl's.
Result<Pod> FindPod(ApiClient& client, const TargetQuery& query, const std::string& name_space,
                    const Clock& clock);

}  // namespace secure_exec
