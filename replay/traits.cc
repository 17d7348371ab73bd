#include "replay/traits.h"

#include "base/clock.h"
#include "replay/format.h"

namespace secure_exec {
namespace {

int64_t After(int64_t wall_ns, uint64_t us) {
  constexpr uint64_t kMost = INT64_MAX / 1000;
  int64_t end = 0;
  const auto ns = static_cast<int64_t>(std::min(us, kMost)) * kMicrosecond;
  return __builtin_add_overflow(wall_ns, ns, &end) ? INT64_MAX : end;
}

}  // namespace

Traits TraitsOf(const Summary& summary, bool live) {
  Traits traits;
  traits.start_wall_ns = StartWallNs(summary.header);
  if (!live) {
    const auto length_us = static_cast<uint64_t>(std::max<int64_t>(summary.duration_us, 0));
    traits.end_wall_ns = After(traits.start_wall_ns, length_us);
  }
  traits.exit = summary.exit;
  traits.live = live;
  traits.sealed = summary.ending == Recording::Ending::kSealed;
  if (!summary.header.session) return traits;
  const SessionInfo& session = *summary.header.session;
  traits.context = session.context;
  traits.name_space = session.name_space;
  traits.pod = session.pod;
  traits.container = session.container;
  std::vector<std::string> users = {session.user.local, session.user.kubeconfig};
  if (auto name = CommonName(session.user.certificate); !name.empty()) {
    users.push_back(std::move(name));
  }
  traits.users = std::move(users);
  return traits;
}

Traits TraitsOf(const LockedRecording& locked, bool live) {
  Traits traits;
  traits.start_wall_ns = locked.start_wall_ns();
  if (locked.seal) traits.end_wall_ns = After(traits.start_wall_ns, locked.seal->duration_us);
  traits.live = live;
  traits.sealed = locked.state == "sealed";
  // As the store's directories are called: the names made safe, which most are already.
  const size_t pod = locked.place.rfind('/');
  const size_t name_space = pod == std::string::npos ? pod : locked.place.rfind('/', pod - 1);
  if (pod == std::string::npos || pod == 0 || name_space == std::string::npos) return traits;
  traits.context = locked.place.substr(0, name_space);
  traits.name_space = locked.place.substr(name_space + 1, pod - name_space - 1);
  traits.pod = locked.place.substr(pod + 1);
  return traits;
}

}  // namespace secure_exec
