// Pods as lists and watches bring them. Bytes in, pods out; no I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "plugin/target/pod_rank.h"

namespace secure_exec {

inline constexpr size_t kMaxListPage = 8 << 20;
inline constexpr size_t kMaxWatchEvent = 4 << 20;

// The best pod of a list that comes in pages. Keeps one pod.
class BestPod {
 public:
  // kServer unless `json` is a PodList of at most kMaxListPage, or where the best pod of it nests
  // too deep to be one. Returns the token for the next page; empty: that was the last.
  Result<std::string> AddPage(std::string_view json);

  bool found() const { return !json_.empty(); }
  const std::string& json() const { return json_; }  // a Pod; of use where found()
  const std::string& resource_version() const { return resource_version_; }

 private:
  PodRank rank_;
  std::string json_;
  std::string resource_version_;
};

struct WatchEvent {
  enum class Type { kPod, kError } type;
  std::string json;    // the pod that was added or changed, or a Status
  bool stale = false;  // kError: the watch began too long ago (410); list again
};

// A watch's events, from its bytes in any pieces: one JSON object a line.
class WatchReader {
 public:
  // nullopt: nothing to act on yet; bookmarks and deletions are passed over. Behind the first event
  // nothing is read. kServer: a line that is no event, that nests too deep, or that is longer than
  // kMaxWatchEvent.
  Result<std::optional<WatchEvent>> Feed(std::string_view bytes);

 private:
  std::string line_;
};

}  // namespace secure_exec
