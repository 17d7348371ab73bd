#include "plugin/prepare.h"

#include <unistd.h>

#include "plugin/say.h"
#include "plugin/target/find_pod.h"
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

}  // namespace

std::unique_ptr<WireLog> MakeWireLog(const Options& options, const Clock& clock) {
  auto log = std::make_unique<WireLog>(options.verbosity, clock, &Say);
  return log->on() ? std::move(log) : nullptr;
}

Result<Prepared> Prepare(const Options& options, const Environment& environment,
                         const Clock& clock) {
  Prepared prepared;
  auto access = ResolveAccess(options.access, environment);
  if (!access) return tl::unexpected(access.error());
  if (auto sound = CheckRequest(options); !sound) return tl::unexpected(sound.error());
  auto client = ApiClient::Create(*access, "kubectl-secure_exec/" SECURE_EXEC_VERSION, environment,
                                  MakeWireLog(options, clock));
  if (!client) return tl::unexpected(client.error());
  prepared.client = std::move(*client);
  if (auto ready = prepared.client->GetCredentials(); !ready) return tl::unexpected(ready.error());
  prepared.client->BeginConnect();
  auto pod = FindPod(*prepared.client, options.target, access->name_space, clock);
  if (!pod) return tl::unexpected(pod.error());
  prepared.pod = std::move(*pod);
  prepared.clock_offset_ns = prepared.client->clock_offset_ns();
  auto choice = ChooseContainer(prepared.pod, options.container);
  if (!choice) return tl::unexpected(choice.error());
  prepared.container = choice->container;
  if (!options.quiet && !choice->notice.empty()) Say(choice->notice);
  prepared.tty = WantsTty(options);

  auto stream = prepared.client->Connect();
  if (!stream) return tl::unexpected(stream.error());
  prepared.stream = std::move(*stream);
  return prepared;
}

}  // namespace secure_exec
