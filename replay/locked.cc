#include "replay/locked.h"

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/vt/safe_text.h"
#include "recorder/container/byte_source.h"
#include "recorder/outer_check.h"
#include "replay/format.h"

namespace secure_exec {
namespace {

std::string PlaceOf(const std::string& path) {
  size_t end = path.rfind('/');
  size_t begin = end;
  for (int i = 0; i < 3 && begin != std::string::npos && begin > 0; ++i) {
    begin = path.rfind('/', begin - 1);
  }
  return begin == std::string::npos ? "-" : path.substr(begin + 1, end - begin - 1);
}

}  // namespace

int64_t LockedRecording::start_wall_ns() const {
  return UuidV7WallNs(id);
}

LockedRecording DescribeLocked(const StoredRecording& recording) {
  LockedRecording locked;
  locked.path = recording.path;
  locked.id = recording.id;
  locked.place = PlaceOf(recording.path);
  if (const auto source = FileSource::Open(recording.path, /*follow=*/true)) {
    locked.size = (*source)->Size().value_or(0);
  }
  auto seal = ReadOuterSeal(recording.path);
  if (seal && *seal && (*seal)->id == recording.id) locked.seal = **seal;
  if (locked.seal && locked.seal->size == locked.size) {
    locked.state = "sealed";
  } else {
    locked.state = seal && !*seal ? "no seal" : "damaged";
  }
  return locked;
}

std::vector<std::string> LockedRow(const LockedRecording& locked, size_t id_length) {
  std::vector<std::string> row = {
      FormatWall(locked.start_wall_ns()),
      locked.seal ? FormatLength(static_cast<int64_t>(locked.seal->duration_us)) : "-",
      "-",
      locked.place,
      "-",
      "-",
      locked.state + ", encrypted",
      FormatSize(locked.size),
      FormatUuid(locked.id).substr(0, id_length),
      "-"};
  for (std::string& cell : row) cell = SafeLine(cell);
  return row;
}

nlohmann::ordered_json LockedJson(const LockedRecording& locked) {
  nlohmann::ordered_json json;
  json["path"] = locked.path;
  json["id"] = FormatUuid(locked.id);
  json["encrypted"] = true;
  json["state"] = locked.state;
  json["size"] = locked.size;
  if (locked.seal) {
    json["lines"] = locked.seal->lines;
    json["stdin"] = locked.seal->bytes[0];
    json["stdout"] = locked.seal->bytes[1];
    json["stderr"] = locked.seal->bytes[2];
    json["duration"] = static_cast<double>(locked.seal->duration_us) / 1e6;
    json["signer"] = Fingerprint(locked.seal->keys.user_key);
  }
  return json;
}

}  // namespace secure_exec
