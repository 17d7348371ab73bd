#include "plugin/target/pod_rank.h"

#include <time.h>

#include <algorithm>
#include <set>

#include "plugin/target/json_field.h"

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

// `count` decimal digits from the front of `text`.
std::optional<int> TakeNumber(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool Take(std::string_view& text, char wanted) {
  if (text.empty() || text[0] != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// "Z", "+01:00": seconds east of Greenwich.
std::optional<int> ZoneSeconds(std::string_view text) {
  if (text == "Z") return 0;
  const int sign = Take(text, '+') ? 1 : Take(text, '-') ? -1 : 0;
  const auto hours = TakeNumber(text, 2);
  if (sign == 0 || !hours || !Take(text, ':')) return std::nullopt;
  const auto minutes = TakeNumber(text, 2);
  if (!minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 3600 + *minutes * 60);
}

}  // namespace

std::optional<int64_t> ParseRfc3339(std::string_view text) {
  tm fields{};
  const auto take = [&](int& field, size_t digits, char then) {
    const auto number = TakeNumber(text, digits);
    if (!number || (then != '\0' && !Take(text, then))) return false;
    field = *number;
    return true;
  };
  if (!take(fields.tm_year, 4, '-') || !take(fields.tm_mon, 2, '-') ||
      !take(fields.tm_mday, 2, 'T') || !take(fields.tm_hour, 2, ':') ||
      !take(fields.tm_min, 2, ':') || !take(fields.tm_sec, 2, '\0'))
    return std::nullopt;
  if (fields.tm_mon < 1 || fields.tm_mon > 12 || fields.tm_mday < 1 || fields.tm_mday > 31 ||
      fields.tm_hour > 23 || fields.tm_min > 59 || fields.tm_sec > 60)
    return std::nullopt;
  if (Take(text, '.')) {
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
  }
  const auto zone = ZoneSeconds(text);
  if (!zone) return std::nullopt;
  fields.tm_year -= 1900;
  fields.tm_mon -= 1;
  return static_cast<int64_t>(timegm(&fields)) - *zone;
}

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
