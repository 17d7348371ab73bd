#include "plugin/target/pod_list.h"

#include <algorithm>

#include "base/json.h"
#include "plugin/api/status.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

tl::unexpected<Error> TooDeep(std::string_view what) {
  return Fail(ErrorKind::kServer, "the server sent {} that nests deeper than {} levels", what,
              kMaxJsonDepth);
}

Result<std::optional<WatchEvent>> ReadEvent(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return std::nullopt;
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  const std::string type = json.is_discarded() ? "" : JsonText(json, "type");
  if (type.empty())
    return Fail(ErrorKind::kServer, "the server's watch sent what is no event: {}",
                SafeForTerminal(line.substr(0, 400), 200));
  const bool failed = type == "ERROR";
  if (!failed && type != "ADDED" && type != "MODIFIED") return std::nullopt;
  const Json& object = JsonMember(json, "object");
  WatchEvent event{.type = failed ? WatchEvent::Type::kError : WatchEvent::Type::kPod,
                   .json = JsonDump(object)};
  if (event.json.empty()) return TooDeep("an event");
  if (failed) {
    const Json& code = JsonMember(object, "code");
    const bool gone = code.is_number_integer() && code.get<int64_t>() == 410;
    const std::string reason = JsonText(object, "reason");
    event.stale = gone || reason == "Expired" || reason == "Gone";
  }
  return event;
}

}  // namespace

Result<std::string> BestPod::AddPage(std::string_view text) {
  if (text.size() > kMaxListPage)
    return Fail(ErrorKind::kServer, "the server's list of pods is too large ({} bytes a page)",
                text.size());
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || JsonText(json, "kind") != "PodList")
    return Fail(ErrorKind::kServer, "the server's answer for the pods is no PodList: {}",
                SafeForTerminal(text.substr(0, 400), 200));
  if (const auto items = json.find("items"); items != json.end() && items->is_array()) {
    Json* best = nullptr;
    for (Json& pod : *items) {
      if (!pod.is_object()) continue;
      const PodRank rank = RankOf(pod);
      if ((best != nullptr || found()) && !IsBetter(rank, rank_)) continue;
      rank_ = rank;
      best = &pod;
    }
    if (best != nullptr) {
      (*best)["kind"] = "Pod";  // lists leave it out
      json_ = JsonDump(*best);
      if (json_.empty()) return TooDeep("a pod");
    }
  }
  const Json& metadata = JsonMember(json, "metadata");
  resource_version_ = JsonText(metadata, "resourceVersion");
  return JsonText(metadata, "continue");
}

Result<std::optional<WatchEvent>> WatchReader::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    if (line_.size() + end > kMaxWatchEvent)
      return Fail(ErrorKind::kServer, "the server's watch sent an event of more than {} MiB",
                  kMaxWatchEvent >> 20);
    line_ += bytes.substr(0, end);
    if (end == bytes.size()) break;
    bytes.remove_prefix(end + 1);
    auto event = ReadEvent(line_);
    line_.clear();
    if (!event || *event) return event;
  }
  return std::nullopt;
}

}  // namespace secure_exec
