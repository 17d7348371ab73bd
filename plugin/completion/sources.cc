#include "plugin/completion/sources.h"

#include <algorithm>
#include <optional>

#include "plugin/api/api_client.h"
#include "plugin/api/status.h"
#include "plugin/completion/name_list.h"
#include "plugin/kubeconfig/access.h"
#include "plugin/kubeconfig/config_load.h"
#include "plugin/target/find_pod.h"
#include "recorder/store/store.h"

namespace secure_exec {
namespace {

constexpr int kPageSize = 500;
constexpr int kMaxPages = 1000;
// A Table holds what `kubectl get` shows. Servers before 1.15 have none, and send the list.
constexpr const char* kAcceptTable =
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

class ServerSources : public CompletionSources {
 public:
  ServerSources(const Options& options, const Environment& environment, const Clock& clock,
                int64_t deadline_ns)
      : options_(options), environment_(environment), clock_(clock), deadline_ns_(deadline_ns) {}

  Result<Kubeconfig> Config() override {
    auto loaded = LoadKubeconfig(options_.access, environment_);
    if (!loaded) return tl::unexpected(loaded.error());
    return std::move(loaded->config);
  }

  Result<void> List(const ApiResource& resource,
                    const std::function<bool(const Candidate&)>& take) override {
    if (auto connected = Connect(); !connected) return connected;
    const auto get = [&](const std::string& path) -> Result<std::string> {
      auto answer = Send({.path = path, .accept = kAcceptTable});
      if (!answer) return tl::unexpected(answer.error());
      if (answer->code != 200)
        return tl::unexpected(ErrorFromResponse(answer->code, answer->body, "list"));
      return std::move(answer->body);
    };
    return ListNames(
        get, ResourcePath(resource, client_->access().name_space), [&] { return Left() > 0; },
        take);
  }

  Result<Pod> FindPod(const TargetQuery& query) override {
    if (auto connected = Connect(); !connected) return tl::unexpected(connected.error());
    TargetQuery now = query;
    now.pod_timeout_ns = 1;  // a pod that is not there yet has no containers
    const TargetWorld world{.send = [&](const HttpRequest& request) { return Send(request); },
                            .pause = [](int64_t) {},
                            .clock = clock_};
    return secure_exec::FindPod(world, now, client_->access().name_space);
  }

  Result<std::vector<Candidate>> Recordings() override {
    const auto root =
        options_.store.empty() ? StoreRoot(environment_) : Result<std::string>(options_.store);
    if (!root) return tl::unexpected(root.error());
    const auto recordings = ListRecordings(*root);
    if (!recordings) return tl::unexpected(recordings.error());
    std::vector<Candidate> out;
    for (auto each = recordings->rbegin(); each != recordings->rend(); ++each) {
      if (each->beside_original) continue;
      const std::string_view place =
          std::string_view(each->path).substr(std::min(root->size() + 1, each->path.size()));
      out.push_back({FormatUuid(each->id), std::string(place.substr(0, place.rfind('/')))});
    }
    return out;
  }

 private:
  int64_t Left() const { return deadline_ns_ - clock_.BootNs(); }

  Result<void> Connect() {
    if (client_) return {};
    auto access = ResolveAccess(options_.access, environment_, clock_);
    if (!access) return tl::unexpected(access.error());
    auto client = ApiClient::Create(*access, "kubectl-secure_exec/" SECURE_EXEC_VERSION,
                                    environment_, nullptr, clock_);
    if (!client) return tl::unexpected(client.error());
    client_ = std::move(*client);
    return {};
  }

  Result<HttpResponse> Send(HttpRequest request) {
    // Before a plugin runs, too: its time counts.
    if (auto got = client_->GetCredentials(); !got) return tl::unexpected(got.error());
    const int64_t left = Left();
    if (left <= 0) return Fail(ErrorKind::kServer, "no time left for {}", request.path);
    request.timeout_ns = request.timeout_ns > 0 ? std::min(request.timeout_ns, left) : left;
    return client_->Send(request);
  }

  const Options& options_;
  const Environment& environment_;
  const Clock& clock_;
  int64_t deadline_ns_;
  std::unique_ptr<ApiClient> client_;
};

}  // namespace

const ApiResource kNamespaceResource = {.group = "",
                                        .version = "v1",
                                        .plural = "namespaces",
                                        .singular = "namespace",
                                        .kind = "Namespace",
                                        .namespaced = false};

std::unique_ptr<CompletionSources> RealSources(const Options& options,
                                               const Environment& environment, const Clock& clock,
                                               int64_t deadline_ns) {
  return std::make_unique<ServerSources>(options, environment, clock, deadline_ns);
}

Result<void> ListNames(const std::function<Result<std::string>(const std::string& path)>& get,
                       const std::string& path, const std::function<bool()>& goes_on,
                       const std::function<bool(const Candidate&)>& take) {
  std::string token;
  for (int page = 0; page < kMaxPages && goes_on(); ++page) {
    std::string query = fmt::format("{}?includeObject=None&limit={}", path, kPageSize);
    if (!token.empty()) query += "&continue=" + token;
    const auto body = get(query);
    if (!body) return tl::unexpected(body.error());
    auto names = ReadNamePage(*body);
    if (!names) return tl::unexpected(names.error());
    for (const Candidate& name : names->names) {
      if (!take(name)) return {};
    }
    if (names->next.empty()) return {};
    token = std::move(names->next);
  }
  return {};
}

}  // namespace secure_exec
