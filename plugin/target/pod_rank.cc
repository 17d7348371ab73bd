#include "plugin/target/pod_rank.h"

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/time_text.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

int64_t MostRestarts(const Json& statuses, const std::set<std::string>* among) {
  int64_t most = 0;
  if (!statuses.is_array()) return most;
  for (const Json& status : statuses) {
    if (among != nullptr && !among->contains(JsonText(status, "name"))) continue;
    const Json& count = JsonMember(status, "restartCount");
    if (count.is_number_integer()) most = std::max(most, count.get<int64_t>());
  }
  return most;
}

std::set<std::string> Sidecars(const Json& spec) {
  std::set<std::string> names;
  const Json& containers = JsonMember(spec, "initContainers");
  if (!containers.is_array()) return names;
  for (const Json& container : containers) {
    if (JsonText(container, "restartPolicy") == "Always") names.insert(JsonText(container, "name"));
  }
  return names;
}

// Of two times the earlier is better, and any is better than none.
std::optional<bool> EarlierIsBetter(std::optional<int64_t> a, std::optional<int64_t> b) {
  if (a == b) return std::nullopt;
  if (!a || !b) return a.has_value();
  return *a < *b;
}

}  // namespace

PodRank RankOf(const Json& pod) {
  const Json& metadata = JsonMember(pod, "metadata");
  const Json& spec = JsonMember(pod, "spec");
  const Json& status = JsonMember(pod, "status");
  PodRank rank;
  rank.assigned = !JsonText(spec, "nodeName").empty();
  const std::string phase = JsonText(status, "phase");
  rank.phase = phase == "Running" ? 2 : phase == "Unknown" ? 1 : 0;
  if (const Json& conditions = JsonMember(status, "conditions"); conditions.is_array()) {
    for (const Json& condition : conditions) {
      if (JsonText(condition, "type") != "Ready") continue;
      rank.ready = JsonText(condition, "status") == "True";
      rank.ready_since = ParseRfc3339(JsonText(condition, "lastTransitionTime"));
      break;
    }
  }
  rank.created = ParseRfc3339(JsonText(metadata, "creationTimestamp"));
  rank.deletion = ParseRfc3339(JsonText(metadata, "deletionTimestamp"));
  rank.deleting = !JsonText(metadata, "deletionTimestamp").empty();
  rank.restarts = MostRestarts(JsonMember(status, "containerStatuses"), nullptr);
  const std::set<std::string> sidecars = Sidecars(spec);
  rank.sidecar_restarts = MostRestarts(JsonMember(status, "initContainerStatuses"), &sidecars);
  return rank;
}

bool IsBetter(const PodRank& a, const PodRank& b) {
  if (a.assigned != b.assigned) return a.assigned;
  if (a.phase != b.phase) return a.phase > b.phase;
  if (a.ready != b.ready) return a.ready;
  if (a.deleting != b.deleting) return !a.deleting;
  if (a.deleting && a.deletion != b.deletion) return a.deletion > b.deletion;
  if (a.ready) {
    if (const auto better = EarlierIsBetter(a.ready_since, b.ready_since)) return *better;
  }
  if (a.restarts != b.restarts) return a.restarts < b.restarts;
  if (a.sidecar_restarts != b.sidecar_restarts) return a.sidecar_restarts < b.sidecar_restarts;
  return EarlierIsBetter(a.created, b.created).value_or(false);
}

}  // namespace secure_exec
