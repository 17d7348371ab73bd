#include "base/vt/utf8_char.h"

#include <gtest/gtest.h>

#include <string>

namespace secure_exec {
namespace {

std::string Encode(char32_t c) {
  std::string out;
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
  }
  if (c >= 0x10000) out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
  if (c >= 0x800) out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
  if (c >= 0x80) out += static_cast<char>(0x80 | (c & 0x3F));
  return out;
}

TEST(Utf8CharTest, EveryCodePoint) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    const std::string bytes = Encode(c);
    const Utf8Char got = DecodeUtf8Char(bytes);
    if (c >= 0xD800 && c < 0xE000) {
      ASSERT_EQ(got.kind, Utf8Char::kInvalid) << static_cast<uint32_t>(c);
      continue;
    }
    ASSERT_EQ(got.kind, Utf8Char::kValid) << static_cast<uint32_t>(c);
    ASSERT_EQ(got.code_point, c);
    ASSERT_EQ(got.size, bytes.size());
    std::string encoded;
    AppendUtf8(c, encoded);
    ASSERT_EQ(encoded, bytes);
    for (size_t cut = 1; cut < bytes.size(); ++cut) {
      const Utf8Char part = DecodeUtf8Char(std::string_view(bytes).substr(0, cut));
      ASSERT_EQ(part.kind, Utf8Char::kIncomplete);
      ASSERT_EQ(part.size, cut);
    }
  }
}

// The examples of the Unicode standard, section 3.9: maximal subparts.
TEST(Utf8CharTest, InvalidSequencesAreCutAtTheMaximalSubpart) {
  const struct {
    const char* bytes;
    size_t size;
  } kCases[] = {{"\xC0\xAF", 1}, {"\xE0\x80\xBF", 1}, {"\xED\xA0\x80", 1}, {"\xF4\x91\x92\x93", 1},
                {"\xFF", 1},     {"\x80", 1},         {"\xE1\x80\xE2", 2}, {"\xF0\x91\x92\x41", 3},
                {"\xC2\x41", 1}, {"\xF5\x80", 1},     {"\xF0\x80\x80", 1}};
  for (const auto& c : kCases) {
    const Utf8Char got = DecodeUtf8Char(c.bytes);
    EXPECT_EQ(got.kind, Utf8Char::kInvalid);
    EXPECT_EQ(got.size, c.size);
  }
}

TEST(Utf8CharTest, LastCharStart) {
  EXPECT_EQ(LastCharStart("a"), 0u);
  EXPECT_EQ(LastCharStart("ab"), 1u);
  EXPECT_EQ(LastCharStart("a\xC3\xA9"), 1u);
  EXPECT_EQ(LastCharStart("\xF0\x9F\x98\x80"), 0u);
}

}  // namespace
}  // namespace secure_exec
