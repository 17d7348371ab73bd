// Which resources a server has: aggregated discovery (two requests) from servers that know it,
// /api, /apis and one document for each group and version from those that do not (before 1.26).
// What a server lists is bounded, and names that cannot stand in a path are passed over.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plugin/api/api_client.h"
#include "plugin/target/resource_type.h"

namespace secure_exec {

using SendRequest = std::function<Result<HttpResponse>(const HttpRequest&)>;

struct GroupVersion {
  std::string group, version;
};

// In order of preference: the core group, then the groups as the server lists them, in each the
// preferred version first. As kubectl, goes without a group whose document cannot be had, and
// without /api or /apis where they are forbidden or not there.
Result<std::vector<ApiResource>> Discover(const SendRequest& send);

// The documents. False: it is none, or of more than 8 MiB.
// An APIGroupDiscoveryList.
bool ReadAggregated(std::string_view json, std::vector<ApiResource>& resources);
// An APIVersions or an APIGroupList.
bool ReadGroups(std::string_view json, std::vector<GroupVersion>& versions);
// An APIResourceList.
bool ReadResources(std::string_view json, const GroupVersion& of,
                   std::vector<ApiResource>& resources);

}  // namespace secure_exec
