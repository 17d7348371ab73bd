// What a server lists as its resources, and what a type means among them. The first line is the
// type as a user types it, the rest is the server's document.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "plugin/kubeconfig/access.h"
#include "plugin/target/discovery.h"

namespace {

using secure_exec::ApiResource;

void CheckSegment(const std::string& text) {
  if (!secure_exec::PathSegmentProblem(text).empty()) std::abort();
}

void CheckGroupVersion(const std::string& group, const std::string& version) {
  if (!group.empty()) CheckSegment(group);
  CheckSegment(version);
}

// What is found must be one of `resources`.
void CheckFound(const std::vector<ApiResource>& resources, const ApiResource* found) {
  if (found < resources.data() || found >= resources.data() + resources.size()) std::abort();
}

// Neither a dot, where the type would be taken apart, nor a capital, which no type has.
bool IsPlain(const std::string& text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '.' || (c >= 'A' && c <= 'Z'); });
}

// By its full name each is found, or one of the same group and version that comes before it.
void CheckFindable(const std::vector<ApiResource>& resources, const ApiResource& each) {
  const std::string api_version = ApiVersion(each);
  const ApiResource* by_kind = FindKind(resources, api_version, each.kind);
  CheckFound(resources, by_kind);
  if (by_kind->kind != each.kind) std::abort();
  if (!IsPlain(each.plural) || !IsPlain(each.version)) return;
  const ApiResource* by_name =
      FindResource(resources, each.plural + "." + each.version + "." + each.group);
  CheckFound(resources, by_name);
  if (by_name->version != each.version) std::abort();
  if (!each.group.empty() && by_name->group != each.group) std::abort();
}

void CheckResources(const std::vector<ApiResource>& resources, std::string_view typed) {
  for (const ApiResource& each : resources) {
    CheckGroupVersion(each.group, each.version);
    CheckSegment(each.plural);
    CheckSegment(each.kind);
    if (each.short_names.size() > 32) std::abort();
    const std::string path = ResourcePath(each, "ns");
    if (!path.starts_with("/api") || path.find("//") != std::string::npos) std::abort();
  }
  // Each search goes through all of them: of long lists the front is enough.
  for (size_t i = 0; i < std::min<size_t>(resources.size(), 20); ++i)
    CheckFindable(resources, resources[i]);
  const ApiResource* found = FindResource(resources, typed);
  if (found != nullptr) CheckFound(resources, found);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\n'), input.size());
  const std::string_view typed = input.substr(0, end);
  const std::string_view document = input.substr(std::min(end + 1, input.size()));

  std::vector<ApiResource> aggregated, listed;
  std::vector<GroupVersion> versions;
  if (!ReadAggregated(document, aggregated) && !aggregated.empty()) std::abort();
  if (!ReadGroups(document, versions) && !versions.empty()) std::abort();
  if (!ReadResources(document, {"apps", "v1"}, listed) && !listed.empty()) std::abort();
  for (const GroupVersion& each : versions) CheckGroupVersion(each.group, each.version);
  CheckResources(aggregated, typed);
  CheckResources(listed, typed);

  // A standard type is one without asking a server only where FindResource() says the same.
  const ApiResource* standard = FindStandardResource(typed);
  if (standard != nullptr && standard != FindResource(StandardResources(), typed)) std::abort();
  return 0;
}
