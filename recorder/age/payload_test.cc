#include <gtest/gtest.h>

#include <algorithm>

#include "recorder/age/payload_reader.h"
#include "recorder/age/payload_writer.h"

namespace secure_exec {
namespace {

constexpr AgePayloadNonce kNonce = {1, 2, 3};

AgeFileKey FileKey() {
  AgeFileKey key;
  std::fill_n(key.data(), key.size(), uint8_t{9});
  return key;
}

std::string Plain(size_t size) {
  std::string text(size, '\0');
  uint32_t state = 1;
  for (char& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return text;
}

std::string Sealed(std::string_view plain, size_t step, bool finish = true) {
  AgePayloadWriter writer(FileKey(), kNonce);
  std::string out(AsView(kNonce));
  for (size_t at = 0; at < plain.size(); at += step) writer.Append(plain.substr(at, step), out);
  EXPECT_EQ(writer.plain_size(), plain.size());
  if (finish) writer.Finish(out);
  EXPECT_EQ(writer.plain_size(), plain.size());
  return out;
}

class Opened {
 public:
  explicit Opened(std::string bytes) : bytes_(std::move(bytes)), source_(bytes_) {
    reader = AgePayloadReader::Open(source_, 0, FileKey()).value();
  }
  std::string Read(uint64_t offset, size_t size) {
    std::string out(size, '\0');
    const auto got = reader->ReadAt(offset, out.data(), size);
    if (!got) return "error";
    out.resize(*got);
    return out;
  }
  std::unique_ptr<AgePayloadReader> reader;

 private:
  std::string bytes_;
  MemorySource source_;
};

constexpr size_t kSizes[] = {0, 1, 65535, 65536, 65537, 131071, 131072, 131073, 300000, 10 << 20};

TEST(AgePayload, EverySizeComesBack) {
  for (const size_t size : kSizes) {
    const std::string plain = Plain(size);
    Opened opened(Sealed(plain, 100'000));
    const auto extent = opened.reader->Measure();
    ASSERT_TRUE(extent);
    EXPECT_TRUE(extent->whole) << size;
    EXPECT_EQ(extent->plain_size, size);
    EXPECT_EQ(opened.Read(0, size + 1), plain);
  }
}

TEST(AgePayload, PiecesMakeTheSameBytesAsAWhole) {
  const std::string plain = Plain(200'000);
  const std::string whole = Sealed(plain, plain.size());
  for (const size_t step : {1u, 7u, 65535u, 65536u, 65537u, 131072u}) {
    EXPECT_EQ(Sealed(plain, step), whole) << step;
  }
}

TEST(AgePayload, AChunkIsEncryptedOnlyWhenMoreIsThere) {
  AgePayloadWriter writer(FileKey(), kNonce);
  std::string out;
  writer.Append(Plain(kAgeChunk), out);
  EXPECT_EQ(out, "");
  EXPECT_EQ(writer.pending().size(), kAgeChunk);
  writer.Append("x", out);
  EXPECT_EQ(out.size(), kAgeSealedChunk);
  EXPECT_EQ(writer.pending(), "x");
  writer.Append(Plain(2 * kAgeChunk), out);
  EXPECT_EQ(out.size(), 3 * kAgeSealedChunk);
  EXPECT_EQ(writer.pending().size(), 1u);
  writer.Finish(out);
  EXPECT_TRUE(writer.finished());
}

TEST(AgePayloadDeathTest, ThereIsNoSecondEnding) {
  AgePayloadWriter writer(FileKey(), kNonce);
  std::string out;
  writer.Finish(out);
  EXPECT_DEATH(writer.Finish(out), "");
}

TEST(AgePayload, AnyPlaceIsReadAlone) {
  const std::string plain = Plain(300'000);
  const std::string sealed = Sealed(plain, plain.size());
  for (size_t offset = 0; offset < plain.size() + 70'000; offset += 9'973) {
    Opened opened(sealed);
    EXPECT_EQ(opened.Read(offset, 70'000),
              offset < plain.size() ? plain.substr(offset, 70'000) : "");
  }
}

TEST(AgePayload, OneChunkIsDecryptedForOnePlace) {
  std::string sealed = Sealed(Plain(1 << 20), 1 << 20);
  // All other chunks but the fifth are spoilt, and nobody asks.
  for (size_t chunk = 0; chunk < 16; ++chunk) {
    if (chunk != 5) sealed[16 + chunk * kAgeSealedChunk] ^= 1;
  }
  Opened opened(sealed);
  EXPECT_EQ(opened.Read(5 * kAgeChunk + 10, 100), Plain(1 << 20).substr(5 * kAgeChunk + 10, 100));
  EXPECT_EQ(opened.Read(4 * kAgeChunk, 1), "error");
}

TEST(AgePayload, ACutFileIsReadToItsLastWholeChunk) {
  const std::string plain = Plain(200'000);
  const std::string sealed = Sealed(plain, plain.size());
  for (size_t size = 16; size < sealed.size(); size += size % kAgeSealedChunk < 40 ? 1 : 6'553) {
    Opened opened(sealed.substr(0, size));
    const auto extent = opened.reader->Measure();
    ASSERT_TRUE(extent) << size;
    EXPECT_FALSE(extent->whole);
    const size_t whole = (size - 16) / kAgeSealedChunk * kAgeChunk;
    EXPECT_EQ(extent->plain_size, whole);
    EXPECT_EQ(extent->torn, (size - 16) % kAgeSealedChunk);
    EXPECT_EQ(opened.Read(0, plain.size()), plain.substr(0, whole));
  }
  EXPECT_FALSE(AgePayloadReader::Open(MemorySource(sealed.substr(0, 15)), 0, FileKey()));
}

TEST(AgePayload, TheFinalChunkIsNoOrdinaryOne) {
  // A whole last chunk: cut and continued files differ from it in the nonce alone.
  const std::string plain = Plain(2 * kAgeChunk);
  const std::string whole = Sealed(plain, plain.size());
  EXPECT_TRUE(Opened(whole).reader->Measure()->whole);
  EXPECT_FALSE(Opened(Sealed(plain + 'x', plain.size() + 1, false)).reader->Measure()->whole);
  EXPECT_EQ(Opened(whole + Sealed(plain, 1).substr(16)).Read(kAgeChunk, 1), "error");
}

TEST(AgePayload, ZerosOfAPowerCutAreAnEnd) {
  const std::string plain = Plain(5 * kAgeChunk + 10);
  std::string sealed = Sealed(plain, plain.size());
  for (const size_t from : {size_t{16}, 16 + 2 * kAgeSealedChunk, 16 + 2 * kAgeSealedChunk + 100,
                            16 + 3 * kAgeSealedChunk - 16, 16 + 3 * kAgeSealedChunk - 1}) {
    std::string torn = sealed;
    std::fill(torn.begin() + static_cast<ptrdiff_t>(from), torn.end(), '\0');
    const size_t good = (from - 16) / kAgeSealedChunk * kAgeChunk;
    EXPECT_EQ(Opened(torn).Read(0, plain.size()), plain.substr(0, good)) << from;
    // With something behind them they count where they fill a sector, of 512 bytes.
    torn.back() = 1;
    const bool sector = from < 16 + 3 * kAgeSealedChunk - 16;
    EXPECT_TRUE(Opened(torn).Read(0, plain.size()) == (sector ? plain.substr(0, good) : "error"))
        << from;
  }
}

TEST(AgePayload, ASectorThatIsMissingIsAnEndAndLessIsNot) {
  const std::string plain = Plain(3 * kAgeChunk + 10);
  const std::string sealed = Sealed(plain, plain.size());
  for (const size_t size : {size_t{512}, size_t{511}}) {
    std::string torn = sealed;
    const size_t from = (16 + kAgeSealedChunk) / 512 * 512 + 1024;
    std::fill_n(torn.begin() + static_cast<ptrdiff_t>(from), size, '\0');
    EXPECT_TRUE(Opened(torn).Read(0, plain.size()) ==
                (size == 512 ? plain.substr(0, kAgeChunk) : "error"))
        << size;
  }
}

TEST(AgePayload, AFileMayGrowWhileItIsRead) {
  const std::string plain = Plain(3 * kAgeChunk + 5);
  const std::string sealed = Sealed(plain, plain.size());
  std::string bytes = sealed.substr(0, 16 + kAgeSealedChunk + 99);
  struct Growing final : ByteSource {
    explicit Growing(const std::string& of) : bytes(of) {}
    Result<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override {
      return MemorySource(bytes).ReadAt(offset, out, size);
    }
    Result<uint64_t> Size() const override { return bytes.size(); }
    const std::string& bytes;
  } source(bytes);
  const auto reader = AgePayloadReader::Open(source, 0, FileKey()).value();
  std::string out(plain.size(), '\0');
  EXPECT_EQ(reader->ReadAt(0, out.data(), out.size()), kAgeChunk);
  bytes = sealed;
  EXPECT_EQ(reader->ReadAt(0, out.data(), out.size()), plain.size());
  EXPECT_EQ(out, plain);
}

}  // namespace
}  // namespace secure_exec
