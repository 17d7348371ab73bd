// Reads one tail segment (docs/format.md section 5): the lines of a frame that is still open, with
// the interim signatures between them. A segment may grow while it is read.
//
// A last line without its LF was never shown and is left out, as is everything from a NUL byte on:
// a power cut leaves zeros. Anything else that is not of the form fails (kFormat).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "recorder/container/byte_source.h"
#include "recorder/container/checkpoint.h"

namespace secure_exec {

class TailReader {
 public:
  // For messages, and to be compared with the segment's first line: whose segment it should be.
  TailReader(std::unique_ptr<ByteSource> source, const Uuid& id, uint64_t k);

  enum class Item {
    kLine,       // see line()
    kSignature,  // see body() and signature()
    kEnd,        // no whole line more; ask again if it may grow
  };
  Result<Item> Next();

  std::string_view line() const { return line_; }  // without LF; until the next call
  const std::string& body() const { return body_; }
  const Signature& signature() const { return signature_; }

  uint64_t k() const { return k_; }
  // Once Next() has given anything but kEnd.
  uint64_t first_line() const { return first_line_; }
  const Hash& seed() const { return seed_; }
  uint64_t lines() const { return lines_; }  // given so far

 private:
  // The next line with an LF into line_; false where there is none.
  Result<bool> ReadLine();
  Result<void> ParseStart();
  Result<void> ParseSignature();

  std::unique_ptr<ByteSource> source_;
  Uuid id_;
  uint64_t k_;
  bool started_ = false;
  uint64_t first_line_ = 0;
  Hash seed_{};
  uint64_t lines_ = 0;
  size_t line_bytes_ = 0;  // of all lines so far

  std::string buffer_;  // the segment's bytes from buffer_start_
  uint64_t buffer_start_ = 0;
  size_t at_ = 0;  // in buffer_: where the next line begins
  std::string_view line_;
  std::string body_;
  Signature signature_{};
};

}  // namespace secure_exec
