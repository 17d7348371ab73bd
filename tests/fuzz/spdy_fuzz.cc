// Any bytes from a server that speaks SPDY: the command delivers, answers or fails, within its
// bounds, and the output does not depend on how the bytes are cut. The first byte of the input says
// where. Header blocks are reached through SYN_REPLY and HEADERS.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "plugin/remote/spdy.h"
#include "plugin/remote/testing_stream.h"

namespace {

using secure_exec::Channel;
using secure_exec::FakeClock;
using secure_exec::RemoteCommand;
using secure_exec::ScriptedStream;
using secure_exec::SpdyCommand;

void Require(bool condition) {
  if (!condition) std::abort();
}

struct Listener : RemoteCommand::Listener {
  void OnOutput(Channel channel, std::string_view bytes) override {
    Require(channel == Channel::kStdout || channel == Channel::kStderr);
    Require(!bytes.empty());
    (channel == Channel::kStdout ? out : err) += bytes;
  }
  bool WantsOutput() const override { return true; }
  std::string out, err;
};

struct Outcome {
  bool failed = false, finished = false;
  std::string out, err, status;
  bool operator==(const Outcome&) const = default;
};

Outcome Run(std::string_view bytes, size_t cut) {
  FakeClock clock;
  ScriptedStream::Peer peer;
  peer.Send(std::string(bytes.substr(0, cut)));
  peer.Pause();
  peer.Send(std::string(bytes.substr(cut)));
  peer.End();
  secure_exec::ExecRequest request;
  request.stdin_open = true;
  SpdyCommand command(std::make_unique<ScriptedStream>(peer), request, "", clock);
  Listener listener;
  Outcome outcome;
  for (size_t i = 0; !command.finished() && !outcome.failed; ++i) {
    Require(i < 16 + bytes.size());
    command.SendStdin("x");
    clock.Advance(secure_exec::kSecond);
    outcome.failed = !command.Advance(listener);
  }
  Require(listener.out.size() + listener.err.size() + command.status_bytes().size() <=
          bytes.size());
  outcome.finished = command.finished();
  outcome.out = listener.out;
  outcome.err = listener.err;
  outcome.status = command.status_bytes();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Require(Run(bytes, 0) == Run(bytes, bytes.size() * data[0] / 255));
  return 0;
}
