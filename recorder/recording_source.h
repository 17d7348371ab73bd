// What a recording consists of, as its readers see it: the main file and the tail segments beside
// it, which come and go while the recording is being written.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "recorder/container/byte_source.h"

namespace secure_exec {

class RecordingSource {
 public:
  // Segments beyond this are none of ours; k + 1 never overflows.
  static constexpr uint64_t kMaxTail = UINT32_MAX;

  virtual ~RecordingSource() = default;
  virtual const ByteSource& main() const = 0;
  // The smallest k from `from` to kMaxTail of a segment that is there now; kIo.
  virtual Result<std::optional<uint64_t>> FirstTail(const Uuid& id, uint64_t from) const = 0;
  // nullptr where it is gone; kIo.
  virtual Result<std::unique_ptr<ByteSource>> OpenTail(const Uuid& id, uint64_t k) const = 0;

  // The same for the rest segments of an encrypted recording, which go by the main file's name: who
  // looks for them does not know the id yet.
  virtual Result<std::optional<uint64_t>> FirstRest(uint64_t) const { return std::nullopt; }
  virtual Result<std::unique_ptr<ByteSource>> OpenRest(uint64_t) const { return nullptr; }
  // The id that is the main file's name.
  virtual std::optional<Uuid> NamedId() const { return std::nullopt; }

  // The files as they are on the disk. kNotFound, kIo.
  static Result<std::unique_ptr<RecordingSource>> Open(const std::string& path);
};

}  // namespace secure_exec
