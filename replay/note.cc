// note: what reviewers write about a recording.
#include <limits>
#include <nlohmann/json.hpp>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/local_account.h"
#include "base/vt/safe_text.h"
#include "recorder/encrypted_source.h"
#include "replay/command.h"
#include "replay/format.h"
#include "replay/notes.h"
#include "replay/session_time.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

constexpr OptionSpec kOptions[] = {
    {"at", "TIME", "the moment of the session that it is about"},
    {"json", nullptr, "the notes as an array of objects"},
};

// Nothing is written beside what is no recording. An encrypted one is known by its beginning; only
// a time in it needs its header.
Result<void> CheckRecording(const Arguments& arguments, const std::string& path, Note& note,
                            const IdentitySource& identities) {
  const auto source = RecordingSource::Open(path);
  if (!source) return tl::unexpected(source.error());
  const auto encrypted = IsEncrypted(**source);
  if (!encrypted) return tl::unexpected(encrypted.error());
  if (*encrypted && !arguments.Has("at")) return {};
  const auto recording = Recording::Open(path, identities);
  if (!recording) return tl::unexpected(recording.error());
  if (!arguments.Has("at")) return {};
  const auto at = ParseSessionTime(arguments.Get("at"), (*recording)->header());
  if (!at) return Fail(ErrorKind::kUsage, "--at {}", at.error().message);
  note.at_us = *at;
  return {};
}

Result<int> Add(const Arguments& arguments, const std::string& path, World& world) {
  Note note;
  note.wall_ns = Clock::System().WallNs();
  note.author = ThisAccount().name;
  for (size_t i = 1; i < arguments.positional.size(); ++i) {
    if (i > 1) note.text += ' ';
    note.text += arguments.positional[i];
  }
  if (TrimSpace(note.text).empty()) {
    return Fail(ErrorKind::kUsage, "a note without text says nothing: note REC TEXT");
  }
  if (auto checked = CheckRecording(arguments, path, note, world.identities); !checked) {
    return tl::unexpected(checked.error());
  }
  if (auto added = AppendNote(path, note); !added) return tl::unexpected(added.error());
  return 0;
}

Result<int> Show(const Arguments& arguments, const std::string& path, World& world) {
  size_t foreign = 0;
  const auto notes = ReadNotes(path, &foreign);
  if (!notes) return tl::unexpected(notes.error());
  if (arguments.Has("json")) {
    auto json = nlohmann::ordered_json::array();
    for (const Note& note : *notes) {
      nlohmann::ordered_json each = {{"time", FormatWall(note.wall_ns)}, {"author", note.author}};
      if (note.at_us) each["at"] = static_cast<double>(*note.at_us) / 1e6;
      each["text"] = note.text;
      json.push_back(std::move(each));
    }
    world.out.WriteLine(JsonText(json));
  } else {
    for (const Note& note : *notes) world.out.WriteLine(SafeLine(NoteLine(note)));
    if (notes->empty()) SayNote(world, "no notes; note REC TEXT writes one");
  }
  if (foreign > 0)
    SayNote(world, fmt::format("{} lines of {} are no notes", foreign, NotesPath(path)));
  return 0;
}

Result<int> Run(const Arguments& arguments, World& world) {
  const auto path = FindRecording(arguments, world, arguments.positional[0]);
  if (!path) return tl::unexpected(path.error());
  if (arguments.positional.size() > 1) return Add(arguments, *path, world);
  if (arguments.Has("at")) {
    return Fail(ErrorKind::kUsage, "--at is for a note that is written: note REC TEXT --at TIME");
  }
  return Show(arguments, *path, world);
}

}  // namespace

const Command kNoteCommand = {
    .name = "note",
    .summary = "write a note about a recording, or show them",
    .synopsis = "REC [TEXT...] [--at TIME]",
    .details =
        "Without TEXT the notes are shown. They are kept in ID.notes beside the recording, never "
        "in\n"
        "it, and prove nothing: whoever can write there can change them. TIME is an offset (1:30)\n"
        "or a time of day (14:03:07Z).\n",
    .options = kOptions,
    .min_arguments = 1,
    .max_arguments = std::numeric_limits<size_t>::max(),
    .first_recording = 0,
    .last_recording = 0,
    .run = Run,
};

}  // namespace secure_exec
