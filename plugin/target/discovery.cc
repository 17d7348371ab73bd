#include "plugin/target/discovery.h"

#include <algorithm>

#include "base/json.h"
#include "plugin/api/status.h"
#include "plugin/kubeconfig/access.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxDocument = 8 << 20;
// A cluster with every operator there is has some 300 groups and 3000 resources.
constexpr size_t kMaxGroupVersions = 1000;
constexpr size_t kMaxResources = 20'000;
constexpr size_t kMaxShortNames = 32;

constexpr char kAccept[] =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

Json Parse(std::string_view text, const char* kind) {
  if (text.size() > kMaxDocument) return nullptr;
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || JsonText(json, "kind") != kind) return nullptr;
  return json;
}

const Json& Array(const Json& object, const char* key) {
  static const Json empty = Json::array();
  const Json& member = JsonMember(object, key);
  return member.is_array() ? member : empty;
}

bool IsSegment(const std::string& text) {
  return text.size() <= 253 && PathSegmentProblem(text).empty();
}

void Add(const Json& entry, ApiResource resource, std::vector<ApiResource>& resources) {
  if (resources.size() >= kMaxResources) return;
  const bool group_fits = resource.group.empty() || IsSegment(resource.group);
  if (!group_fits || !IsSegment(resource.version) || !IsSegment(resource.plural) ||
      !IsSegment(resource.kind))
    return;  // "pods/exec" among others
  for (const Json& name : Array(entry, "shortNames")) {
    if (name.is_string() && resource.short_names.size() < kMaxShortNames)
      resource.short_names.push_back(name.get<std::string>());
  }
  resources.push_back(std::move(resource));
}

// The document at `path`; empty where kubectl goes on without it.
Result<std::string> Fetch(const SendRequest& send, const std::string& path) {
  auto response = send({.path = path, .accept = kAccept});
  if (!response) return tl::unexpected(response.error());
  if (response->code == 403 || response->code == 404) return std::string();
  if (response->code != 200)
    return tl::unexpected(ErrorFromResponse(response->code, response->body, "get " + path));
  return std::move(response->body);
}

Result<void> DiscoverBelow(const SendRequest& send, const std::string& root,
                           std::vector<ApiResource>& resources) {
  const auto document = Fetch(send, root);
  if (!document) return tl::unexpected(document.error());
  if (document->empty() || ReadAggregated(*document, resources)) return {};
  std::vector<GroupVersion> versions;
  if (!ReadGroups(*document, versions))
    return Fail(ErrorKind::kServer, "the server's answer for {} is no list of API groups: {}", root,
                SafeForTerminal(document->substr(0, 400), 200));
  for (const GroupVersion& each : versions) {
    const std::string path = each.group.empty() ? root + "/" + each.version
                                                : root + "/" + each.group + "/" + each.version;
    auto response = send({.path = path});
    if (!response) return tl::unexpected(response.error());
    if (response->code == 200) ReadResources(response->body, each, resources);
  }
  return {};
}

}  // namespace

bool ReadAggregated(std::string_view text, std::vector<ApiResource>& resources) {
  const Json json = Parse(text, "APIGroupDiscoveryList");
  if (json.is_null()) return false;
  for (const Json& group : Array(json, "items")) {
    const std::string name = JsonText(JsonMember(group, "metadata"), "name");
    for (const Json& version : Array(group, "versions")) {
      for (const Json& entry : Array(version, "resources")) {
        Add(entry,
            {.group = name,
             .version = JsonText(version, "version"),
             .plural = JsonText(entry, "resource"),
             .singular = JsonText(entry, "singularResource"),
             .kind = JsonText(JsonMember(entry, "responseKind"), "kind"),
             .namespaced = JsonText(entry, "scope") == "Namespaced"},
            resources);
      }
    }
  }
  return true;
}

bool ReadGroups(std::string_view text, std::vector<GroupVersion>& versions) {
  const auto add = [&](const std::string& group, const std::string& version) {
    if (versions.size() < kMaxGroupVersions && (group.empty() || IsSegment(group)) &&
        IsSegment(version))
      versions.push_back({group, version});
  };
  if (const Json json = Parse(text, "APIVersions"); !json.is_null()) {
    for (const Json& version : Array(json, "versions")) {
      if (version.is_string()) add("", version.get<std::string>());
    }
    return true;
  }
  const Json json = Parse(text, "APIGroupList");
  if (json.is_null()) return false;
  for (const Json& group : Array(json, "groups")) {
    const std::string name = JsonText(group, "name");
    if (name.empty()) continue;
    const std::string preferred = JsonText(JsonMember(group, "preferredVersion"), "version");
    if (!preferred.empty()) add(name, preferred);
    for (const Json& version : Array(group, "versions")) {
      if (const std::string each = JsonText(version, "version"); each != preferred) add(name, each);
    }
  }
  return true;
}

bool ReadResources(std::string_view text, const GroupVersion& of,
                   std::vector<ApiResource>& resources) {
  const Json json = Parse(text, "APIResourceList");
  if (json.is_null()) return false;
  for (const Json& entry : Array(json, "resources")) {
    const Json& namespaced = JsonMember(entry, "namespaced");
    Add(entry,
        {.group = of.group,
         .version = of.version,
         .plural = JsonText(entry, "name"),
         .singular = JsonText(entry, "singularName"),
         .kind = JsonText(entry, "kind"),
         .namespaced = namespaced.is_boolean() && namespaced.get<bool>()},
        resources);
  }
  return true;
}

Result<std::vector<ApiResource>> Discover(const SendRequest& send) {
  std::vector<ApiResource> resources;
  for (const char* root : {"/api", "/apis"}) {
    if (auto done = DiscoverBelow(send, root, resources); !done)
      return tl::unexpected(done.error());
  }
  return resources;
}

}  // namespace secure_exec
