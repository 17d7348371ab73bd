#include "plugin/prepare.h"

#include <unistd.h>

#include "plugin/pod_hint.h"
#include "plugin/say.h"
#include "plugin/target/find_pod.h"
#include "plugin/target/resource_type.h"
#include "plugin/terminal/terminal.h"

namespace secure_exec {
namespace {

// As kubectl: -t without -i is silently no TTY.
bool WantsTty(const Options& options) {
  if (!options.tty || !options.stdin_open) return false;
  if (IsTerminal(STDIN_FILENO)) return true;
  if (!options.quiet)
    Say("Unable to use a TTY - input is not a terminal or the right kind of file");
  return false;
}

constexpr int64_t kReadAgainNs = 3 * kSecond;

HintQuery QueryFor(const Options& options, const Prepared& prepared, const Clock& clock) {
  HintQuery query;
  query.pod = &prepared.pod;
  query.container = prepared.container.name.empty() ? options.container : prepared.container.name;
  query.program = options.command[0];
  query.now_s = (clock.WallNs() + prepared.clock_offset_ns.value_or(0)) / kSecond;
  query.kubeconfig = options.access.kubeconfig;
  query.context = options.access.context;
  return query;
}

}  // namespace

Result<std::unique_ptr<ApiClient>> OpenClient(const ClusterAccess& access, const Options& options,
                                              const Environment& environment, const Clock& clock) {
  auto log = std::make_unique<WireLog>(options.verbosity, clock, &Say);
  auto client = ApiClient::Create(access, "kubectl-secure_exec/" SECURE_EXEC_VERSION, environment,
                                  log->on() ? std::move(log) : nullptr);
  if (!client) return client;
  if (auto ready = (*client)->GetCredentials(); !ready) return tl::unexpected(ready.error());
  return client;
}

Result<Prepared> Prepare(const Options& options, const Environment& environment,
                         const Clock& clock) {
  Prepared prepared;
  auto access = ResolveAccess(options.access, environment);
  if (!access) return tl::unexpected(access.error());
  if (auto sound = CheckRequest(options); !sound) return tl::unexpected(sound.error());
  auto client = OpenClient(*access, options, environment, clock);
  if (!client) return tl::unexpected(client.error());
  prepared.client = std::move(*client);
  prepared.client->BeginConnect();
  auto pod = FindPod(*prepared.client, options.target, access->name_space, clock);
  if (!pod) return tl::unexpected(pod.error());
  prepared.pod = std::move(*pod);
  prepared.clock_offset_ns = prepared.client->clock_offset_ns();
  auto choice = ChooseContainer(prepared.pod, options.container);
  if (!choice) {
    Error error = choice.error();
    if (prepared.pod.phase == "Succeeded" || prepared.pod.phase == "Failed")
      error.message += "\n" + PodHint(QueryFor(options, prepared, clock));
    return tl::unexpected(std::move(error));
  }
  prepared.container = choice->container;
  if (!options.quiet && !choice->notice.empty()) Say(choice->notice);
  prepared.tty = WantsTty(options);

  auto stream = prepared.client->Connect();
  if (!stream) return tl::unexpected(stream.error());
  prepared.stream = std::move(*stream);
  return prepared;
}

std::string HintOfFailure(const Options& options, const Prepared& prepared, std::string_view error,
                          const Clock& clock) {
  HintQuery query = QueryFor(options, prepared, clock);
  query.error = error;
  query.uid = prepared.pod.uid;
  if (IsAboutWhoAsked(error) || !PathSegmentProblem(prepared.pod.name).empty()) return "";
  const std::string pods = ResourcePath(StandardResources()[0], prepared.pod.name_space);
  const auto answer =
      prepared.client->Send({.path = pods + "/" + prepared.pod.name, .timeout_ns = kReadAgainNs});
  query.gone = answer && answer->code == 404;
  const auto now =
      answer && answer->code == 200 ? ParsePod(answer->body) : Result<Pod>(tl::unexpected(Error{}));
  if (now) query.pod = &*now;
  return PodHint(query);
}

}  // namespace secure_exec
