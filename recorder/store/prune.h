// Old recordings out of the store. Planning and removing are apart, so that what would go can be
// shown first. Only what ListRecordings lists is ever removed, with the files beside it that have
// its id: tail segments, the seal of an encrypted one, notes, recovered copies. Nothing outside the
// store is touched and no symlink followed; directories stay.
//
// A recording that is being written never goes (lock.h), nor one whose file changed in the last
// minute: its writer may be about to take the lock, or have none to take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace secure_exec {

struct PruneRules {
  std::optional<int64_t> older_ns;    // began more than this ago
  std::optional<uint64_t> keep;       // all but the newest so many
  std::optional<uint64_t> max_bytes;  // the oldest, until the others have no more
};

struct PrunePlan {
  struct Item {
    std::string path;    // of the main file
    uint64_t bytes = 0;  // of all its files
    int64_t began_ns = 0;
    const char* why = "";  // older, beyond-keep, max-bytes
  };
  std::vector<Item> items;  // that go, oldest first
  uint64_t kept = 0;        // recordings that stay
  uint64_t kept_bytes = 0;
  uint64_t live = 0;  // of those, by a rule they would go, but they are being written
};

// kIo.
Result<PrunePlan> PlanPrune(const std::string& root, const PruneRules& rules, int64_t now_ns);
// Removes the item's files, the main file last. False where it is being written now. kIo.
Result<bool> PruneOne(const std::string& root, const PrunePlan::Item& item, int64_t now_ns);

// "90d", "12h", "2w", "30m": nanoseconds; nullopt for anything else.
std::optional<int64_t> ParseAge(std::string_view text);
// "10G", "512M", "100K", "1T", "4096": bytes, K = 1024.
std::optional<uint64_t> ParseSize(std::string_view text);

}  // namespace secure_exec
