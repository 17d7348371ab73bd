// What TYPE in TYPE/NAME means: "deploy", "Deployment", "deployments.apps", "deployments.v1.apps".
// No I/O. The rules are those of kubectl's RESTMapper and of its short names, in this order:
//
//   deployments.v1.apps   resource, version and group, all exact
//   deployments.apps      a group; where no group is that, one that begins so
//   deployments, deployment, Deployment   the plural, or the singular, in any case
//   deploy                a short name, exact, where no plural or singular is that
//   Endpoints.v1.         a kind, exact or in lower case, where nothing else is that
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secure_exec {

struct ApiResource {
  std::string group, version;          // group "" is the core group
  std::string plural, singular, kind;  // singular "" with old servers: the kind in lower case
  std::vector<std::string> short_names = {};
  bool namespaced = true;

  bool Is(std::string_view other_group, std::string_view other_kind) const {
    return group == other_group && kind == other_kind;
  }
};

// nullptr: none. `resources` are in order of preference, as Discover() gives them.
const ApiResource* FindResource(std::span<const ApiResource> resources, std::string_view typed);

// The kind in exactly this group and version, as a manifest names it.
const ApiResource* FindKind(std::span<const ApiResource> resources, std::string_view api_version,
                            std::string_view kind);

// The eight types that kubectl can exec into, as every server since 1.9 has them: no request is
// needed to know them. A server gives the same answer, unless one of its other API groups that
// comes before "apps" or "batch" has a resource of that very name (extensions/v1beta1 did before
// 1.16; its objects are the same ones).
std::span<const ApiResource> StandardResources();
// As FindResource() among them, where the group is given in full or not at all.
const ApiResource* FindStandardResource(std::string_view typed);

// "apps/v1", "v1".
std::string ApiVersion(const ApiResource& resource);
// "*v1.Deployment": how kubectl names the type in its errors.
std::string GoTypeName(const ApiResource& resource);
// "/apis/apps/v1/namespaces/NS/deployments"; NS is left out for what has no namespace. All parts
// must be safe in a path.
std::string ResourcePath(const ApiResource& resource, std::string_view name_space);
// "deployments.apps", "pods".
std::string QualifiedName(const ApiResource& resource);
// Whether kubectl's own scheme has types of that group; of others it cannot read an object.
bool IsKubernetesGroup(std::string_view group);

}  // namespace secure_exec
