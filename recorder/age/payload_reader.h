// The payload of an age file, read at any place: a chunk is decrypted when it is asked for, and
// never one before it. Also of a file that is cut, or still being written: its whole chunks are
// read, and what stands behind the last of them (a chunk that is not whole) is not.
//
// age itself reads from the front and says at the end whether the file was whole. Here the last
// chunk is tried first: only where it is authentic as the last one is the file whole.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "recorder/age/payload_writer.h"
#include "recorder/container/byte_source.h"

namespace secure_exec {

class AgePayloadReader {
 public:
  // The payload begins with its nonce at `start` in `source`, which outlives the reader. kFormat
  // where even the nonce is not there; kIo.
  static Result<std::unique_ptr<AgePayloadReader>> Open(const ByteSource& source, uint64_t start,
                                                        const AgeFileKey& file_key);

  struct Extent {
    bool whole = false;       // the last chunk is there and authentic
    uint64_t plain_size = 0;  // where it is not whole: of the chunks that may be read
    uint64_t torn = 0;        // bytes in the file behind those
  };
  // As the file is now. kFormat: a whole chunk is at its end that is not authentic, and no zeros of
  // a power cut excuse it.
  Result<Extent> Measure();

  // Plain text from `offset`, fewer bytes only where that of the whole chunks ends. kFormat where a
  // chunk is not authentic. Bytes of zero at the end of the file count as cut off, for a power cut
  // leaves them, and so does a chunk in which it may have lost a sector.
  Result<size_t> ReadAt(uint64_t offset, char* out, size_t size);

 private:
  AgePayloadReader(const ByteSource& source, uint64_t chunks_start, const AeadKey& key)
      : source_(source), chunks_start_(chunks_start), aead_(key) {}
  // The chunk in plain_; false where it is not there (yet).
  Result<bool> Load(uint64_t chunk);
  Result<bool> OnlyZerosFrom(uint64_t position) const;

  const ByteSource& source_;
  const uint64_t chunks_start_;
  Aead aead_;
  std::string sealed_;
  // The chunk that was decrypted last.
  std::optional<uint64_t> loaded_;
  std::string plain_;
};

}  // namespace secure_exec
