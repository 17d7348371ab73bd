#include "recorder/cast/line_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "base/bytes.h"

namespace secure_exec {
namespace {

struct Lines {
  std::string text;
  std::vector<LineInfo> infos;
};

Lines Write(std::string_view bytes, Channel channel = Channel::kStdout, int64_t t_us = 1'500'000) {
  Lines lines;
  AppendBytesLines(t_us, channel, bytes, lines.text,
                   [&](const LineInfo& info) { lines.infos.push_back(info); });
  return lines;
}

// Decodes with nlohmann's parser, and checks what every line must hold on the way.
std::string Decode(const Lines& lines, std::string* codes = nullptr) {
  std::string bytes;
  size_t at = 0;
  for (const LineInfo& info : lines.infos) {
    const std::string line = lines.text.substr(at, info.size);
    at += info.size;
    EXPECT_EQ(line.back(), '\n');
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    const auto event = nlohmann::json::parse(line);
    const auto code = event[1].get<std::string>();
    EXPECT_EQ(line.substr(0, info.prefix_size).find(','), line.find(','));
    EXPECT_EQ(info.prefix_size, line.find(',', line.find(',') + 1) + 1);
    const auto data = event[2].get<std::string>();
    std::string piece;
    if (std::isupper(static_cast<unsigned char>(code[0]))) {
      EXPECT_TRUE(Base64DecodeAppend(data, piece));
    } else {
      piece = data;
    }
    EXPECT_LE(piece.size(), kMaxLinePayload);
    EXPECT_EQ(piece.size(), info.payload_bytes[0] + info.payload_bytes[1] + info.payload_bytes[2]);
    bytes += piece;
    if (codes != nullptr) *codes += code;
  }
  EXPECT_EQ(at, lines.text.size());
  return bytes;
}

std::string Codes(std::string_view bytes) {
  std::string codes;
  EXPECT_EQ(Decode(Write(bytes), &codes), bytes);
  return codes;
}

std::string RandomText(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST(BytesLines, AreWrittenExactlyAsTheFormatSays) {
  EXPECT_EQ(Write("hi\r\n").text, "[1.500000, \"o\", \"hi\\r\\n\"]\n");
  EXPECT_EQ(Write("x", Channel::kStdin, 7).text, "[0.000007, \"i\", \"x\"]\n");
  EXPECT_EQ(Write("x", Channel::kStderr, 12'345'678'901).text, "[12345.678901, \"e\", \"x\"]\n");
  EXPECT_EQ(Write("\xff", Channel::kStderr, 0).text, "[0.000000, \"E\", \"/w==\"]\n");
}

TEST(BytesLines, SayWhatTheContainerNeeds) {
  const Lines lines = Write("hi", Channel::kStderr);
  ASSERT_EQ(lines.infos.size(), 1u);
  EXPECT_EQ(lines.infos[0].size, lines.text.size());
  EXPECT_EQ(lines.infos[0].prefix_size, std::string("[1.500000, \"e\",").size());
  EXPECT_EQ(lines.infos[0].payload_bytes[2], 2u);
  EXPECT_EQ(lines.infos[0].payload_bytes[1], 0u);
  EXPECT_EQ(lines.infos[0].t_us, 1'500'000);
}

TEST(BytesLines, HoldNothingForNoBytes) { EXPECT_EQ(Write("").text, ""); }

TEST(BytesLines, BringBackEveryByteAlone) {
  for (int c = 0; c < 256; ++c) {
    EXPECT_EQ(Codes(std::string(1, static_cast<char>(c))), c < 128 ? "o" : "O") << c;
  }
}

TEST(BytesLines, BringBackEveryByteAtEveryOffset) {
  for (size_t offset = 0; offset < 40; ++offset) {
    for (int c = 0; c < 128; ++c) {
      std::string text(40, 'a');
      text[offset] = static_cast<char>(c);
      ASSERT_EQ(Codes(text), "o") << offset << ' ' << c;
    }
  }
}

TEST(BytesLines, NeverHoldARawControlCharacter) {
  std::string text;
  for (int c = 0; c < 0x80; ++c) text += static_cast<char>(c);
  for (int c = 0x80; c < 0x100; ++c) {
    text += c < 0xC0 ? '\xC2' : '\xC3';
    text += static_cast<char>(0x80 | (c & 0x3F));
  }
  const Lines lines = Write(text);
  EXPECT_EQ(Decode(lines), text);
  for (size_t i = 0; i + 1 < lines.text.size(); ++i) {
    const auto c = static_cast<uint8_t>(lines.text[i]);
    EXPECT_FALSE(c < 0x20 || c == 0x7F) << i;
    EXPECT_FALSE(c == 0xC2 && static_cast<uint8_t>(lines.text[i + 1]) < 0xA0) << i;
  }
}

TEST(BytesLines, AreSplitAtTheLimit) {
  const Lines lines = Write(std::string(kMaxLinePayload * 2 + 1, 'a'));
  ASSERT_EQ(lines.infos.size(), 3u);
  EXPECT_EQ(lines.infos[0].payload_bytes[1], kMaxLinePayload);
  EXPECT_EQ(lines.infos[2].payload_bytes[1], 1u);
}

TEST(BytesLines, NeverCutACharacterAtTheLimit) {
  for (const char* character : {"é", "€", "𝄞"}) {
    for (size_t before = kMaxLinePayload - 5; before <= kMaxLinePayload; ++before) {
      EXPECT_EQ(Codes(std::string(before, 'a') + character + std::string(80, 'b')), "oo");
    }
  }
}

TEST(BytesLines, NeverCutACharacterBetweenTwoBinaryRuns) {
  for (size_t before = 0; before < 8; ++before) {
    // No stretch of text is long, so all of it is binary; the limit falls into or beside the €.
    std::string bytes;
    while (bytes.size() < kMaxLinePayload - 4 - before) bytes += '\xFF';
    bytes += "€€€\xFF";
    const Lines lines = Write(bytes);
    EXPECT_EQ(Decode(lines), bytes);
    const size_t cut = lines.infos[0].payload_bytes[1];
    EXPECT_NE(static_cast<uint8_t>(bytes[std::min(cut, bytes.size() - 1)]) & 0xC0, 0x80) << before;
  }
}

TEST(BytesLines, KeepLongTextAroundBinaryReadable) {
  const std::string text(64, 'a');
  EXPECT_EQ(Codes(text + "\xff"), "oO");
  EXPECT_EQ(Codes("\xff" + text), "Oo");
  EXPECT_EQ(Codes("\xff\xfe" + text + "\xff" + text), "OoOo");
  EXPECT_EQ(Codes("\x80" + std::string(40, 'x') + "\x80" + text + "€"), "Oo");
}

TEST(BytesLines, KeepShortTextInsideBinary) {
  const std::string text(63, 'a');
  EXPECT_EQ(Codes(text + "\xff"), "O");
  EXPECT_EQ(Codes("\xff" + text), "O");
  EXPECT_EQ(Codes(text + "\xff" + text + "\xff" + text), "O");
}

TEST(BytesLines, FindLongTextWhereverItBegins) {
  for (size_t before = 1; before < 140; ++before) {
    for (const char* character : {"a", "é", "€", "𝄞"}) {
      std::string text;
      while (text.size() < 64) text += character;
      EXPECT_EQ(Codes(std::string(before, '\xff') + text + "\xff"), "OoO") << before << character;
    }
  }
}

TEST(BytesLines, AreFewForRandomBytes) {
  const std::string bytes = RandomText(1 << 20, 1);
  EXPECT_LE(Codes(bytes).size(), bytes.size() / kMaxLinePayload + 2);
}

TEST(BytesLines, BringBackAnyMixture) {
  std::mt19937 random(7);
  const char* pieces[] = {
      "a",    "é",  "€",  "𝄞",       "\xff", "\xc2",         "\xe2\x82", "\xf0\x9d\x84",
      "\x80", "\"", "\\", "\x1b[0m", "\n",   "\xed\xa0\x80", "\xc2\x9b"};
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    const size_t size = random() % 10'000;
    const unsigned variety = 1 + random() % std::size(pieces);
    while (bytes.size() < size) {
      const std::string piece = pieces[random() % variety];
      for (unsigned n = random() % 100; n > 0; --n) bytes += piece;
    }
    ASSERT_EQ(Decode(Write(bytes)), bytes) << round;
  }
}

TEST(TextLine, IsWrittenExactlyAsTheFormatSays) {
  std::string out;
  const LineInfo info = AppendTextLine(2'000'001, 'r', "80x24", out);
  EXPECT_EQ(out, "[2.000001, \"r\", \"80x24\"]\n");
  EXPECT_EQ(info.size, out.size());
  EXPECT_EQ(info.prefix_size, 15u);
  EXPECT_EQ(info.payload_bytes[0] + info.payload_bytes[1] + info.payload_bytes[2], 0u);
}

TEST(TextLine, ReplacesWhatIsNotUtf8) {
  std::string out;
  AppendTextLine(0, 'm', "a\xff\xc3z", out);
  EXPECT_EQ(out, "[0.000000, \"m\", \"a\uFFFD\uFFFDz\"]\n");
}

TEST(TextLine, IsCutAtTheLimit) {
  for (size_t before = kMaxLinePayload - 4; before < kMaxLinePayload + 4; ++before) {
    std::string out;
    AppendTextLine(0, 'm', std::string(before, 'a') + "€€\xff", out);
    const auto text = nlohmann::json::parse(out)[2].get<std::string>();
    EXPECT_LE(text.size(), kMaxLinePayload);
    EXPECT_GT(text.size(), kMaxLinePayload - 3);
  }
}

TEST(TextLine, TakesATimeBeforeTheStartAsTheStart) {
  std::string out;
  AppendTextLine(-5, 'm', "", out);
  EXPECT_EQ(out, "[0.000000, \"m\", \"\"]\n");
}

}  // namespace
}  // namespace secure_exec
