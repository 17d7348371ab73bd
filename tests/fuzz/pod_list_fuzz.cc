// Pods as a server lists them and as it sends them to a watch. The first byte says how the bytes of
// the watch are cut; however that is, they must mean the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>

#include "plugin/api/pod.h"
#include "plugin/target/pod_list.h"
#include "tests/fuzz/shown.h"

namespace {

using namespace secure_exec;

void CheckList(std::string_view text) {
  BestPod best;
  const auto next = best.AddPage(text);
  if (!next) {
    CheckShown(next.error().message);
    if (best.found()) std::abort();
    return;
  }
  const std::string first = best.json();
  if (best.found()) {
    const auto pod = nlohmann::json::parse(first);
    if (pod.at("kind") != "Pod") std::abort();
    if (const auto parsed = ParsePod(first); !parsed) CheckShown(parsed.error().message);
  }
  // The same pods once more are no better.
  const auto again = best.AddPage(text);
  if (!again || *again != *next || best.json() != first) std::abort();
}

// In words that tell every outcome from every other.
std::string Outcome(const Result<std::optional<WatchEvent>>& event) {
  if (!event) {
    CheckShown(event.error().message);
    return "error " + event.error().message;
  }
  if (!*event) return "nothing";
  const WatchEvent& it = **event;
  if (it.type == WatchEvent::Type::kPod && it.stale) std::abort();
  if (!nlohmann::json::accept(it.json)) std::abort();
  return std::string(it.type == WatchEvent::Type::kPod ? "pod " : "failed ") +
         (it.stale ? "stale " : "") + it.json;
}

void CheckWatch(std::string_view text, uint8_t seed) {
  const std::string whole = Outcome(WatchReader().Feed(text));
  std::minstd_rand random(seed + 1u);
  WatchReader reader;
  std::string pieces = "nothing";
  while (!text.empty() && pieces == "nothing") {
    const size_t length = std::min<size_t>(1 + random() % (seed % 64 + 1), text.size());
    pieces = Outcome(reader.Feed(text.substr(0, length)));
    text.remove_prefix(length);
  }
  if (pieces != whole) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  CheckList(text);
  CheckWatch(text, data[0]);
  return 0;
}
