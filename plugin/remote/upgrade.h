// The HTTP exchange that turns a connection into a stream of frames: our request out, the answer
// in. Blocks, at most 30 s.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "plugin/api/byte_stream.h"
#include "plugin/api/wire_log.h"
#include "plugin/remote/handshake.h"

namespace secure_exec {

struct UpgradeAnswer {
  HttpAnswerParser http;
  std::string early;  // what came behind a 101: the first bytes of the stream
};

// kServer if no whole answer came, kInterrupted as StartWebSocketCommand() has it. `refusal`,
// unless null, becomes what the answer refused, or with an error the hint at what an answer that
// was none may mean, if anything. `log` may be null.
Result<UpgradeAnswer> ExchangeUpgrade(ByteStream& stream, std::string_view request,
                                      const Clock& clock, int interrupt_fd, Refusal* refusal,
                                      const WireLog* log = nullptr);

}  // namespace secure_exec
