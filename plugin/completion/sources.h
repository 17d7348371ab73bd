// Where the names come from: kubeconfigs, the cluster, the store. Behind an interface, so that
// tests have a cluster of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/completion/completion.h"
#include "base/environment.h"
#include "base/result.h"
#include "plugin/api/pod.h"
#include "plugin/kubeconfig/config_file.h"
#include "plugin/options.h"
#include "plugin/target/resource_type.h"

namespace secure_exec {

class CompletionSources {
 public:
  virtual ~CompletionSources() = default;
  // All files that count, merged.
  virtual Result<Kubeconfig> Config() = 0;
  // Hands over name after name of a resource, a page of the server's at a time, until `take` says
  // false or the time is over. `namespaced`: those of the line's namespace.
  virtual Result<void> List(const ApiResource& resource,
                            const std::function<bool(const Candidate&)>& take) = 0;
  // The pod that the line's object (POD, TYPE/NAME, -f) means.
  virtual Result<Pod> FindPod(const TargetQuery& query) = 0;
  // Ids of recordings, newest first, and where each was made.
  virtual Result<std::vector<Candidate>> Recordings() = 0;
};

// With the flags of the line. Runs credential plugins, without a way to ask; makes no other
// connection than to the API server.
std::unique_ptr<CompletionSources> RealSources(const Options& options,
                                               const Environment& environment, const Clock& clock,
                                               int64_t deadline_ns);

// Of "/api/v1/namespaces" and the like.
extern const ApiResource kNamespaceResource;

// What List() does with a way to send: for tests and fuzzing.
Result<void> ListNames(const std::function<Result<std::string>(const std::string& path)>& get,
                       const std::string& path, const std::function<bool()>& goes_on,
                       const std::function<bool(const Candidate&)>& take);

}  // namespace secure_exec
