// What --reap must know of a session. It stands in the recording's header: the pod's UID, the
// container's id, when the session started. A note beside the recording, `<id>.reap`, holds that
// much for an encrypted one, whose header nobody here can read; and for any, once a leash has seen
// what is left, which processes those are. It is there only while there may be something to end, and
// after --reap, which says so when it is asked again.
#pragma once

#include <optional>
#include <string>

#include "base/file_ops.h"
#include "base/result.h"
#include "plugin/leash/leash.h"
#include "recorder/cast/header.h"

namespace secure_exec {

class ReapNote {
 public:
  // The one beside the recording whose path is `recording`.
  ReapNote(const std::string& recording, FileOps& files);
  struct Content {
    CastHeader header;  // has a session
    std::optional<LeashKnown> known;
  };
  // kNotFound: there is none. kFormat, kIo.
  Result<Content> Read();
  // In place of one that is there; of `header` what is needed. kIo: what is left cannot be reaped.
  Result<void> Write(const CastHeader& header, const std::optional<LeashKnown>& known);
  void Remove();  // what Write() or Read() knows to be there
  // What is known after a leash: writes it, or removes the note where nothing is left.
  Result<void> Update(const CastHeader& header, const LeashReport& report);

 private:
  std::string path_;
  FileOps& files_;
  bool there_ = false;
  bool lists_ = false;  // the processes stand in it
};

// Which boot of which machine CLOCK_BOOTTIME counts from; empty where that is not known.
std::string BootId();

// When the session's first process was started, on the clock of now, of which `boot_id`, `boot_ns`
// and `wall_ns` are. On the same boot by its steady clock, else by the wall clocks, whose steps are
// allowed for.
LeashTarget ReapTarget(const SessionInfo& session, const std::string& boot_id, int64_t boot_ns,
                       int64_t wall_ns);

}  // namespace secure_exec
