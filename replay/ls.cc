// ls: the recordings of the store as a table.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/vt/safe_text.h"
#include "recorder/store/store.h"
#include "replay/command.h"
#include "replay/format.h"
#include "replay/locked.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

constexpr OptionSpec kOptions[] = {
    {"json", nullptr, "an array of objects with every field of the header"},
};

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

Result<int> Run(const Arguments& arguments, World& world) {
  const auto store = StoreOf(arguments, world);
  if (!store) return tl::unexpected(store.error());
  const auto recordings = ListRecordings(*store);
  if (!recordings) return tl::unexpected(recordings.error());

  int code = 0;
  auto json = nlohmann::ordered_json::array();
  Table table(
      {"START", "DURATION", "USER", "POD", "CONTAINER", "EXIT", "STATE", "SIZE", "ID", "COMMAND"});
  table.AlignRight(1);
  table.AlignRight(7);
  const size_t id_length = ShownIdLength(*recordings);
  for (const StoredRecording& recording : *recordings) {
    const auto summary = Summarize(recording.path, world.identities);
    // Locked is no failure: what its name and its seal tell is listed all the same.
    if (!summary && recording.encrypted && IsLocked(summary.error(), world)) {
      const LockedRecording locked = DescribeLocked(recording);
      if (arguments.Has("json")) {
        json.push_back(LockedJson(locked));
      } else {
        table.Add(LockedRow(locked, id_length));
      }
      continue;
    }
    if (!summary) {
      SayError(world, summary.error());
      code = 1;
      continue;
    }
    if (summary->problem) {
      SayError(world, *summary->problem);
      code = 1;
    }
    if (arguments.Has("json")) {
      json.push_back(SummaryJson(*summary));
      continue;
    }
    const CastHeader& header = summary->header;
    std::vector<std::string> row = {
        FormatWall(StartWallNs(header)),
        FormatLength(summary->duration_us),
        UserText(header),
        PlaceText(header),
        header.session ? header.session->container : "-",
        ExitCell(*summary),
        std::string(summary->problem ? "damaged" : EndingName(summary->ending)),
        FormatSize(summary->size),
        FormatUuid(recording.id).substr(0, id_length),
        CommandText(header)};
    for (std::string& cell : row) cell = SafeLine(cell);
    table.Add(std::move(row));
  }
  if (arguments.Has("json")) {
    world.out.WriteLine(JsonText(json));
  } else if (recordings->empty()) {
    SayNote(world, fmt::format("no recordings in {}", *store));
  } else {
    world.out.Write(table.Text());
  }
  return code;
}

}  // namespace

const Command kLsCommand = {
    .name = "ls",
    .summary = "list the recordings, oldest first",
    .synopsis = "[--json]",
    .details =
        "STATE is what the file's end says: sealed, no seal (a crash, still running, or cut\n"
        "off), or recovered. Whether to believe it is for the verify command to say. Of encrypted\n"
        "recordings that no --identity opens there is what their names and the seals beside\n"
        "them tell.\n",
    .options = kOptions,
    .run = Run,
};

}  // namespace secure_exec
