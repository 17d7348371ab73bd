#include "plugin/target/resource_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/ascii.h"

namespace secure_exec {
namespace {

// What was typed, taken apart one way or another. An empty group or version was not given.
struct Query {
  std::string group, version, name;
};

bool HasShortName(const ApiResource& resource, std::string_view name) {
  return std::find(resource.short_names.begin(), resource.short_names.end(), name) !=
         resource.short_names.end();
}

// A short name in full; anything else as it is.
Query Expand(std::span<const ApiResource> resources, const Query& query) {
  const auto full = [&](const ApiResource& resource) {
    return Query{.group = resource.group, .version = "", .name = resource.plural};
  };
  const auto in_group = [&](const ApiResource& resource) {
    return query.group.empty() || query.group == resource.group;
  };
  for (const ApiResource& resource : resources) {
    if (in_group(resource) && (query.name == resource.plural || query.name == resource.singular))
      return query;
  }
  for (const ApiResource& resource : resources) {
    if (in_group(resource) && HasShortName(resource, query.name)) return full(resource);
  }
  if (query.group.empty()) return query;
  for (const ApiResource& resource : resources) {
    if (resource.group.starts_with(query.group) && HasShortName(resource, query.name)) {
      Query prefixed = full(resource);
      prefixed.version = query.version;
      return prefixed;
    }
  }
  return query;
}

const ApiResource* FindByName(std::span<const ApiResource> resources, const Query& typed) {
  const Query query = Expand(resources, typed);
  const std::string name = AsciiLower(query.name);
  const auto find = [&](auto&& group_fits) -> const ApiResource* {
    for (const ApiResource& resource : resources) {
      const bool named =
          name == resource.plural ||
          name == (resource.singular.empty() ? AsciiLower(resource.kind) : resource.singular);
      if (named && (query.version.empty() || query.version == resource.version) &&
          group_fits(resource.group))
        return &resource;
    }
    return nullptr;
  };
  if (query.group.empty()) return find([](const std::string&) { return true; });
  const ApiResource* exact = find([&](const std::string& group) { return group == query.group; });
  // With a version as well there is no guessing.
  if (exact != nullptr || !query.version.empty()) return exact;
  return find([&](const std::string& group) { return group.starts_with(query.group); });
}

const ApiResource* FindByKind(std::span<const ApiResource> resources, const Query& query) {
  for (const ApiResource& resource : resources) {
    if (resource.group == query.group &&
        (query.name == resource.kind || query.name == AsciiLower(resource.kind)) &&
        (query.version.empty() || query.version == resource.version))
      return &resource;
  }
  return nullptr;
}

}  // namespace

const ApiResource* FindResource(std::span<const ApiResource> resources, std::string_view typed) {
  const size_t dot = std::min(typed.find('.'), typed.size());
  const std::string name(typed.substr(0, dot));
  const std::string rest(typed.substr(std::min(dot + 1, typed.size())));
  const Query grouped{.group = rest, .version = "", .name = name};
  std::optional<Query> versioned;
  if (const size_t second = rest.find('.'); second != std::string::npos)
    versioned =
        Query{.group = rest.substr(second + 1), .version = rest.substr(0, second), .name = name};

  const ApiResource* found = versioned ? FindByName(resources, *versioned) : nullptr;
  if (found == nullptr) found = FindByName(resources, grouped);
  if (found == nullptr && versioned) found = FindByKind(resources, *versioned);
  if (found == nullptr) found = FindByKind(resources, grouped);
  return found;
}

const ApiResource* FindKind(std::span<const ApiResource> resources, std::string_view api_version,
                            std::string_view kind) {
  for (const ApiResource& resource : resources) {
    if (resource.kind == kind && ApiVersion(resource) == api_version) return &resource;
  }
  return nullptr;
}

std::span<const ApiResource> StandardResources() {
  static const ApiResource kStandard[] = {
      {"", "v1", "pods", "pod", "Pod", {"po"}},
      {"", "v1", "services", "service", "Service", {"svc"}},
      {"",
       "v1",
       "replicationcontrollers",
       "replicationcontroller",
       "ReplicationController",
       {"rc"}},
      {"apps", "v1", "deployments", "deployment", "Deployment", {"deploy"}},
      {"apps", "v1", "replicasets", "replicaset", "ReplicaSet", {"rs"}},
      {"apps", "v1", "statefulsets", "statefulset", "StatefulSet", {"sts"}},
      {"apps", "v1", "daemonsets", "daemonset", "DaemonSet", {"ds"}},
      {"batch", "v1", "jobs", "job", "Job"},
  };
  return kStandard;
}

const ApiResource* FindStandardResource(std::string_view typed) {
  const ApiResource* found = FindResource(StandardResources(), typed);
  if (found == nullptr) return nullptr;
  const size_t dot = typed.find('.');
  if (dot == std::string_view::npos) return found;
  const std::string_view rest = typed.substr(dot + 1);
  const bool whole = rest == found->group || rest == found->version + "." + found->group;
  return whole ? found : nullptr;
}

std::string ApiVersion(const ApiResource& resource) {
  return resource.group.empty() ? resource.version : resource.group + "/" + resource.version;
}

std::string GoTypeName(const ApiResource& resource) {
  return fmt::format("*{}.{}", resource.version, resource.kind);
}

std::string ResourcePath(const ApiResource& resource, std::string_view name_space) {
  return fmt::format("{}/{}{}/{}", resource.group.empty() ? "/api" : "/apis", ApiVersion(resource),
                     resource.namespaced ? fmt::format("/namespaces/{}", name_space) : "",
                     resource.plural);
}

std::string QualifiedName(const ApiResource& resource) {
  return resource.group.empty() ? resource.plural : resource.plural + "." + resource.group;
}

bool IsKubernetesGroup(std::string_view group) {
  static constexpr std::string_view kGroups[] = {
      "",
      "admissionregistration.k8s.io",
      "apps",
      "authentication.k8s.io",
      "authorization.k8s.io",
      "autoscaling",
      "batch",
      "certificates.k8s.io",
      "coordination.k8s.io",
      "discovery.k8s.io",
      "events.k8s.io",
      "extensions",
      "flowcontrol.apiserver.k8s.io",
      "internal.apiserver.k8s.io",
      "networking.k8s.io",
      "node.k8s.io",
      "policy",
      "rbac.authorization.k8s.io",
      "resource.k8s.io",
      "scheduling.k8s.io",
      "storage.k8s.io",
      "storagemigration.k8s.io",
  };
  return std::find(std::begin(kGroups), std::end(kGroups), group) != std::end(kGroups);
}

}  // namespace secure_exec
