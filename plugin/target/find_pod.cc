#include "plugin/target/find_pod.h"

#include "plugin/api/status.h"

namespace secure_exec {

Result<Pod> FindPod(ApiClient& client, const TargetQuery& query, const std::string& name_space,
                    const Clock&) {
  auto response =
      client.Send({.path = "/api/v1/namespaces/" + name_space + "/pods/" + query.typed});
  if (!response) return tl::unexpected(response.error());
  if (response->code != 200)
    return tl::unexpected(
        ErrorFromResponse(response->code, response->body, "get pods " + query.typed));
  return ParsePod(response->body);
}

}  // namespace secure_exec
