#include "plugin/target/find_pod.h"

#include <algorithm>

#include "base/go_quote.h"
#include "plugin/api/status.h"

namespace secure_exec {
namespace {

// POD or pod/POD: its name, fit for a URL.
Result<std::string> PodName(const std::string& typed) {
  std::string name = typed;
  if (const size_t slash = typed.find('/'); slash != std::string::npos) {
    std::string type = typed.substr(0, slash);
    name = typed.substr(slash + 1);
    if (name.find('/') != std::string::npos) {
      return Fail(ErrorKind::kUsage,
                  "arguments in resource/name form may not have more than one slash");
    }
    if (type.empty() || name.empty()) {
      return Fail(ErrorKind::kUsage,
                  "arguments in resource/name form must have a single resource and name");
    }
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (type != "pod" && type != "pods" && type != "po") {
      return Fail(ErrorKind::kUsage,
                  "{} is no pod: this version takes POD or pod/POD only; \"kubectl get pods\" "
                  "lists them",
                  GoQuote(typed));
    }
  }
  if (const std::string why = PathSegmentProblem(name); !why.empty()) {
    return Fail(ErrorKind::kUsage, "invalid resource name {}: [{}]", GoQuote(name), why);
  }
  return name;
}

}  // namespace

Result<Pod> FindPod(ApiClient& client, const TargetQuery& query, const std::string& name_space,
                    const Clock&) {
  if (!query.files.empty()) {
    return Fail(ErrorKind::kUsage, "--filename: this version takes POD or pod/POD only");
  }
  auto name = PodName(query.typed);
  if (!name) return tl::unexpected(name.error());
  auto response = client.Send({.path = "/api/v1/namespaces/" + name_space + "/pods/" + *name});
  if (!response) return tl::unexpected(response.error());
  if (response->code != 200)
    return tl::unexpected(ErrorFromResponse(response->code, response->body, "get pods " + *name));
  return ParsePod(response->body);
}

}  // namespace secure_exec
