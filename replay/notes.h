// What reviewers write about a recording, kept beside it and never in it: `<id>.notes`, a JSON
// object a line. Notes prove nothing; whoever can write there can change them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace secure_exec {

struct Note {
  int64_t wall_ns = 0;  // when it was written
  std::string author{};
  std::optional<int64_t> at_us{};  // what moment of the session it is about
  std::string text{};
};

inline constexpr size_t kMaxNoteText = 16 * 1024;

// The file of the recording at `path`: beside it, with the extension of the recording replaced.
std::string NotesPath(const std::string& path);

// In the order in which they were written; lines that are none are left out, and counted in
// `foreign` where it is not null. A missing file has none. kIo, kFormat (a file of over 16 MiB).
Result<std::vector<Note>> ReadNotes(const std::string& path, size_t* foreign = nullptr);
// For people: when and by whom, the moment, the text. Not safe for a terminal yet.
std::string NoteLine(const Note& note);
// Appends one, with a single write: two reviewers may write at once. kUsage for a text that is too
// long, kIo.
Result<void> AppendNote(const std::string& path, const Note& note);

}  // namespace secure_exec
