// Starting the command: which protocols are tried, in which order, and what is said when none
// works.
//
//   auto   WebSocket, v5 or v4 as the server likes; a piped stdin must be ended, so v5 alone. Where
//          the server refuses, SPDY on a second connection: it ends stdin, and asks for another
//          RBAC verb (`create`) than WebSocket (`get`; from Kubernetes 1.35 on both).
//   v5 v4 spdy   that one alone
//
// A command runs at most once: another protocol is tried only after an HTTP answer that refused.
#pragma once

#include <functional>
#include <memory>

#include "plugin/remote/remote_command.h"

namespace secure_exec {

// kUsage: v4 cannot say that stdin ended, so a command that waits for it would never end. To be
// asked before anything is recorded.
Result<void> CheckProtocol(ProtocolChoice choice, bool stdin_open, bool tty);

struct StartTools {
  // A connection to the server; called once, where a second request is made.
  std::function<Result<std::unique_ptr<ByteStream>>()> connect;
  const Clock& clock;
  int interrupt_fd = -1;  // as StartWebSocketCommand() has it
};

// `request`'s offer is made here. Its Audit-ID goes with the first request; the second adds
// ".spdy", because it must be unique for each. An error is kubectl's line and, where it leaves
// something out, a second one of ours. After a 401 (kUnauthorized) no other protocol is tried, and
// the whole may be tried again with other credentials (and another Audit-ID).
Result<std::unique_ptr<RemoteCommand>> StartRemoteCommand(std::unique_ptr<ByteStream> stream,
                                                          ExecRequest request,
                                                          ProtocolChoice choice,
                                                          const StartTools& tools);

}  // namespace secure_exec
