// Which of the pods that a selector finds kubectl would take: client-go's ActivePods, best first.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace secure_exec {

// What the choice rests on. Times are seconds since 1970; absent: not said, or no RFC 3339 time.
struct PodRank {
  bool assigned = false;  // it has a node
  int phase = 0;          // Running 2, Unknown 1, any other 0: kubectl's numbers
  bool ready = false;
  std::optional<int64_t> ready_since, created;
  bool deleting = false;
  std::optional<int64_t> deletion;  // when it is or was to end
  int64_t restarts = 0;             // the most of any container
  int64_t sidecar_restarts = 0;     // the most of any init container that runs on
};

// `pod` may be anything: fields of another type count as absent.
PodRank RankOf(const nlohmann::json& pod);

// Whether kubectl would take `a` and not `b`. Neither: it takes the one that the server lists first
// (of more than twelve pods kubectl's sort may put equal ones in another order).
bool IsBetter(const PodRank& a, const PodRank& b);

}  // namespace secure_exec
