#include "plugin/api/pod.h"

#include <algorithm>
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
  const Json& listed = Member(spec, section.spec);
  if (!listed.is_array()) return;
  for (const Json& entry : listed) {
    Pod::Container container;
    container.name = Text(entry, "name");
    container.image = Text(entry, "image");
    container.kind = section.kind;
    const Json& statuses = Member(status, section.status);
    if (statuses.is_array()) {
      for (const Json& state : statuses) {
        if (Text(state, "name") != container.name) continue;
        container.container_id = Text(state, "containerID");
        container.image_id = Text(state, "imageID");
      }
    }
    pod.containers.push_back(std::move(container));
  }
}

std::string Listing(const Pod& pod) {
  std::string names;
  for (const Pod::Container& container : pod.containers) {
    if (!names.empty()) names += ", ";
    names += container.name;
    if (container.kind == Kind::kEphemeral) names += " (ephem)";
    if (container.kind == Kind::kInit) names += " (init)";
  }
  return SafeForTerminal(names, 4096);
}

}  // namespace

Result<Pod> ParsePod(std::string_view text) {
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
  if (pod.name.empty() || pod.containers.empty())
    return Fail(ErrorKind::kServer, "the server's answer for the pod has no name or no containers");
  return pod;
}

Result<ContainerChoice> ChooseContainer(const Pod& pod, std::string_view wanted) {
  if (pod.phase == "Succeeded" || pod.phase == "Failed")
    return Fail(ErrorKind::kUsage,
                "cannot exec into a container in a completed pod; current phase is {}", pod.phase);
  std::string name(wanted.empty() ? std::string_view(pod.default_container) : wanted);
  ContainerChoice choice;
  if (name.empty()) {
    name = pod.containers.front().name;
    if (pod.containers.size() > 1)
      choice.notice =
          fmt::format("Defaulted container \"{}\" out of: {}", SafeForTerminal(name), Listing(pod));
  }
  const auto found =
      std::find_if(pod.containers.begin(), pod.containers.end(),
                   [&](const Pod::Container& container) { return container.name == name; });
  if (found == pod.containers.end())
    return Fail(ErrorKind::kUsage, "container {} is not valid for pod {} out of: {}",
                SafeForTerminal(name), SafeForTerminal(pod.name), Listing(pod));
  choice.container = *found;
  return choice;
}

}  // namespace secure_exec
