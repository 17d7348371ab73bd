#include "plugin/start_command.h"

#include <string>
#include <utility>

namespace secure_exec {
namespace {

struct Attempt {
  Error error;
  Refusal refusal;
};

// "" if the API server named no verb. Without the first attempt: `last` is the only one.
std::string MissingVerbs(const Attempt* first, const Attempt& last) {
  const std::string& second = last.refusal.missing_verb;
  const std::string& verb = first != nullptr && !first->refusal.missing_verb.empty()
                                ? first->refusal.missing_verb
                                : second;
  if (verb.empty()) return "";
  const bool both = !second.empty() && second != verb;
  return both ? fmt::format("the verbs {} and {} on pods/exec are missing: see docs/rbac.md", verb,
                            second)
              : fmt::format("the verb {} on pods/exec is missing: see docs/rbac.md", verb);
}

// The last attempt's words, which are kubectl's, and behind them what they leave out.
Error Explain(const Attempt* first, Attempt last, const std::string& way_out) {
  std::string ours;
  auto add = [&ours](const std::string& text) {
    if (text.empty()) return;
    if (!ours.empty()) ours += "; ";
    ours += text;
  };
  add(MissingVerbs(first, last));
  add(last.refusal.hint);
  if (first != nullptr && first->refusal.missing_verb.empty() &&
      last.refusal.missing_verb.empty()) {
    const bool said = first->error.message == last.error.message;
    const std::string& hint = first->refusal.hint;
    if (!said) {
      add("WebSocket was refused too: " + (hint.empty() ? first->error.message : hint));
    } else if (hint != last.refusal.hint) {
      add("WebSocket was refused too: " + hint);
    }
  }
  add(way_out);
  if (!ours.empty()) last.error.message += "\nsecure-exec: " + ours;
  return std::move(last.error);
}

// What helps after `choice` was refused. Nothing where the API server itself said why, unless it is
// a verb that another protocol does not ask for.
std::string WayOut(ProtocolChoice choice, const ExecRequest& request, const Refusal& refusal) {
  if (!refusal || refusal.unauthorized()) return "";
  if (refusal.hint.empty() && refusal.missing_verb.empty()) return "";
  switch (choice) {
    case ProtocolChoice::kAuto:
      return request.offer_v4 || !refusal.missing_verb.empty()
                 ? ""
                 : "the command's input can be ended over v5.channel.k8s.io (Kubernetes 1.30) or "
                   "SPDY "
                   "alone: run without -i, or with -it on a terminal";
    case ProtocolChoice::kV5:
      return "servers speak v5.channel.k8s.io from Kubernetes 1.30 on: --protocol auto tries the "
             "others too";
    case ProtocolChoice::kV4:
    case ProtocolChoice::kSpdy:
      return "--protocol auto tries the others too";
  }
  return "";
}

}  // namespace

Result<void> CheckProtocol(ProtocolChoice choice, bool stdin_open, bool tty) {
  if (choice != ProtocolChoice::kV4 || !stdin_open || tty) return {};
  return Fail(
      ErrorKind::kUsage,
      "--protocol v4 cannot tell the command that its input ended: use --protocol auto, v5 or "
      "spdy, run without -i, or with -it on a terminal");
}

Result<std::unique_ptr<RemoteCommand>> StartRemoteCommand(std::unique_ptr<ByteStream> stream,
                                                          ExecRequest request,
                                                          ProtocolChoice choice,
                                                          const StartTools& tools) {
  request.offer_v5 = choice != ProtocolChoice::kV4;
  request.offer_v4 = choice == ProtocolChoice::kV4 ||
                     (choice == ProtocolChoice::kAuto && (!request.stdin_open || request.tty));
  const auto start = choice == ProtocolChoice::kSpdy ? &StartSpdyCommand : &StartWebSocketCommand;
  Attempt first;
  auto started = start(std::move(stream), request, tools.clock, tools.interrupt_fd, &first.refusal);
  if (started || started.error().kind == ErrorKind::kInterrupted) return started;
  first.error = std::move(started.error());
  const std::string way_out = WayOut(choice, request, first.refusal);
  if (choice != ProtocolChoice::kAuto || !first.refusal || first.refusal.unauthorized()) {
    return tl::unexpected(Explain(nullptr, std::move(first), way_out));
  }

  auto second = tools.connect();
  if (!second) return tl::unexpected(second.error());
  if (!request.audit_id.empty()) request.audit_id += ".spdy";
  Attempt last;
  started =
      StartSpdyCommand(std::move(*second), request, tools.clock, tools.interrupt_fd, &last.refusal);
  if (started || started.error().kind == ErrorKind::kInterrupted) return started;
  last.error = std::move(started.error());
  return tl::unexpected(Explain(&first, std::move(last), way_out));
}

}  // namespace secure_exec
