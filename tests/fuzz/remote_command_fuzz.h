// What the fuzz targets of remote commands share: a server that says `bytes`, cut in two at `cut`,
// and then hangs up; the command must deliver, answer or fail within its bounds.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "plugin/remote/remote_command.h"
#include "plugin/remote/testing_stream.h"

namespace secure_exec::fuzz {

inline void Require(bool condition) {
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

// `start(stream, clock)` makes the command.
template <class Start>
Outcome RunCut(std::string_view bytes, size_t cut, const Start& start) {
  FakeClock clock;
  ScriptedStream::Peer peer;
  peer.Send(std::string(bytes.substr(0, cut)));
  peer.Pause();
  peer.Send(std::string(bytes.substr(cut)));
  peer.End();
  const std::unique_ptr<RemoteCommand> command =
      start(std::make_unique<ScriptedStream>(peer), clock);
  Listener listener;
  Outcome outcome;
  for (size_t i = 0; !command->finished() && !outcome.failed; ++i) {
    Require(i < 16 + bytes.size());
    command->SendStdin("x");
    clock.Advance(kSecond);
    outcome.failed = !command->Advance(listener);
  }
  Require(listener.out.size() + listener.err.size() + command->status_bytes().size() <=
          bytes.size());
  outcome.finished = command->finished();
  outcome.out = listener.out;
  outcome.err = listener.err;
  outcome.status = command->status_bytes();
  return outcome;
}

// The output does not depend on how the bytes are cut: the first byte of the input says where.
template <class Start>
void CheckEveryCutReadsTheSame(const uint8_t* data, size_t size, const Start& start) {
  if (size == 0) return;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Require(RunCut(bytes, 0, start) == RunCut(bytes, bytes.size() * data[0] / 255, start));
}

}  // namespace secure_exec::fuzz
