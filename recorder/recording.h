// Reads a recording: sealed, cut, or still being written (its tail segments included), and plain
// casts by anybody. Checks what it needs to read safely; whether to believe it is verify.h's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "recorder/cast/event.h"
#include "recorder/cast/header.h"
#include "recorder/container/frame_reader.h"
#include "recorder/encrypted_source.h"

namespace secure_exec {

class Recording {
 public:
  // X.cast.zst, X.cast.zst.age or X.cast, told apart by content. kNotFound (also of an identity
  // that opens it), kIo, kUsage if it is encrypted and no identity was named, or kFormat if not
  // even the header can be read.
  static Result<std::unique_ptr<Recording>> Open(const std::string& path,
                                                 const IdentitySource& identities = nullptr);
  // The same from elsewhere; `path` is for messages.
  static Result<std::unique_ptr<Recording>> Open(std::unique_ptr<RecordingSource> source,
                                                 const std::string& path,
                                                 const IdentitySource& identities = nullptr);
  virtual ~Recording() = default;

  const std::string& path() const { return path_; }
  const CastHeader& header() const { return header_; }

  // The next event into `event`, whose buffer is reused; false at the end. An event's time never
  // goes back. After an error (kFormat: altered bytes in the middle) it stays at the end.
  virtual Result<bool> Next(Event& event) = 0;

  // A place between two events that was come by, to go on from again. A recording takes its own
  // places alone; its bytes are checked again as they are read. nullopt: not just here (within a
  // frame, in a tail segment). Before the first event there is always one.
  struct Place {
    FrameReader::Mark frame{};
    uint64_t offset = 0;  // of a plain cast, bytes
    uint64_t line = 0;
    int64_t last_us = 0;
  };
  virtual std::optional<Place> place() const = 0;
  virtual void GoTo(const Place& place) = 0;
  // After Next() returned false: asks again, for the recording may have grown. Not after an error.
  virtual void Retry() = 0;

  enum class Ending {
    kSealed,     // the seal and the seek table were there (their truth is verify's business)
    kCut,        // a crash, a running session, or a truncation
    kRecovered,  // `recover` made it of one that was cut
    kPlain,      // a plain cast: nothing to tell it by
  };
  // After Next() returned false.
  virtual Ending ending() const = 0;
  // Size on disk with its tail segments, bytes.
  virtual uint64_t size() const = 0;

 protected:
  std::string path_;
  CastHeader header_;
};

}  // namespace secure_exec
