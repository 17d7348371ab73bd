#include "plugin/api/pod.h"

#include <map>

#include "base/json.h"
#include "base/time_text.h"
#include "plugin/api/status.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

// 0 for what is no number that fits.
int64_t Number(const Json& object, const char* key) {
  const Json& member = JsonMember(object, key);
  if (!member.is_number_integer()) return 0;
  if (member.is_number_unsigned() && member.get<uint64_t>() > INT64_MAX) return 0;
  return member.get<int64_t>();
}

bool True(const Json& object, const char* key) {
  const Json& member = JsonMember(object, key);
  return member.is_boolean() && member.get<bool>();
}

// Kubelets write the zero time, or that of 1970, where they know none.
std::optional<int64_t> Time(const Json& object, const char* key) {
  const Json& member = JsonMember(object, key);
  if (!member.is_string()) return std::nullopt;
  const auto seconds = ParseRfc3339(member.get_ref<const std::string&>());
  return seconds && *seconds > 0 ? seconds : std::nullopt;
}

// etcd keeps objects of 1.5 MiB at most; the parser takes some 50 times a hostile text's size.
constexpr size_t kMaxPodBytes = 4 << 20;
constexpr size_t kMaxListing = 4096;
constexpr size_t kMaxConditions = 64;

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

ContainerState ParseState(const Json& json) {
  ContainerState state;
  const auto take = [&](const char* key, ContainerState::Kind kind) -> const Json& {
    const Json& found = JsonMember(json, key);
    if (found.is_object()) state.kind = kind;
    return found;
  };
  const Json* detail = &take("waiting", ContainerState::Kind::kWaiting);
  if (!detail->is_object()) detail = &take("running", ContainerState::Kind::kRunning);
  if (!detail->is_object()) detail = &take("terminated", ContainerState::Kind::kTerminated);
  state.reason = JsonText(*detail, "reason");
  state.message = JsonText(*detail, "message");
  state.exit_code = Number(*detail, "exitCode");
  state.signal = Number(*detail, "signal");
  state.started_s = Time(*detail, "startedAt");
  state.finished_s = Time(*detail, "finishedAt");
  return state;
}

void AddConditions(const Json& status, Pod& pod) {
  const Json& conditions = JsonMember(status, "conditions");
  if (!conditions.is_array()) return;
  for (const Json& entry : conditions) {
    if (pod.conditions.size() == kMaxConditions) break;
    pod.conditions.push_back({.type = JsonText(entry, "type"),
                              .status = JsonText(entry, "status"),
                              .reason = JsonText(entry, "reason"),
                              .message = JsonText(entry, "message"),
                              .since_s = Time(entry, "lastTransitionTime")});
  }
}

void AddContainers(const Section& section, const Json& spec, const Json& status, Pod& pod) {
  std::map<std::string, const Json*> states;
  if (const Json& statuses = JsonMember(status, section.status); statuses.is_array()) {
    for (const Json& state : statuses) states.emplace(JsonText(state, "name"), &state);
  }
  const Json& listed = JsonMember(spec, section.spec);
  if (!listed.is_array()) return;
  for (const Json& entry : listed) {
    Pod::Container container;
    container.name = JsonText(entry, "name");
    container.image = JsonText(entry, "image");
    container.kind = section.kind;
    container.sidecar = section.kind == Kind::kInit && JsonText(entry, "restartPolicy") == "Always";
    if (const auto state = states.find(container.name); state != states.end()) {
      container.container_id = JsonText(*state->second, "containerID");
      container.image_id = JsonText(*state->second, "imageID");
      container.started = True(*state->second, "started");
      container.restarts = Number(*state->second, "restartCount");
      container.state = ParseState(JsonMember(*state->second, "state"));
      container.last_state = ParseState(JsonMember(*state->second, "lastState"));
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
  if (json.is_discarded() || !json.is_object() || JsonText(json, "kind") != "Pod")
    return Fail(ErrorKind::kServer, "the server's answer for the pod is no Pod object: {}",
                SafeForTerminal(text.substr(0, 400), 200));
  const Json& metadata = JsonMember(json, "metadata");
  const Json& spec = JsonMember(json, "spec");
  const Json& status = JsonMember(json, "status");
  Pod pod;
  pod.name = JsonText(metadata, "name");
  pod.name_space = JsonText(metadata, "namespace");
  pod.uid = JsonText(metadata, "uid");
  pod.node = JsonText(spec, "nodeName");
  pod.phase = JsonText(status, "phase");
  pod.reason = JsonText(status, "reason");
  pod.message = JsonText(status, "message");
  pod.created_s = Time(metadata, "creationTimestamp");
  pod.started_s = Time(status, "startTime");
  pod.deletion_s = Time(metadata, "deletionTimestamp");
  pod.deletion_grace_s = Number(metadata, "deletionGracePeriodSeconds");
  AddConditions(status, pod);
  pod.default_container =
      JsonText(JsonMember(metadata, "annotations"), "kubectl.kubernetes.io/default-container");
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
