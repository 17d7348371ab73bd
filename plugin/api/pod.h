// A pod, as far as exec needs it, and the choice of a container in it as kubectl makes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace secure_exec {

struct Pod {
  struct Container {
    std::string name, image, image_id, container_id;  // the ids empty until it was started
    enum class Kind { kRegular, kEphemeral, kInit } kind = Kind::kRegular;
  };
  std::string name, name_space, uid, node, phase;
  std::string default_container;      // kubectl.kubernetes.io/default-container
  std::vector<Container> containers;  // regular, then ephemeral, then init: kubectl's order
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
