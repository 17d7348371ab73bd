#include "plugin/reap_note.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/unique_fd.h"
#include "plugin/leash/script.h"
#include "recorder/container/byte_source.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxNote = kMaxListBytes + (64 << 10);
// From the header, which is written before the request, to the server's answer to it.
constexpr int64_t kRequestNs = 2 * kSecond;
// By how much wall clocks are off each other, or have been set since.
constexpr int64_t kWallSlackNs = 2 * kSecond;

// Who was recorded, and what was typed, is not in it.
CastHeader Needed(const CastHeader& header) {
  const SessionInfo& from = *header.session;
  CastHeader out;
  SessionInfo& to = out.session.emplace();
  to.id = from.id;
  to.start_wall_ns = from.start_wall_ns;
  to.start_boot_ns = from.start_boot_ns;
  to.boot_id = from.boot_id;
  to.context = from.context;
  to.server = from.server;
  to.name_space = from.name_space;
  to.pod = from.pod;
  to.pod_uid = from.pod_uid;
  to.container = from.container;
  to.container_id = from.container_id;
  to.tty = from.tty;
  to.command = LeashShellOf(from.command);
  return out;
}

}  // namespace

ReapNote::ReapNote(const std::string& recording, FileOps& files)
    : path_(recording.substr(0, recording.rfind('/') + 1)), files_(files) {
  // X.cast.zst and X.cast.zst.age: X is the id.
  const std::string name = recording.substr(path_.size());
  path_ += name.substr(0, name.find('.')) + ".reap";
}

Result<ReapNote::Content> ReapNote::Read() {
  auto source = FileSource::Open(path_, /*follow=*/false);
  if (!source) return tl::unexpected(source.error());
  there_ = true;
  std::string text(kMaxNote, '\0');
  const auto size = (*source)->ReadAt(0, text.data(), text.size());
  if (!size) return tl::unexpected(size.error());
  text.resize(*size);
  const size_t end = std::min(text.find('\n'), text.size());
  auto header = ParseHeader(std::string_view(text).substr(0, end));
  if (!header || !header->session) {
    return Fail(ErrorKind::kFormat, "{}: it does not say which session it is of", path_);
  }
  Content content{.header = std::move(*header), .known = std::nullopt};
  text.erase(0, std::min(end + 1, text.size()));
  if (text.empty()) return content;
  auto list = ParseProcessList(text);
  const Process* root = list ? list->Find(list->lister) : nullptr;
  if (root == nullptr) {
    return Fail(ErrorKind::kFormat, "{}: what it says is left cannot be read", path_);
  }
  lists_ = true;
  content.known = LeashKnown{.root = *root, .members = list->processes};
  return content;
}

Result<void> ReapNote::Write(const CastHeader& header, const std::optional<LeashKnown>& known) {
  std::string text = EncodeHeader(Needed(header));
  const size_t header_size = text.size();
  // What stands in it already stays, whatever becomes of the list.
  const bool append = there_ && !lists_ && known;
  if (known) {
    // A list as the script makes it, with the session's first process, whether it lives or not, in
    // the lister's place.
    ProcessList list{.processes = known->members, .uptime_ticks = 0, .lister = known->root.pid};
    const bool has_root =
        std::any_of(list.processes.begin(), list.processes.end(),
                    [&](const Process& one) { return one.pid == known->root.pid; });
    if (!has_root) list.processes.push_back(known->root);
    text += FormatProcessList(list);
  }
  if (!append) Remove();
  const int flags = append ? O_APPEND | O_NOFOLLOW : O_CREAT | O_EXCL;
  const int fd = files_.Open(path_, O_WRONLY | flags, 0600);
  if (fd < 0) return FailErrno(ErrorKind::kIo, "making " + path_, -fd);
  ssize_t written = 0;
  for (std::string_view rest = std::string_view(text).substr(append ? header_size : 0);
       !rest.empty() && written >= 0;) {
    written = files_.Write(fd, rest.data(), rest.size());
    if (written == 0) written = -ENOSPC;
    if (written > 0) rest.remove_prefix(static_cast<size_t>(written));
  }
  if (written < 0 && append) (void)files_.Truncate(fd, static_cast<off_t>(header_size));
  files_.Close(fd);
  there_ = true;
  if (written > 0) lists_ = known.has_value();
  if (written > 0) return {};
  if (!append) Remove();
  return FailErrno(ErrorKind::kIo, "writing " + path_, static_cast<int>(-written));
}

void ReapNote::Remove() {
  if (there_) files_.Unlink(path_);
  there_ = lists_ = false;
}

Result<void> ReapNote::Update(const CastHeader& header, const LeashReport& report) {
  if (report.clean() || (report.none && report.mode == LeashMode::kAsk)) {
    Remove();
    return {};
  }
  if (!report.root || report.left.empty()) return {};  // nothing was learnt
  return Write(header, LeashKnown{.root = *report.root, .members = report.left});
}

std::string BootId() {
  constexpr size_t kUuidText = 36;
  const UniqueFd fd(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  std::string text(kUuidText, '\0');
  if (!fd || ::read(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      !ParseUuid(text)) {
    return "";
  }
  return text;
}

LeashTarget ReapTarget(const SessionInfo& session, const std::string& boot_id, int64_t boot_ns,
                       int64_t wall_ns) {
  LeashTarget target;
  target.tty = session.tty;
  if (session.start_boot_ns && !boot_id.empty() && boot_id == session.boot_id) {
    target.earliest_ns = *session.start_boot_ns;
  } else {
    target.earliest_ns = boot_ns - (wall_ns - session.start_wall_ns);
    target.slack_ns = kWallSlackNs;
  }
  target.latest_ns = target.earliest_ns + kRequestNs + kStartPatienceNs;
  return target;
}

}  // namespace secure_exec
