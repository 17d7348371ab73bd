#include "plugin/target/find_pod.h"

#include <time.h>

#include <algorithm>
#include <optional>

#include "base/go_quote.h"
#include "base/json.h"
#include "plugin/api/status.h"
#include "plugin/kubeconfig/access.h"
#include "plugin/target/label_selector.h"
#include "plugin/target/manifest.h"
#include "plugin/target/pod_list.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

// Pods a page: lists stay small, whatever a selector finds.
constexpr int kPageSize = 100;
constexpr int kMaxPages = 1000;
constexpr size_t kMaxObject = 4 << 20;
// A server that ends every watch at once is asked again after this.
constexpr int64_t kRewatchPauseNs = kSecond;

struct TypeAndName {
  std::string type, name;
};

Result<TypeAndName> SplitTyped(const std::string& typed) {
  const size_t slash = typed.find('/');
  if (slash == std::string::npos) return TypeAndName{"pods", typed};
  TypeAndName split{typed.substr(0, slash), typed.substr(slash + 1)};
  if (split.name.find('/') != std::string::npos)
    return Fail(ErrorKind::kUsage,
                "arguments in resource/name form may not have more than one slash");
  // "a,b" names two types; "a,a" and "," one, which no server has.
  const size_t comma = split.type.find(',');
  const bool two =
      comma != std::string::npos && split.type.substr(0, comma) != split.type.substr(comma + 1);
  if (split.type.empty() || split.name.empty() || two)
    return Fail(ErrorKind::kUsage,
                "arguments in resource/name form must have a single resource and name");
  return split;
}

Result<void> CheckSegment(std::string_view what, const std::string& text) {
  if (const std::string why = PathSegmentProblem(text); !why.empty())
    return Fail(ErrorKind::kUsage, "invalid {} {}: [{}]", what, GoQuote(text), why);
  return {};
}

class Finder {
 public:
  Finder(const TargetWorld& world, const TargetQuery& query, std::string name_space)
      : world_(world), query_(query), name_space_(std::move(name_space)) {}

  Result<Pod> Find() { return query_.files.empty() ? FindTyped() : FindInFiles(); }

 private:
  Result<Pod> FindTyped();
  Result<Pod> FindInFiles();
  // What a manifest's kind is to the server.
  Result<ApiResource> Recognise(const ManifestObject& object);
  Result<ApiResource> DiscoverType(const std::string& typed);
  Result<HttpResponse> GetObject(const ApiResource& resource, const std::string& name);
  // The error for an answer to GetObject() that is not 200.
  Error GetError(const ApiResource& resource, const std::string& name,
                 const HttpResponse& response);
  Result<Pod> GetPod(const std::string& name);
  Result<Pod> Selected(const Json& object, const ApiResource& resource);
  Result<BestPod> List(const std::string& selector);
  // nullopt: it has to begin anew with a list.
  Result<std::optional<Pod>> Watch(const std::string& selector, const std::string& version,
                                   int64_t deadline);
  Result<Pod> Check(Result<Pod> pod) const;
  std::string PodsPath() const {
    return ResourcePath(StandardResources()[0], name_space_) + "?labelSelector=";
  }

  const TargetWorld& world_;
  const TargetQuery& query_;
  std::string name_space_;
};

Result<ApiResource> Finder::DiscoverType(const std::string& typed) {
  const auto resources = Discover(world_.send);
  if (!resources) return tl::unexpected(resources.error());
  if (const ApiResource* found = FindResource(*resources, typed)) return *found;
  return Fail(ErrorKind::kServer, "the server doesn't have a resource type {}",
              GoQuote(typed.substr(0, typed.find('.'))));
}

Result<Pod> Finder::FindTyped() {
  const auto named = SplitTyped(query_.typed);
  if (!named) return tl::unexpected(named.error());
  const ApiResource* standard = FindStandardResource(named->type);
  auto resource = standard != nullptr ? *standard : DiscoverType(named->type);
  if (!resource) return tl::unexpected(resource.error());
  if (auto fine = CheckSegment("resource name", named->name); !fine)
    return tl::unexpected(fine.error());
  if (resource->Is("", "Pod")) return GetPod(named->name);

  auto response = GetObject(*resource, named->name);
  // A server that does not know the path says so without a Status: it has the type elsewhere.
  if (response && response->code == 404 && standard != nullptr && !ParseApiStatus(response->body)) {
    resource = DiscoverType(named->type);
    if (!resource) return tl::unexpected(resource.error());
    response = GetObject(*resource, named->name);
  }
  if (!response) return tl::unexpected(response.error());
  if (response->code != 200) return tl::unexpected(GetError(*resource, named->name, *response));
  if (!IsKubernetesGroup(resource->group))
    return Fail(ErrorKind::kServer,
                "no kind {} is registered for version {} in scheme "
                "\"k8s.io/kubectl/pkg/scheme/scheme.go:28\"",
                GoQuote(resource->kind), GoQuote(ApiVersion(*resource)));
  const Json object = response->body.size() > kMaxObject
                          ? Json()
                          : Json::parse(response->body, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || JsonText(object, "kind") != resource->kind)
    return Fail(ErrorKind::kServer, "the server's answer for {}/{} is no {}: {}",
                SafeForTerminal(named->type), named->name, resource->kind,
                SafeForTerminal(response->body.substr(0, 400), 200));
  return Selected(object, *resource);
}

Result<ApiResource> Finder::Recognise(const ManifestObject& object) {
  if (const ApiResource* standard = FindKind(StandardResources(), object.api_version, object.kind))
    return *standard;
  const size_t slash = object.api_version.find('/');
  const std::string group = slash == std::string::npos ? "" : object.api_version.substr(0, slash);
  const auto unknown = [&] {
    return Fail(ErrorKind::kUsage,
                "unable to decode {}: no kind {} is registered for version {} in scheme "
                "\"k8s.io/kubectl/pkg/scheme/scheme.go:28\"",
                GoQuote(object.file), GoQuote(object.kind), GoQuote(object.api_version));
  };
  if (!IsKubernetesGroup(group)) return unknown();
  const auto resources = Discover(world_.send);
  if (!resources) return tl::unexpected(resources.error());
  if (const ApiResource* found = FindKind(*resources, object.api_version, object.kind))
    return *found;
  // A kind that the server has in another version is one that kubectl knows in this one, too.
  if (std::none_of(resources->begin(), resources->end(),
                   [&](const ApiResource& each) { return each.kind == object.kind; }))
    return unknown();
  return Fail(ErrorKind::kUsage,
              "resource mapping not found for name: {} namespace: {} from {}: no matches for kind "
              "{} in version {}\nensure CRDs are installed first",
              GoQuote(object.name), GoQuote(object.name_space), GoQuote(object.file),
              GoQuote(object.kind), GoQuote(object.api_version));
}

Result<Pod> Finder::FindInFiles() {
  const auto object = ReadManifests(query_.files);
  if (!object) return tl::unexpected(object.error());
  if (!query_.typed.empty()) {
    const auto named = SplitTyped(query_.typed);
    if (!named) return tl::unexpected(named.error());
    return Fail(ErrorKind::kUsage,
                "resource/name arguments cannot be provided when a path is specified");
  }
  const auto resource = Recognise(*object);
  if (!resource) return tl::unexpected(resource.error());
  if (resource->namespaced && !object->name_space.empty()) {
    if (query_.name_space_given && object->name_space != name_space_)
      return Fail(ErrorKind::kUsage,
                  "the namespace from the provided object {} does not match the namespace {}. You "
                  "must pass '--namespace={}' to perform this operation.",
                  GoQuote(object->name_space), GoQuote(name_space_),
                  SafeForTerminal(object->name_space));
    name_space_ = object->name_space;
    if (auto fine = CheckSegment("namespace", name_space_); !fine)
      return tl::unexpected(fine.error());
  }
  if (resource->Is("", "Pod")) {
    if (object->name.empty())
      return Fail(ErrorKind::kUsage, "{}: resource name may not be empty", GoQuote(object->file));
    if (auto fine = CheckSegment("resource name", object->name); !fine)
      return tl::unexpected(fine.error());
    return GetPod(object->name);
  }
  Json live = Json::parse(object->spec_json, nullptr, /*allow_exceptions=*/false);
  live["metadata"] = Json{{"name", object->name}};
  return Selected(live, *resource);
}

Result<HttpResponse> Finder::GetObject(const ApiResource& resource, const std::string& name) {
  return world_.send({.path = ResourcePath(resource, name_space_) + "/" + name});
}

Error Finder::GetError(const ApiResource& resource, const std::string& name,
                       const HttpResponse& response) {
  // As kubectl: is it the namespace that is not there?
  if (response.code == 404 && resource.namespaced && name_space_ != "default") {
    const auto second = world_.send({.path = "/api/v1/namespaces/" + name_space_});
    if (second && second->code == 404 && ParseApiStatus(second->body))
      return ErrorFromResponse(second->code, second->body, "get namespaces " + name_space_);
  }
  return ErrorFromResponse(response.code, response.body,
                           fmt::format("get {} {}", QualifiedName(resource), name));
}

Result<Pod> Finder::GetPod(const std::string& name) {
  const ApiResource& pods = StandardResources()[0];
  const auto response = GetObject(pods, name);
  if (!response) return tl::unexpected(response.error());
  if (response->code != 200) return tl::unexpected(GetError(pods, name, *response));
  auto pod = Check(ParsePod(response->body));
  if (pod && pod->name != name)
    return Fail(ErrorKind::kServer, "the server answered with pod {} where {} was asked for",
                pod->name, name);
  return pod;
}

Result<Pod> Finder::Check(Result<Pod> pod) const {
  if (!pod) return pod;
  if (const std::string why = PathSegmentProblem(pod->name); !why.empty())
    return Fail(ErrorKind::kServer, "the server sent a pod with the name {}: {}",
                GoQuote(pod->name), why);
  pod->name_space = name_space_;  // that was asked for, and is where exec goes
  return pod;
}

Result<Pod> Finder::Selected(const Json& object, const ApiResource& resource) {
  const auto selector = SelectorOf(object, resource);
  if (!selector) return tl::unexpected(selector.error());
  std::optional<int64_t> deadline;
  while (true) {
    const auto list = List(*selector);
    if (!list) return tl::unexpected(list.error());
    if (list->found()) return Check(ParsePod(list->json()));
    const int64_t began = world_.clock.BootNs();
    if (!deadline) deadline = began + query_.pod_timeout_ns;
    auto watched = Watch(*selector, list->resource_version(), *deadline);
    const int64_t now = world_.clock.BootNs();
    if (watched && *watched) return Check(std::move(**watched));
    if (now >= *deadline) return Fail(ErrorKind::kServer, "timed out waiting for the condition");
    if (!watched) return tl::unexpected(watched.error());
    if (now - began < kRewatchPauseNs) world_.pause(std::min(kRewatchPauseNs, *deadline - now));
  }
}

Result<BestPod> Finder::List(const std::string& selector) {
  BestPod best;
  std::string token;
  for (int page = 0; page < kMaxPages; ++page) {
    std::string path = fmt::format("{}{}&limit={}", PodsPath(), selector, kPageSize);
    if (!token.empty()) path += "&continue=" + token;
    const auto response = world_.send({.path = path});
    if (!response) return tl::unexpected(response.error());
    if (response->code != 200)
      return tl::unexpected(ErrorFromResponse(response->code, response->body, "get pods"));
    auto next = best.AddPage(response->body);
    if (!next) return tl::unexpected(next.error());
    if (next->empty()) return best;
    if (!PathSegmentProblem(*next).empty())  // base64 for URLs, where the server is honest
      return Fail(ErrorKind::kServer, "the server's list of pods goes on with an unusable token");
    token = std::move(*next);
  }
  return Fail(ErrorKind::kServer, "the server's list of pods has no end ({} pages)", kMaxPages);
}

Result<std::optional<Pod>> Finder::Watch(const std::string& selector, const std::string& version,
                                         int64_t deadline) {
  if (!version.empty() && !PathSegmentProblem(version).empty())
    return Fail(ErrorKind::kServer, "the server's list of pods has an unusable resourceVersion");
  WatchReader reader;
  Result<std::optional<WatchEvent>> event = std::nullopt;
  const auto on_data = [&](std::string_view bytes) {
    event = reader.Feed(bytes);
    return event && !*event;
  };
  const int64_t left = deadline - world_.clock.BootNs();
  if (left <= 0) return std::nullopt;
  const auto response = world_.send(
      {.path = fmt::format("{}{}&resourceVersion={}&watch=true", PodsPath(), selector, version),
       .timeout_ns = left,
       .on_data = on_data});
  if (!response) return tl::unexpected(response.error());
  if (response->code == 410) return std::nullopt;
  if (response->code != 200)
    return tl::unexpected(ErrorFromResponse(response->code, response->body, "get pods"));
  if (!event) return tl::unexpected(event.error());
  if (!*event || (*event)->stale) return std::nullopt;
  if ((*event)->type == WatchEvent::Type::kError)
    return tl::unexpected(ErrorFromResponse(500, (*event)->json, "get pods"));
  auto pod = ParsePod((*event)->json);
  if (!pod) return tl::unexpected(pod.error());
  return std::optional<Pod>(std::move(*pod));
}

}  // namespace

Result<Pod> FindPod(const TargetWorld& world, const TargetQuery& query,
                    const std::string& name_space) {
  return Finder(world, query, name_space).Find();
}

Result<Pod> FindPod(ApiClient& client, const TargetQuery& query, const std::string& name_space,
                    const Clock& clock) {
  const TargetWorld world{
      .send = [&](const HttpRequest& request) { return client.Send(request); },
      .pause =
          [](int64_t ns) {
            const timespec time{static_cast<time_t>(ns / kSecond), static_cast<long>(ns % kSecond)};
            ::nanosleep(&time, nullptr);
          },
      .clock = clock};
  return FindPod(world, query, name_space);
}

}  // namespace secure_exec
