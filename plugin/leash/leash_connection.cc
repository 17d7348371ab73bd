#include "plugin/leash/leash_connection.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "plugin/api/api_client.h"
#include "plugin/leash/script.h"
#include "plugin/start_command.h"

namespace secure_exec {
namespace {

ClusterAccess WithoutPlugin(ClusterAccess access) {
  access.exec.reset();
  return access;
}

}  // namespace

ProtocolChoice ChoiceOf(std::string_view protocol) {
  if (protocol.find("SPDY") != std::string_view::npos) return ProtocolChoice::kSpdy;
  return protocol.starts_with("v4.") ? ProtocolChoice::kV4 : ProtocolChoice::kV5;
}

LeashConnector::LeashConnector(ClusterAccess access, LeashPlace place, std::string name,
                               const Environment& environment, const Clock& clock)
    : access_(WithoutPlugin(std::move(access))),
      place_(std::move(place)),
      name_(std::move(name)),
      environment_(environment),
      clock_(clock) {}

Result<std::unique_ptr<RemoteCommand>> LeashConnector::Start(std::string_view purpose,
                                                             int interrupt_fd) {
  const std::string id = FormatUuid(place_.recording);
  auto client = ApiClient::Create(access_, /*user_agent=*/"", environment_);
  if (!client) return tl::unexpected(client.error());
  (*client)->SetInterrupt(interrupt_fd);
  auto stream = (*client)->Connect();
  if (!stream) return tl::unexpected(stream.error());
  ExecRequest request;
  request.host_header = (*client)->host_header();
  request.path_prefix = (*client)->path_prefix();
  request.authorization = (*client)->authorization();
  request.impersonation = (*client)->access().impersonation;
  request.user_agent =
      fmt::format("secure-exec/{} id={} leash={}", SECURE_EXEC_VERSION, id, purpose);
  ++opened_;
  request.audit_id = fmt::format("{}.{}{}", id, name_, opened_ == 1 ? "" : std::to_string(opened_));
  request.name_space = place_.name_space;
  request.pod = place_.pod;
  request.container = place_.container;
  request.command = LeashCommand(place_.session_command, id);
  request.stdin_open = true;
  return StartRemoteCommand(std::move(*stream), std::move(request), place_.protocol,
                            {.connect = [&] { return (*client)->Connect(); },
                             .clock = clock_,
                             .interrupt_fd = interrupt_fd});
}

Result<std::unique_ptr<LeashShell>> LeashConnector::Open(std::string_view purpose,
                                                         int interrupt_fd) {
  auto remote = Start(purpose, interrupt_fd);
  if (!remote) {
    if (remote.error().kind == ErrorKind::kInterrupted) {
      return Fail(ErrorKind::kInterrupted, "the server did not answer in time");
    }
    // Its first line is the server's; the second, where there is one, is about a command of the
    // user's.
    Error error = remote.error();
    error.message.resize(std::min(error.message.find('\n'), error.message.size()));
    return tl::unexpected(std::move(error));
  }
  return std::make_unique<RemoteLeashShell>(std::move(*remote), clock_, interrupt_fd);
}

LeashTask::LeashTask(std::function<void(int interrupt_fd)> work, int64_t deadline_ns)
    : alarm_(deadline_ns), done_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this, work = std::move(work)] {
    work(alarm_.fd());
    done_ = true;
    const uint64_t one = 1;
    (void)!::write(done_fd_.get(), &one, sizeof one);
  });
}

void LeashTask::Wait() {
  if (thread_.joinable()) thread_.join();
}

LeashTask::~LeashTask() {
  Cancel();
  Wait();
}

}  // namespace secure_exec
