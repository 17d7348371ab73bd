#include "plugin/api/pod.h"

#include <map>
#include <nlohmann/json.hpp>

#include "plugin/api/status.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

const Json& Member(const Json& object, const char* key) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found != object.end() ? *found : null;
}

std::string Text(const Json& object, const char* key) {
  const Json& member = Member(object, key);
  return member.is_string() ? member.get<std::string>() : "";
}

// etcd keeps objects of 1.5 MiB at most; the parser takes some 50 times a hostile text's size.
constexpr size_t kMaxPodBytes = 4 << 20;
constexpr size_t kMaxListing = 4096;

using Kind = Pod::Container::Kind;

struct Section {
  const char* spec;
  const char* status;
  Kind kind;
};

// kubectl's order.
constexpr Section kSections[] = {
    {"containers", "containerStatuses", Kind::kRegular},
    {"ephemeralContainers", "ephemeralContainerStatuses", Kind::kEphemeral},
    {"initContainers", "initContainerStatuses", Kind::kInit},
};

void AddContainers(const Section& section, const Json& spec, const Json& status, Pod& pod) {
  std::map<std::string, const Json*> states;
  if (const Json& statuses = Member(status, section.status); statuses.is_array()) {
    for (const Json& state : statuses) states.emplace(Text(state, "name"), &state);
  }
  const Json& listed = Member(spec, section.spec);
  if (!listed.is_array()) return;
  for (const Json& entry : listed) {
    Pod::Container container;
    container.name = Text(entry, "name");
    container.image = Text(entry, "image");
    container.kind = section.kind;
    if (const auto state = states.find(container.name); state != states.end()) {
      container.container_id = Text(*state->second, "containerID");
      container.image_id = Text(*state->second, "imageID");
    }
    pod.containers.push_back(std::move(container));
  }
}

std::string Listing(const Pod& pod) {
  std::string names;
  for (const Pod::Container& container : pod.containers) {
    if (names.size() > kMaxListing) break;
    if (!names.empty()) names += ", ";
    names += container.name;
    if (container.kind == Kind::kEphemeral) names += " (ephem)";
    if (container.kind == Kind::kInit) names += " (init)";
  }
  return SafeForTerminal(names, kMaxListing);
}

}  // namespace

Result<Pod> ParsePod(std::string_view text) {
  if (text.size() > kMaxPodBytes)
    return Fail(ErrorKind::kServer, "the server's answer for the pod is too large ({} bytes)",
                text.size());
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object() || Text(json, "kind") != "Pod")
    return Fail(ErrorKind::kServer, "the server's answer for the pod is no Pod object: {}",
                SafeForTerminal(text.substr(0, 400), 200));
  const Json& metadata = Member(json, "metadata");
  const Json& spec = Member(json, "spec");
  const Json& status = Member(json, "status");
  Pod pod;
  pod.name = Text(metadata, "name");
  pod.name_space = Text(metadata, "namespace");
  pod.uid = Text(metadata, "uid");
  pod.node = Text(spec, "nodeName");
  pod.phase = Text(status, "phase");
  pod.default_container =
      Text(Member(metadata, "annotations"), "kubectl.kubernetes.io/default-container");
  for (const Section& section : kSections) AddContainers(section, spec, status, pod);
  if (pod.name.empty())
    return Fail(ErrorKind::kServer, "the server's answer for the pod has no name");
  return pod;
}

Result<ContainerChoice> ChooseContainer(const Pod& pod, std::string_view wanted) {
  if (pod.phase == "Succeeded" || pod.phase == "Failed")
    return Fail(ErrorKind::kServer,
                "cannot exec into a container in a completed pod; current phase is {}", pod.phase);
  const std::string_view name = wanted.empty() ? std::string_view(pod.default_container) : wanted;
  if (!name.empty()) {
    for (const Pod::Container& container : pod.containers) {
      if (container.name == name) return ContainerChoice{container, ""};
    }
    return Fail(ErrorKind::kServer, "container {} is not valid for pod {} out of: {}",
                SafeForTerminal(name), SafeForTerminal(pod.name), Listing(pod));
  }
  if (pod.containers.empty() || pod.containers[0].kind != Kind::kRegular)
    return Fail(ErrorKind::kServer, "pod {}/{} does not have any containers",
                SafeForTerminal(pod.name_space), SafeForTerminal(pod.name));
  ContainerChoice choice{pod.containers[0], ""};
  if (pod.containers.size() > 1)
    choice.notice = fmt::format("Defaulted container \"{}\" out of: {}",
                                SafeForTerminal(choice.container.name), Listing(pod));
  return choice;
}

}  // namespace secure_exec
