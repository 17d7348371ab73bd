#include "base/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

namespace secure_exec {
namespace {

std::string EncodeCodePoint(uint32_t c) {
  std::string out;
  const auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6), put(0x80 | (c & 63));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
  } else {
    put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63)),
        put(0x80 | (c & 63));
  }
  return out;
}

// A decoder by arithmetic, independent of the tables under test: length of the valid character at
// the front, or 0.
size_t ReferenceCharacter(std::string_view s) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(s[i]); };
  if (s.empty()) return 0;
  const size_t n = at(0) < 0x80             ? 1
                   : (at(0) & 0xE0) == 0xC0 ? 2
                   : (at(0) & 0xF0) == 0xE0 ? 3
                   : (at(0) & 0xF8) == 0xF0 ? 4
                                            : 0;
  if (n == 0 || s.size() < n) return 0;
  uint32_t c = n == 1 ? at(0) : at(0) & (0xFFu >> (n + 1));
  for (size_t i = 1; i < n; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
    c = c << 6 | (at(i) & 63);
  }
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return 0;
  return EncodeCodePoint(c).size() == n ? n : 0;
}

TEST(ValidUtf8Prefix, TakesEveryCharacter) {
  for (uint32_t c = 0; c <= 0x10FFFF; ++c) {
    const std::string text = EncodeCodePoint(c);
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    ASSERT_EQ(ValidUtf8Prefix(text), surrogate ? 0 : text.size()) << c;
  }
}

TEST(ValidUtf8Prefix, AgreesWithTheReferenceOnAllThreeByteStrings) {
  // Every lead byte, and second and third bytes at the edges of every range.
  const uint8_t kEdges[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xF4, 0xFF};
  for (int a = 0; a < 256; ++a) {
    for (const uint8_t b : kEdges) {
      for (const uint8_t c : kEdges) {
        for (const uint8_t d : kEdges) {
          const char bytes[] = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c),
                                static_cast<char>(d)};
          const std::string_view text(bytes, 4);
          size_t expected = 0;
          while (const size_t n = ReferenceCharacter(text.substr(expected))) expected += n;
          ASSERT_EQ(ValidUtf8Prefix(text), expected) << a << ' ' << +b << ' ' << +c << ' ' << +d;
        }
      }
    }
  }
}

TEST(ValidUtf8Prefix, StopsAtABadByteWhereverItStands) {
  for (size_t i = 0; i < 100; ++i) {
    std::string text(100, 'a');
    text[i] = '\xFF';
    EXPECT_EQ(ValidUtf8Prefix(text), i);
  }
}

TEST(ValidUtf8Prefix, StopsBeforeACharacterThatIsCut) {
  const std::string text = "aé€𝄞";
  EXPECT_EQ(ValidUtf8Prefix(text), 10u);
  EXPECT_EQ(ValidUtf8Prefix(text.substr(0, 9)), 6u);
  EXPECT_EQ(ValidUtf8Prefix(text.substr(0, 5)), 3u);
  EXPECT_EQ(ValidUtf8Prefix(text.substr(0, 2)), 1u);
}

TEST(IncompleteUtf8Tail, IsTheCutCharacter) {
  for (const char* character : {"é", "€", "𝄞"}) {
    const std::string text = std::string("x") + character;
    EXPECT_EQ(IncompleteUtf8Tail(text), 0u);
    for (size_t n = 2; n < text.size(); ++n)
      EXPECT_EQ(IncompleteUtf8Tail(text.substr(0, n)), n - 1);
  }
}

TEST(IncompleteUtf8Tail, IsEmptyWhereNoByteCouldComplete) {
  for (const char* text : {"", "a", "\xFF", "\x80", "\xC0", "\xE0\x80", "\xED\xA0", "\xF4\x90",
                           "\xF0\x8F", "\xF5", "\x80\x80\x80", "\xC3\xA9\x80"}) {
    EXPECT_EQ(IncompleteUtf8Tail(text), 0u) << text;
  }
}

TEST(IncompleteUtf8Tail, AgreesWithBruteForce) {
  // A tail is incomplete if and only if some continuation makes it one valid character.
  for (int a = 0x80; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string tail = {static_cast<char>(a), static_cast<char>(b)};
      bool completes = false;
      for (const char* more : {"\x80", "\xBF", "\x80\x80", "\xBF\xBF"}) {
        completes |= ReferenceCharacter(tail + more) == tail.size() + std::string(more).size();
      }
      const bool one = b >= 0xC2 && b <= 0xF4;
      ASSERT_EQ(IncompleteUtf8Tail(tail), completes ? 2u : one ? 1u : 0u) << a << ' ' << b;
    }
  }
}

}  // namespace
}  // namespace secure_exec
