// ls: the recordings of the store as a table.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/vt/safe_text.h"
#include "recorder/store/lock.h"
#include "recorder/store/store.h"
#include "replay/command.h"
#include "replay/format.h"
#include "replay/locked.h"
#include "replay/summary.h"
#include "replay/traits.h"

namespace secure_exec {
namespace {

constexpr std::string_view kSortWords[] = {"start", "duration", "size", "user", "pod", "exit"};
constexpr std::array<OptionSpec, 3> kOwnOptions = {{
    {"json", nullptr, "an array of objects with every field of the header"},
    {"sort", "KEY", "by start (default), duration, size, user, pod or exit", kSortWords},
    {"reverse,r", nullptr, "the other way round"},
}};
constexpr auto kOptions = Join(kOwnOptions, kSelectionOptions);

// The clock part of a UUIDv7; ids of the same millisecond need more.
constexpr size_t kMinShownId = 13;
constexpr size_t kWholeId = 36;

// How many characters of the ids tell them apart.
size_t ShownIdLength(const std::vector<StoredRecording>& recordings) {
  size_t length = kMinShownId;
  for (size_t i = 1; i < recordings.size(); ++i) {  // in the order of their ids
    const std::string a = FormatUuid(recordings[i - 1].id);
    const std::string b = FormatUuid(recordings[i].id);
    if (a == b) continue;  // a recovered copy beside its original
    const auto differ = std::mismatch(a.begin(), a.end(), b.begin()).first;
    length = std::max(length, static_cast<size_t>(differ - a.begin()) + 1);
  }
  return std::min(length, kWholeId);
}

std::string ExitCell(const Summary& summary) {
  if (summary.exit) return ExitText(*summary.exit);
  return "-";
}

// No identity was named, or none of them is a recipient's.
bool IsLocked(const Error& error, const World& world) {
  return error.kind == ErrorKind::kNotFound ||
         (error.kind == ErrorKind::kUsage && world.identities == nullptr);
}

// One recording of the list.
struct Entry {
  std::vector<std::string> row;
  nlohmann::ordered_json json;
  // What --sort can go by.
  int64_t start_ns = 0, duration_us = 0;
  uint64_t size = 0;
  std::string user, pod;
  int exit = -1;  // below every code: not known
};

struct SortKey {
  std::string_view name;
  bool (*less)(const Entry& a, const Entry& b);
};
constexpr SortKey kSortKeys[] = {
    {"start", [](const Entry& a, const Entry& b) { return a.start_ns < b.start_ns; }},
    {"duration", [](const Entry& a, const Entry& b) { return a.duration_us < b.duration_us; }},
    {"size", [](const Entry& a, const Entry& b) { return a.size < b.size; }},
    {"user", [](const Entry& a, const Entry& b) { return a.user < b.user; }},
    {"pod", [](const Entry& a, const Entry& b) { return a.pod < b.pod; }},
    {"exit", [](const Entry& a, const Entry& b) { return a.exit < b.exit; }},
};

// In the store's order, oldest first, where nothing else is asked for.
Result<void> Sort(const Arguments& arguments, std::vector<Entry>& entries) {
  const std::string wanted = arguments.Get("sort", "start");
  const auto key = std::find_if(std::begin(kSortKeys), std::end(kSortKeys),
                                [&](const SortKey& each) { return each.name == wanted; });
  if (key == std::end(kSortKeys)) {
    return Fail(ErrorKind::kUsage,
                "--sort takes start, duration, size, user, pod or exit, not \"{}\"", wanted);
  }
  if (arguments.Has("sort")) std::stable_sort(entries.begin(), entries.end(), key->less);
  if (arguments.Has("reverse")) std::reverse(entries.begin(), entries.end());
  return {};
}

Entry EntryOf(const Summary& summary, bool live, const Uuid& id, size_t id_length) {
  const CastHeader& header = summary.header;
  Entry entry;
  entry.start_ns = StartWallNs(header);
  entry.duration_us = summary.duration_us;
  entry.size = summary.size;
  entry.user = UserText(header);
  entry.pod = PlaceText(header);
  if (summary.exit) entry.exit = summary.exit->code;
  entry.json = SummaryJson(summary);
  entry.json["live"] = live;
  const std::string_view state = summary.problem ? "damaged"
                                 : live          ? "live"
                                                 : EndingName(summary.ending);
  entry.row = {FormatWall(entry.start_ns),
               FormatLength(summary.duration_us),
               entry.user,
               entry.pod,
               header.session ? header.session->container : "-",
               ExitCell(summary),
               std::string(state),
               FormatSize(summary.size),
               FormatUuid(id).substr(0, id_length),
               CommandText(header)};
  for (std::string& cell : entry.row) cell = SafeLine(cell);
  return entry;
}

Entry EntryOf(const LockedRecording& locked, size_t id_length) {
  Entry entry;
  entry.start_ns = locked.start_wall_ns();
  if (locked.seal) {
    entry.duration_us =
        static_cast<int64_t>(std::min<uint64_t>(locked.seal->duration_us, INT64_MAX));
  }
  entry.size = locked.size;
  entry.pod = locked.place;
  entry.json = LockedJson(locked);
  entry.row = LockedRow(locked, id_length);
  return entry;
}

Result<int> Run(const Arguments& arguments, World& world) {
  const auto selection = Selection::Parse(arguments, Clock::System().WallNs());
  if (!selection) return tl::unexpected(selection.error());
  const auto store = StoreOf(arguments, world);
  if (!store) return tl::unexpected(store.error());
  const auto recordings = ListRecordings(*store);
  if (!recordings) return tl::unexpected(recordings.error());

  int code = 0;
  std::vector<Entry> entries;
  const size_t id_length = ShownIdLength(*recordings);
  for (const StoredRecording& recording : *recordings) {
    const auto summary = Summarize(recording.path, world.identities);
    // Locked is no failure: what its name and its seal tell is listed all the same.
    if (!summary && recording.encrypted && IsLocked(summary.error(), world)) {
      LockedRecording locked = DescribeLocked(recording);
      const bool live = !locked.seal && IsBeingWritten(recording.path);
      if (live) locked.state = "live";
      if (selection->Takes(TraitsOf(locked, live))) entries.push_back(EntryOf(locked, id_length));
      continue;
    }
    if (!summary) {
      SayError(world, summary.error());
      code = 1;
      continue;
    }
    const bool live = summary->ending == Recording::Ending::kCut && IsBeingWritten(recording.path);
    if (!selection->Takes(TraitsOf(*summary, live))) continue;
    if (summary->problem) {
      SayError(world, *summary->problem);
      code = 1;
    }
    entries.push_back(EntryOf(*summary, live, recording.id, id_length));
  }
  if (auto sorted = Sort(arguments, entries); !sorted) return tl::unexpected(sorted.error());

  if (arguments.Has("json")) {
    auto json = nlohmann::ordered_json::array();
    for (Entry& entry : entries) json.push_back(std::move(entry.json));
    world.out.WriteLine(JsonText(json));
    return code;
  }
  if (entries.empty()) {
    SayNote(world, recordings->empty() || selection->empty()
                       ? fmt::format("no recordings in {}", *store)
                       : fmt::format("none of the {} recordings is of those", recordings->size()));
    return code;
  }
  Table table(
      {"START", "DURATION", "USER", "POD", "CONTAINER", "EXIT", "STATE", "SIZE", "ID", "COMMAND"});
  table.AlignRight(1);
  table.AlignRight(7);
  for (Entry& entry : entries) table.Add(std::move(entry.row));
  world.out.Write(table.Text());
  return code;
}

}  // namespace

const Command kLsCommand = {
    .name = "ls",
    .summary = "list the recordings, oldest first",
    .synopsis = "[--namespace GLOB] [--user GLOB] [--since TIME] [--live] [--sort KEY] [--json]",
    .details =
        "STATE is what the file's end says: sealed, no seal (a crash, or cut off), live (its\n"
        "session goes on), or recovered. Whether to believe it is for the verify command to say. "
        "Of encrypted\n"
        "recordings that no --identity opens there is what their names and the seals beside\n"
        "them tell.\n",
    .options = kOptions,
    .run = Run,
};

}  // namespace secure_exec
