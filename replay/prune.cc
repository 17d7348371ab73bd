// prune: old recordings out of the store.
#include "recorder/store/prune.h"

#include <charconv>

#include "base/clock.h"
#include "base/vt/safe_text.h"
#include "recorder/store/store.h"
#include "replay/command.h"
#include "replay/format.h"

namespace secure_exec {
namespace {

constexpr OptionSpec kOptions[] = {
    {"older", "AGE", "those that began longer ago: 90d, 12h, 2w"},
    {"keep", "N", "all but the newest N"},
    {"max-bytes", "SIZE", "the oldest, until the rest has no more: 10G, 500M"},
    {"delete", nullptr, "do it, instead of showing what would go"},
};

Result<PruneRules> RulesOf(const Arguments& arguments) {
  PruneRules rules;
  const auto bad = [&](const char* option, const char* wanted) {
    return Fail(ErrorKind::kUsage, "--{} takes {}, not \"{}\"", option, wanted,
                arguments.Get(option));
  };
  if (arguments.Has("older")) {
    rules.older_ns = ParseAge(arguments.Get("older"));
    if (!rules.older_ns) return bad("older", "an age like 90d, 12h or 2w");
  }
  if (arguments.Has("keep")) {
    const std::string text = arguments.Get("keep");
    uint64_t keep = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), keep);
    if (error != std::errc() || end != text.data() + text.size()) return bad("keep", "a number");
    rules.keep = keep;
  }
  if (arguments.Has("max-bytes")) {
    rules.max_bytes = ParseSize(arguments.Get("max-bytes"));
    if (!rules.max_bytes) return bad("max-bytes", "a size like 10G or 500M");
  }
  if (!rules.older_ns && !rules.keep && !rules.max_bytes) {
    return Fail(ErrorKind::kUsage, "prune needs a rule: --older, --keep or --max-bytes");
  }
  return rules;
}

Result<int> Run(const Arguments& arguments, World& world) {
  const auto rules = RulesOf(arguments);
  if (!rules) return tl::unexpected(rules.error());
  const auto store = StoreOf(arguments, world);
  if (!store) return tl::unexpected(store.error());
  const int64_t now = Clock::System().WallNs();
  const auto plan = PlanPrune(*store, *rules, now);
  if (!plan) return tl::unexpected(plan.error());
  const bool do_it = arguments.Has("delete");
  int code = 0;
  uint64_t count = 0;
  uint64_t bytes = 0;
  for (const PrunePlan::Item& item : plan->items) {
    if (do_it) {
      const auto gone = PruneOne(*store, item, now);
      if (!gone) {
        SayError(world, gone.error());
        code = 1;
        continue;
      }
      if (!*gone) continue;  // it is being written after all
    }
    ++count;
    bytes += item.bytes;
    world.out.WriteLine(SafeLine(
        fmt::format("{}  {}  {:>6}  {:<11}  {}", do_it ? "removed" : "would go",
                    FormatWall(item.began_ns), FormatSize(item.bytes), item.why, item.path)));
  }
  SayNote(world, fmt::format("{} recordings, {}, {}; {} stay, {}", count, FormatSize(bytes),
                             do_it ? "removed" : "would go; --delete removes them", plan->kept,
                             FormatSize(plan->kept_bytes)));
  if (plan->live > 0) {
    SayNote(world, fmt::format("{} of those are being written, or were a minute ago", plan->live));
  }
  return code;
}

}  // namespace

const Command kPruneCommand = {
    .name = "prune",
    .summary = "remove old recordings from the store",
    .synopsis = "[--older AGE] [--keep N] [--max-bytes SIZE] [--delete]",
    .details =
        "Shows what would go; --delete removes it. A recording goes when any of the rules says\n"
        "so, with its tail segments, seal, notes and recovered copy. One that is being written, or "
        "was in\n"
        "the last minute, stays. Nothing outside the store is touched, and no link followed.\n",
    .options = kOptions,
    .run = Run,
};

}  // namespace secure_exec
