// The segments beside an encrypted recording, and the seal: first byte 't' changes and cuts a good
// tail segment, 'r' a good rest segment (u32 cut, u32 position, u8 xor, then bytes to append), 's'
// is a seal as it is. Of a tail, what is read must be the beginning of the good text; of a rest,
// every piece must be one of the good ones.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "recorder/outer_seal.h"
#include "recorder/segment_source.h"

namespace {
using namespace secure_exec;

const AgeFileKey& Key() {
  static const AgeFileKey key =
      AgeFileKey::Random([](void* out, size_t size) { std::memset(out, 7, size); });
  return key;
}
constexpr Hash kMac = {1, 2, 3};
constexpr Uuid kId = {4, 5, 6};

std::string Good(SegmentKind kind) {
  SegmentCipher cipher(Key(), kMac, kind, kId, 1, {});
  std::string out = cipher.header();
  cipher.Seal(3, std::string(8, '\0') + "first", out);
  cipher.Seal(4, std::string(8, '\1') + "second record", out);
  cipher.Seal(9, std::string(8, '\2') + std::string(300, 'x'), out);
  return out;
}
const std::string& GoodText() {
  static const std::string text = std::string(8, '\0') + "first" + std::string(8, '\1') +
                                  "second record" + std::string(8, '\2') + std::string(300, 'x');
  return text;
}

std::string Changed(std::string bytes, const uint8_t* data, size_t size) {
  uint32_t cut = 0, at = 0;
  std::memcpy(&cut, data, 4);
  std::memcpy(&at, data + 4, 4);
  bytes.resize(cut % (bytes.size() + 1));
  if (!bytes.empty()) {
    bytes[at % bytes.size()] = static_cast<char>(bytes[at % bytes.size()] ^ data[8]);
  }
  return bytes.append(reinterpret_cast<const char*>(data) + 9, size - 9);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const char kind = static_cast<char>(data[0]);
  if (kind == 's') {
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto seal = OuterSeal::Parse(text);
    if (seal && seal->Encode() != text) std::abort();
    return 0;
  }
  if (size < 10) return 0;
  if (kind == 't') {
    static const std::string good = Good(SegmentKind::kTail);
    const std::string bytes = Changed(good, data + 1, size - 1);
    auto tail = OpenTailSegment(std::make_unique<MemorySource>(bytes), Key(), kMac, kId, 1);
    if (!tail) return 0;
    std::string text(1000, '\0');
    const auto got = (*tail)->ReadAt(0, text.data(), text.size());
    if (got && !std::string_view(GoodText()).starts_with(std::string_view(text).substr(0, *got))) {
      std::abort();
    }
  } else if (kind == 'r') {
    static const std::string good = Good(SegmentKind::kRest);
    const std::string bytes = Changed(good, data + 1, size - 1);
    const auto pieces = ReadRest(MemorySource(bytes), Key(), kMac, kId, 1);
    if (!pieces) return 0;
    for (const RestPiece& piece : *pieces) {
      if (GoodText().find(piece.bytes) == std::string::npos) std::abort();
    }
  }
  return 0;
}
