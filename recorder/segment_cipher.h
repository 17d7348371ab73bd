// The encrypted segments beside an encrypted recording (docs/format.md section 12): the lines of a
// frame that is open (tail), and the bytes of the main file that fill no chunk yet (rest).
//
//   segment = magic[4] ‖ id[16] ‖ u64 number ‖ salt[16] ‖ record*
//   record  = u64 attempt ‖ u32 size ‖ ciphertext[size] ‖ tag[16]
//
// The key is HKDF-SHA256(age file key, salt, info of the kind), the nonce 00000000 ‖ attempt, the
// additional data the segment's header ‖ attempt ‖ size ‖ the MAC of the age header; integers are
// little-endian. `attempt` counts encryptions of the whole recording and never goes back, whatever
// became of the bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "recorder/age/header.h"

namespace secure_exec {

enum class SegmentKind { kTail, kRest };
inline constexpr size_t kSegmentHeader = 44;
inline constexpr size_t kSegmentRecordHead = 12;
inline constexpr size_t kMaxSegmentRecord = 4 << 20;
using SegmentSalt = std::array<uint8_t, 16>;

// Whether `bytes` begin as an encrypted segment of that kind does.
bool IsEncryptedSegment(SegmentKind kind, std::string_view bytes);

class SegmentCipher {
 public:
  // To write a new segment.
  SegmentCipher(const AgeFileKey& file_key, const Hash& age_mac, SegmentKind kind, const Uuid& id,
                uint64_t number, const SegmentSalt& salt);
  // To read one that begins with `header`. kFormat where that is of another recording or number.
  static Result<std::unique_ptr<SegmentCipher>> Read(std::string_view header,
                                                     const AgeFileKey& file_key,
                                                     const Hash& age_mac, SegmentKind kind,
                                                     const Uuid& id, uint64_t number);

  const std::string& header() const { return header_; }
  // Appends a record to `out`. `attempt` is used once.
  void Seal(uint64_t attempt, std::string_view plain, std::string& out);
  // Appends the plain text of a whole record, its head included; false where it is not authentic.
  bool Open(std::string_view record, std::string& plain);

 private:
  std::string header_;
  std::string aad_tail_;
  Aead aead_;
};

}  // namespace secure_exec
