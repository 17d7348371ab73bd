// What the user named becomes one pod, as kubectl makes it: a pod itself, or the best of those that
// a service, deployment, replica set, replication controller, stateful set, daemon set or job
// selects. Where it selects none yet, one is waited for. Errors are kubectl's.
//
// Requests: one for a pod; two for the other types; discovery before them for names that no
// standard type has, which mostly end in an error.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "plugin/api/api_client.h"
#include "plugin/api/pod.h"
#include "plugin/target/discovery.h"

namespace secure_exec {

struct TargetQuery {
  std::string typed;                      // POD or TYPE/NAME; empty where files name the object
  std::vector<std::string> files;         // -f
  int64_t pod_timeout_ns = 60 * kSecond;  // --pod-running-timeout
  bool name_space_given = false;          // -n: an object of another namespace is an error
};

// `name_space` is -n's or the context's; a manifest may name another one, so that later only the
// pod's own counts. The pod's name and namespace can stand in a URL's path.
Result<Pod> FindPod(ApiClient& client, const TargetQuery& query, const std::string& name_space,
                    const Clock& clock);

// What it needs of the world, for tests.
struct TargetWorld {
  SendRequest send;
  std::function<void(int64_t ns)> pause;  // between two watches where the first ended at once
  const Clock& clock;
};
Result<Pod> FindPod(const TargetWorld& world, const TargetQuery& query,
                    const std::string& name_space);

}  // namespace secure_exec
