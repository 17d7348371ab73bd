#include "replay/notes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/time_text.h"
#include "base/unique_fd.h"
#include "recorder/container/byte_source.h"
#include "replay/format.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxFile = 16 << 20;
constexpr int kMaxDepth = 4;

std::optional<Note> ParseNote(std::string_view line) {
  const nlohmann::json json = ParseJson(line, kMaxDepth);
  if (!json.is_object() || !JsonMember(json, "text").is_string()) return std::nullopt;
  Note note;
  note.text = JsonText(json, "text");
  note.author = JsonText(json, "author");
  note.wall_ns = ParseUtcTime(JsonText(json, "time")).value_or(0);
  const nlohmann::json& at = JsonMember(json, "at_us");
  if (at.is_number_unsigned() && at.get<uint64_t>() <= INT64_MAX) {
    note.at_us = static_cast<int64_t>(at.get<uint64_t>());
  }
  return note;
}

}  // namespace

std::string NotesPath(const std::string& path) {
  std::string_view stem = path;
  for (const std::string_view end : {".age", ".zst", ".cast", ".recovered"}) {
    if (stem.ends_with(end)) stem.remove_suffix(end.size());
  }
  return std::string(stem) + ".notes";
}

Result<std::vector<Note>> ReadNotes(const std::string& path, size_t* foreign) {
  std::vector<Note> notes;
  const auto file = FileSource::Open(NotesPath(path), /*follow=*/false);
  if (!file && file.error().kind == ErrorKind::kNotFound) return notes;
  if (!file) return tl::unexpected(file.error());
  const auto size = (*file)->Size();
  if (!size) return tl::unexpected(size.error());
  if (*size > kMaxFile) {
    return Fail(ErrorKind::kFormat, "{}: more than 16 MiB of notes; move it away", NotesPath(path));
  }
  std::string text(static_cast<size_t>(*size), '\0');
  const auto read = (*file)->ReadAt(0, text.data(), text.size());
  if (!read) return tl::unexpected(read.error());
  text.resize(*read);
  for (std::string_view rest = text; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (auto note = ParseNote(line)) {
      notes.push_back(std::move(*note));
    } else if (foreign != nullptr && !line.empty()) {
      ++*foreign;
    }
  }
  return notes;
}

std::string NoteLine(const Note& note) {
  std::string line = fmt::format("{}  {}  ", FormatWall(note.wall_ns), note.author);
  if (note.at_us) line += fmt::format("at {}  ", FormatOffset(*note.at_us));
  return line + note.text;
}

Result<void> AppendNote(const std::string& path, const Note& note) {
  if (note.text.size() > kMaxNoteText) {
    return Fail(ErrorKind::kUsage, "a note has at most {} bytes, this one {}", kMaxNoteText,
                note.text.size());
  }
  nlohmann::ordered_json json;
  json["time"] = FormatUtcSeconds(note.wall_ns / kSecond);
  json["author"] = note.author;
  if (note.at_us) json["at_us"] = static_cast<uint64_t>(*note.at_us);
  json["text"] = note.text;
  std::string line =
      json.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::ordered_json::error_handler_t::replace) +
      "\n";
  const std::string file = NotesPath(path);
  const UniqueFd fd(::open(
      file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!fd) return FailErrno(ErrorKind::kIo, "opening " + file, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return FailErrno(ErrorKind::kIo, "opening " + file, errno);
  if (!S_ISREG(info.st_mode)) return Fail(ErrorKind::kIo, "opening {}: not a regular file", file);
  // Behind a line that was cut off while it was written, the note would be part of it.
  char last = '\n';
  if (info.st_size > 0 && ::pread(fd.get(), &last, 1, info.st_size - 1) == 1 && last != '\n') {
    line.insert(0, 1, '\n');
  }
  const ssize_t wrote = ::write(fd.get(), line.data(), line.size());
  if (wrote < 0) return FailErrno(ErrorKind::kIo, "writing " + file, errno);
  if (static_cast<size_t>(wrote) != line.size()) {
    return Fail(ErrorKind::kIo, "writing {}: only {} of {} bytes were taken", file, wrote,
                line.size());
  }
  return {};
}

}  // namespace secure_exec
