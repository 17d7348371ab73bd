// Header blocks of SPDY/3.1 (the SPDY/3 draft, section 2.6.10): names and values behind lengths,
// compressed with zlib. All blocks of one direction share one compression state that starts from
// the draft's dictionary, so every block must go through, wanted or not. No I/O.
//
// Reading is bounded, whatever the bytes claim: a block inflates to at most 64 KiB and holds at
// most 64 headers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

struct z_stream_s;

namespace secure_exec {

using SpdyHeaders = std::vector<std::pair<std::string, std::string>>;

// What zlib calls the dictionary: its Adler-32.
inline constexpr uint32_t kSpdyDictionaryId = 0xe3c6a7c2;
std::string_view SpdyDictionary();

class SpdyHeaderWriter {
 public:
  SpdyHeaderWriter();
  ~SpdyHeaderWriter();
  SpdyHeaderWriter(const SpdyHeaderWriter&) = delete;
  SpdyHeaderWriter& operator=(const SpdyHeaderWriter&) = delete;

  // The next block. Names must be in lower case.
  std::string Write(const SpdyHeaders& headers);

 private:
  std::unique_ptr<z_stream_s> zlib_;
};

class SpdyHeaderReader {
 public:
  static constexpr size_t kMaxBytes = 64 * 1024;
  static constexpr size_t kMaxHeaders = 64;

  SpdyHeaderReader();
  ~SpdyHeaderReader();
  SpdyHeaderReader(const SpdyHeaderReader&) = delete;
  SpdyHeaderReader& operator=(const SpdyHeaderReader&) = delete;

  // The next block, whole. kConnectionLost if it is none; then the reader is done for.
  Result<SpdyHeaders> Read(std::string_view block);

 private:
  Result<std::string> Inflate(std::string_view block);

  std::unique_ptr<z_stream_s> zlib_;
};

}  // namespace secure_exec
