// The payload of an age file: a good one of four chunks, cut, changed and continued as the input
// says. Of what is read every byte must be the plain text's, and the file counts as whole only as
// it was.
//
// Input: u32 where to cut, u32 position and u8 xor of a change, then bytes to append.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "recorder/age/payload_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  if (size < 9) return 0;
  static const AgeFileKey key =
      AgeFileKey::Random([](void* out, size_t n) { std::memset(out, 3, n); });
  static const std::string plain = [] {
    std::string text(3 * kAgeChunk + 1000, '\0');
    for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 >> 3);
    return text;
  }();
  static const std::string good = [] {
    std::string out(16, '\5');
    AgePayloadNonce nonce;
    nonce.fill(5);
    AgePayloadWriter writer(key, nonce);
    writer.Append(plain, out);
    writer.Finish(out);
    return out;
  }();
  uint32_t cut = 0, at = 0;
  std::memcpy(&cut, data, 4);
  std::memcpy(&at, data + 4, 4);
  std::string file = good.substr(0, cut % (good.size() + 1));
  if (!file.empty()) file[at % file.size()] = static_cast<char>(file[at % file.size()] ^ data[8]);
  file.append(reinterpret_cast<const char*>(data) + 9, size - 9);

  const MemorySource source(file);
  auto reader = AgePayloadReader::Open(source, 0, key);
  if (!reader) return 0;
  const auto extent = (*reader)->Measure();
  // Whole says that the last chunk is there and last; those before it are looked at when they are
  // read.
  if (extent && extent->whole) {
    const size_t last = good.size() - 1000 - kAeadTag;
    if (extent->plain_size != plain.size() || file.size() != good.size()) std::abort();
    if (file.compare(last, std::string::npos, good, last) != 0) std::abort();
  }
  for (const uint64_t from : {uint64_t{0}, uint64_t{at} % (plain.size() + 5), UINT64_MAX - 10}) {
    std::string out(100'000, '\0');
    const auto got = (*reader)->ReadAt(from, out.data(), out.size());
    if (!got || *got == 0) continue;
    if (from + *got > plain.size() || plain.compare(from, *got, out, 0, *got) != 0) std::abort();
  }
  return 0;
}
