// The session key is in this process's memory while it is needed, and nowhere in it afterwards.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "base/unique_fd.h"
#include "recorder/testing/recorder_fixture.h"

namespace secure_exec {
namespace {

// The secret is kept here only behind this mask.
constexpr uint8_t kMask = 0x5A;

class SessionKeyTest : public RecorderFixture {
 protected:
  void SetUp() override {
    RecorderFixture::SetUp();
    options_.random = [this](void* out, size_t size) {
      RandomBytes(out, size);
      if (drawn_++ > 0) return;
      ASSERT_EQ(size, masked_.size());  // the first that is drawn is the session key's secret
      for (size_t i = 0; i < size; ++i) masked_[i] = static_cast<const uint8_t*>(out)[i] ^ kMask;
    };
  }

  // How often the secret stands in what this process can write to.
  size_t CountInMemory() const {
    const UniqueFd memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
    EXPECT_TRUE(memory);
    constexpr size_t kPiece = 1 << 20;
    const auto piece = std::make_unique<uint8_t[]>(kPiece);
    const auto own = reinterpret_cast<uint64_t>(piece.get());
    std::ifstream maps("/proc/self/maps");
    size_t count = 0;
    for (std::string line; std::getline(maps, line);) {
      uint64_t begin = 0, end = 0;
      char dash = 0;
      std::string access;
      std::istringstream(line) >> std::hex >> begin >> dash >> end >> access;
      if (!access.starts_with("rw")) continue;
      // A sanitizer's shadow: terabytes, and no bytes of ours. That the key is found while it is
      // needed shows that nothing else is left out.
      if (end - begin > uint64_t{64} << 20) continue;
      // Pieces overlap by a secret's length.
      for (uint64_t at = begin; at < end; at += kPiece - masked_.size()) {
        const ssize_t size =
            ::pread(memory.get(), piece.get(), std::min(kPiece, end - at), static_cast<off_t>(at));
        // memchr, for the first byte: a loop at -O0 takes seconds.
        const size_t last = size < static_cast<ssize_t>(masked_.size())
                                ? 0
                                : static_cast<size_t>(size) - masked_.size() + 1;
        for (size_t i = 0; i < last; ++i) {
          const void* const found = std::memchr(&piece[i], masked_[0] ^ kMask, last - i);
          if (found == nullptr) break;
          i = static_cast<size_t>(static_cast<const uint8_t*>(found) - piece.get());
          const uint64_t address = at + i;
          if (address >= own && address < own + kPiece) continue;
          size_t same = 0;
          while (same < masked_.size() && (piece[i + same] ^ kMask) == masked_[same]) ++same;
          count += same == masked_.size();
        }
      }
    }
    Wipe(piece.get(), kPiece);
    return count;
  }

  Hash masked_{};
  int drawn_ = 0;
};

TEST_F(SessionKeyTest, IsGoneFromMemoryAfterTheSeal) {
  Start();
  ASSERT_TRUE(Show("shown"));
  clock_.Advance(5 * kSecond);
  ASSERT_TRUE(Show("signed"));
  EXPECT_GE(CountInMemory(), 1u);
  ASSERT_TRUE(Seal());
  EXPECT_EQ(CountInMemory(), 0u);
}

TEST_F(SessionKeyTest, IsGoneFromMemoryWhenTheRecordingEndsWithoutASeal) {
  Start();
  ASSERT_TRUE(Show("shown"));
  EXPECT_GE(CountInMemory(), 1u);
  recorder_.reset();
  EXPECT_EQ(CountInMemory(), 0u);
}

}  // namespace
}  // namespace secure_exec
