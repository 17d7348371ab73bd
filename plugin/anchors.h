// Anchors: tells the API server's audit log what the recording holds (docs/format.md section 11),
// so that nobody can cut or replace it later unseen. Each is one GET of the pod's exec without an
// upgrade: the server refuses it (400) and logs it, User-Agent and all; it needs no right beyond
// exec and starts nothing. The start has its anchor in the exec request itself.
//
// While the session runs a thread of its own sends them, for a request blocks. It asks no questions
// and runs no credential plugin: what the session's client has must do.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/bytes.h"
#include "base/environment.h"
#include "base/result.h"
#include "plugin/api/api_client.h"
#include "recorder/container/anchor.h"

namespace secure_exec {

class Recorder;

inline constexpr int64_t kAnchorPatienceNs = 5 * kSecond;

class Anchors {
 public:
  struct Target {
    std::string name_space, pod, container;  // safe in a URL
    Uuid recording{};
  };
  // `access` without its credential plugin is what the requests are made with.
  static Result<std::unique_ptr<Anchors>> Create(ClusterAccess access, Target target,
                                                 const Environment& environment);
  // Ends the thread, if one runs; a request under way is waited for.
  ~Anchors();

  // Sends one every `interval_ns` in which something was recorded: asks `recorder` to make what it
  // has a whole frame, and anchors that. Signals must be blocked already. Call once.
  void Begin(Recorder& recorder, int64_t interval_ns);
  // Ends what Begin() began. Must be called before the recorder is sealed.
  void Stop();
  // The seal's anchor. Blocks, for kAnchorPatienceNs at most.
  Result<void> SendSeal(const Hash& link);
  // Why the last of the thread's requests failed, if one did. After Stop().
  const std::optional<Error>& failure() const { return failure_; }

 private:
  Anchors(std::unique_ptr<ApiClient> client, Target target);
  Result<void> Send(const Anchor& anchor, const std::string& audit_id);
  void Run(Recorder& recorder, int64_t interval_ns);
  // True: it is over.
  bool Pause(int64_t ns);

  const std::unique_ptr<ApiClient> client_;
  const Target target_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::optional<Error> failure_;
  std::thread thread_;
};

}  // namespace secure_exec
