// A pod, as far as exec needs it, and the choice of a container in it as kubectl makes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace secure_exec {

struct ContainerState {
  enum class Kind { kUnknown, kWaiting, kRunning, kTerminated } kind = Kind::kUnknown;
  std::string reason, message;
  int64_t exit_code = 0, signal = 0;             // of a terminated one
  std::optional<int64_t> started_s, finished_s;  // seconds since 1970, by the node's clock
};

struct Pod {
  struct Container {
    std::string name, image, image_id, container_id;  // the ids empty until it was started
    enum class Kind { kRegular, kEphemeral, kInit } kind = Kind::kRegular;
    bool sidecar = false;  // an init container that goes on running: restartPolicy Always
    bool started = false;  // its startup probe, where it has one, has succeeded
    int64_t restarts = 0;
    ContainerState state = {}, last_state = {};
  };
  struct Condition {
    std::string type, status, reason, message;
    std::optional<int64_t> since_s;
  };
  std::string name, name_space, uid, node, phase;
  std::string reason, message;        // of the phase: Evicted, NodeLost, DeadlineExceeded …
  std::string default_container;      // kubectl.kubernetes.io/default-container
  std::vector<Container> containers;  // regular, then ephemeral, then init: kubectl's order
  std::vector<Condition> conditions;  // the first 64
  std::optional<int64_t> created_s, started_s;  // by the API server's clock; by the node's
  // Set when it is being deleted: the end of its grace period, and how long that is.
  std::optional<int64_t> deletion_s;
  int64_t deletion_grace_s = 0;
};

// kServer unless `json` is a pod of at most 4 MiB with a name. Field types are checked; what is
// absent stays empty.
Result<Pod> ParsePod(std::string_view json);

struct ContainerChoice {
  Pod::Container container;
  std::string notice;  // 'Defaulted container "app" out of: app, side, ini (init)' or empty
};
// `wanted` empty: the annotation's, else the first. Fails as kubectl 1.36 does, also for a pod
// whose phase is Succeeded or Failed. Texts are safe for a terminal.
Result<ContainerChoice> ChooseContainer(const Pod& pod, std::string_view wanted);

}  // namespace secure_exec
