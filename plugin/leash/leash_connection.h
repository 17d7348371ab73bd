// A second command beside the session's: on a connection of its own, as the same user, over the
// same protocol. It runs no credential plugin and asks no questions: what the session's client has
// must do (a token's file is read again).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "plugin/kubeconfig/access.h"
#include "plugin/leash/alarm.h"
#include "plugin/leash/leash_shell.h"
#include "plugin/remote/remote_command.h"

namespace secure_exec {

struct LeashPlace {
  std::string name_space, pod, container;  // safe in a URL
  Uuid recording{};
  std::vector<std::string> session_command;  // says which shell the image has
  ProtocolChoice protocol = ProtocolChoice::kAuto;
};

// The choice that means the protocol which a command speaks (RemoteCommand::protocol()).
ProtocolChoice ChoiceOf(std::string_view protocol);

class LeashConnector {
 public:
  // `name`, in the Audit-ID: "<id>.NAME", and "<id>.NAME2", …, for it must be another each time.
  LeashConnector(ClusterAccess access, LeashPlace place, std::string name,
                 const Environment& environment, const Clock& clock);

  // Opens a connection and starts the script. Blocks until `interrupt_fd` is readable at most.
  // `purpose`, one word, goes into the User-Agent. Errors say why nobody could be asked. Any
  // thread, one at a time.
  Result<std::unique_ptr<LeashShell>> Open(std::string_view purpose, int interrupt_fd);

 private:
  Result<std::unique_ptr<RemoteCommand>> Start(std::string_view purpose, int interrupt_fd);

  const ClusterAccess access_;
  const LeashPlace place_;
  const std::string name_;
  const Environment& environment_;
  const Clock& clock_;
  int opened_ = 0;
};

// Work on a thread of its own that ends in time: the poll loop waits for fd() beside the session.
class LeashTask {
 public:
  // Begins `work`, which is given the descriptor that ends its waiting: at `deadline_ns` (BootNs of
  // the system's clock), or when Cancel() is called. Signals must be blocked already.
  LeashTask(std::function<void(int interrupt_fd)> work, int64_t deadline_ns);
  ~LeashTask();  // cancels, and waits for the thread
  LeashTask(const LeashTask&) = delete;
  LeashTask& operator=(const LeashTask&) = delete;

  int fd() const { return done_fd_.get(); }  // readable once done() is true
  bool done() const { return done_; }
  void Cancel() { alarm_.Ring(); }
  void Wait();  // until it is done

 private:
  Alarm alarm_;
  UniqueFd done_fd_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace secure_exec
