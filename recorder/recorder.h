// The recorder: takes a session's bytes and writes the recording, so that nothing is shown before
// it is recorded (docs/design.md, promises 1 and 2).
//
// The session's thread calls Append…(), which only encodes into a bounded queue and returns a
// ticket; one writer thread owns the file and says through an eventfd how far it has written. A
// ticket is written when `Written()` has reached it: write(2) of its lines returned their full
// length. No call but Create() and Seal() waits for the disk.
//
// When writing fails the recorder stops for good: failed() is set, Written() no longer moves, and
// the file is left ending at its last whole frame with, where there is room, a marker, the exit
// event and a seal. What was recorded until then stays readable.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file_ops.h"
#include "base/result.h"
#include "recorder/age/keys.h"
#include "recorder/cast/header.h"
#include "recorder/container/crypto.h"
#include "recorder/writer_limits.h"

namespace secure_exec {

class Recorder {
 public:
  using Ticket = uint64_t;

  struct Options {
    std::string directory;  // exists; see store.h
    CastHeader header;      // with `session`, its id and its start_wall_ns
    // Whom the recording is encrypted for: an age file then, which nobody else can read, this
    // program included. None: it is in the clear. They are named in the header.
    std::vector<AgeRecipient> recipients;
    // Certifies the session key, and is named in the header; not kept.
    const SigningKey* user_key = nullptr;
    const Clock* clock = &Clock::System();
    // Used until the recorder's end; after it only by a system call that hangs there now.
    FileOps* files = &FileOps::System();
    // Seeds and salts; a test passes a fixed sequence to get the same file every time.
    std::function<void(void* out, size_t size)> random = RandomBytes;
    WriterLimits limits;
    uint64_t min_free_bytes = 4 << 20;  // less than that: Create fails
  };

  // Writes Z0 and K0 and starts the writer thread, which syncs them. All failures are kRecording
  // and name the path.
  static Result<std::unique_ptr<Recorder>> Create(Options options);
  // Stops the thread and wipes the keys. Without Seal() the recording stays cut.
  ~Recorder();

  const std::string& path() const;
  Hash genesis_link() const;  // H(body_0), the b0 of the exec request's User-Agent

  // Bytes of a channel, in order; what the channel's RecordMode and the limit leave of them is
  // recorded. The ticket is the one to wait for before the bytes go on (for a channel that is off
  // or digested too). Callers hold back incomplete UTF-8 themselves (base/utf8.h).
  Ticket Append(Channel channel, std::string_view bytes);
  // For a terminal's stdin with RecordMode::kEchoed, whose owner knows what is harmless: something
  // was typed that Append() or AppendMasked() will tell of, and then which text must not be told
  // (recorder/input_mask.h). `text` is not kept.
  Ticket AppendPlaceholder();
  Ticket AppendMasked(std::string_view text);
  Ticket AppendResize(int columns, int rows);
  Ticket AppendMarker(std::string_view text);
  // Hands what was appended to the writer thread; call once a loop iteration.
  void Flush();

  // Bytes that may still be appended before the queue is full (2 MiB of lines). An Append beyond it
  // is taken all the same: callers stop reading while this is 0.
  size_t Room() const;

  // Becomes readable when Written() or failed() may have changed.
  int event_fd() const;
  void ClearEvent();
  Ticket Written() const;
  std::optional<Error> failed() const;
  // Since when (BootNs) the writer thread has been at work on something without finishing it;
  // nullopt when it is idle or advancing. For the "recording stalled" notice.
  std::optional<int64_t> StalledSince() const;

  // For anchors: H(body_k) of the last frame that is whole in the file. CloseFrame() makes what was
  // appended until now one, soon. Any thread may call these.
  struct WholeFrame {
    uint64_t k = 0;
    Hash link{};
  };
  void CloseFrame();
  WholeFrame whole_frame() const;

  struct Totals {
    uint64_t bytes[kChannels] = {0, 0, 0};  // that went through Append; masked ones did not
    uint64_t file_size = 0;
    Hash seal_link{};  // H(seal body)
  };
  // Digests, the exit event, the seal, the seek table; syncs and removes the tail. Waits until
  // `deadline_ns` on the clock's BootNs at most. kRecording if it cannot.
  Result<Totals> Seal(const Exit& exit, int64_t deadline_ns);

 private:
  struct Impl;
  explicit Recorder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace secure_exec
