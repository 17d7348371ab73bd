#include "recorder/cast/line_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace secure_exec {
namespace {

using testing::HasSubstr;

Event Read(std::string_view line, int version = 2) {
  LineReader reader(version);
  Event event;
  const auto read = reader.Read(line, event);
  EXPECT_TRUE(read) << line << ": " << read.error().message;
  EXPECT_TRUE(read && *read) << line;
  return event;
}
std::string Data(std::string_view line) { return Read(line).data; }

// What a line that is no event gives: "none" or the error.
std::string Refused(std::string_view line, int version = 2) {
  LineReader reader(version);
  Event event;
  const auto read = reader.Read(line, event);
  if (!read) return read.error().message;
  return *read ? "an event" : "none";
}

TEST(LineReader, ReadsOurLines) {
  const Event event = Read(R"([12.345678, "o", "hi\r\n"])");
  EXPECT_EQ(event.t_us, 12'345'678);
  EXPECT_EQ(event.code, 'o');
  EXPECT_EQ(event.data, "hi\r\n");
}
TEST(LineReader, ReadsEveryEscape) {
  EXPECT_EQ(Data(R"([0.000000, "o", "\"\\\/\b\f\n\r\t\u001b\u00e9\u20ac"])"),
            "\"\\/\b\f\n\r\t\x1b\u00e9\u20ac");
  EXPECT_EQ(Data(R"([0.000000, "o", "\ud83d\ude00"])"), "\U0001F600");
  EXPECT_EQ(Data(R"([0.000000, "o", "\u0000"])"), std::string(1, '\0'));
}
TEST(LineReader, FindsASpecialByteAtEveryPlace) {
  for (size_t at = 0; at < 40; ++at) {
    const std::string before(at, 'x');
    const std::string after(40 - at, 'y');
    EXPECT_EQ(Data("[1.000000, \"o\", \"" + before + "\\n" + after + "\"]"), before + "\n" + after);
    EXPECT_EQ(Data("[1.000000, \"o\", \"" + before + "\u20ac!" + after + "\"]"),
              before + "\u20ac!" + after);
    for (const char* bad : {"\"", "\x1f", "\\q", "\\u12"}) {
      EXPECT_THAT(Refused("[1.000000, \"o\", \"" + before + bad + after + "\"]"),
                  HasSubstr("not an asciicast event"));
    }
  }
}
TEST(LineReader, DecodesBase64) {
  EXPECT_EQ(Data(R"([0.000001, "O", "AP8="])"), std::string("\0\xff", 2));
  EXPECT_EQ(Data(R"([0.000001, "I", ""])"), "");
  EXPECT_EQ(Data(R"([1,"E","\u0041P8="])"), std::string("\0\xff", 2));
  EXPECT_THAT(Refused(R"([0.000001, "O", "AP8"])"), HasSubstr("base64"));
  EXPECT_THAT(Refused(R"([0.000001, "E", "A\n8="])"), HasSubstr("base64"));
}
TEST(LineReader, TakesUnknownCodes) { EXPECT_EQ(Read(R"([1.000000, "z", "?"])").code, 'z'); }

TEST(LineReader, ReadsForeignTimes) {
  EXPECT_EQ(Read(R"([0, "o", ""])").t_us, 0);
  EXPECT_EQ(Read(R"([3, "o", ""])").t_us, 3'000'000);
  EXPECT_EQ(Read(R"([0.1234567, "o", ""])").t_us, 123'457);
  EXPECT_EQ(Read(R"([1e-3, "o", ""])").t_us, 1'000);
  EXPECT_EQ(Read(R"([-1, "o", ""])").t_us, 0) << "nothing is before the start";
  EXPECT_EQ(Read(R"([123456789.000001, "o", ""])").t_us, 123'456'789'000'001);
  EXPECT_THAT(Refused(R"([1e300, "o", ""])"), HasSubstr("31 years"));
  EXPECT_THAT(Refused(R"([12345678901.000000, "o", ""])"), HasSubstr("31 years"));
}
TEST(LineReader, ReadsForeignSpacing) {
  EXPECT_EQ(Data("[1.5,\"o\",\"a\"]"), "a");
  EXPECT_EQ(Data(" [ 1.5 , \"o\" , \"a\" ] \r"), "a");
  EXPECT_EQ(Data("[1.5, \"o\", \"a\", \"more\", 7]"), "a");
}
TEST(LineReader, MakesLoneSurrogatesAReplacementCharacter) {
  const std::string r = "\uFFFD";
  EXPECT_EQ(Data(R"([1.000000, "o", "a\udcffb"])"), "a" + r + "b");
  EXPECT_EQ(Data(R"([1.000000, "o", "\ud83d"])"), r);
  EXPECT_EQ(Data(R"([1.000000, "o", "\ud83d\ud83d\ude00"])"), r + "\U0001F600");
  EXPECT_EQ(Data(R"([1.000000, "o", "\\udcff"])"), "\\udcff") << "an escaped backslash";
}
TEST(LineReader, MakesBadUtf8AReplacementCharacter) {
  EXPECT_EQ(Data("[1.000000, \"o\", \"a\xff\xe2\x82z\"]"), "a\uFFFD\uFFFD\uFFFDz");
}
TEST(LineReader, PassesOverWhatHoldsNoEvent) {
  EXPECT_EQ(Refused(""), "none");
  EXPECT_EQ(Refused("  \r"), "none");
  EXPECT_EQ(Refused("# a comment", 3), "none");
  EXPECT_EQ(Refused(R"([1.0, "oo", "x"])"), "none");
  EXPECT_EQ(Refused(R"([1.0, "é", "x"])"), "none");
  EXPECT_EQ(Refused(R"([1.0, "o", {"x": [1]}])"), "none");
}
TEST(LineReader, RefusesWhatIsNoEvent) {
  for (const char* line : {"x", "[", "[]", "[1.0]", R"([1.0, "o"])", R"(["1", "o", "x"])",
                           R"([1.0, 2, "x"])", R"({"version": 2})", R"([1.0, "o", "x"]])",
                           R"([1.000000, "o", "x)", "[1.000000, \"o\", \"\n\"]"}) {
    EXPECT_THAT(Refused(line), HasSubstr("not an asciicast event")) << line;
  }
}
TEST(LineReader, NoPrefixOfALineIsAnEvent) {
  const std::string line = R"([12.345678, "o", "a\n\u001b[0m\"]"])";
  for (size_t size = 1; size < line.size(); ++size) {
    EXPECT_THAT(Refused(line.substr(0, size)), HasSubstr("not an asciicast event")) << size;
  }
}
TEST(LineReader, BothPathsAgree) {
  // The same event with our spacing (the fast path) and with other spacing (simdjson).
  for (const char* body :
       {"", "x", "\\\"", "a\\\\", "\\u0007\\u007f", "\u00e9\u20ac\U0001F600", "\\ud83d\\ude00"}) {
    for (const char* code : {"o", "e", "m", "z"}) {
      const std::string c(code), b(body);
      const Event ours = Read("[7.654321, \"" + c + "\", \"" + b + "\"]");
      const Event theirs = Read("[7.654321 ,\"" + c + "\",\"" + b + "\"]");
      EXPECT_EQ(ours.t_us, theirs.t_us);
      EXPECT_EQ(ours.code, theirs.code);
      EXPECT_EQ(ours.data, theirs.data) << body;
    }
  }
}
TEST(LineReader, RefusesEndlessLinesAndDepth) {
  EXPECT_THAT(Refused("[1.0,\"o\",\"" + std::string(kMaxForeignLine, 'x') + "\"]"),
              HasSubstr("16 MiB"));
  EXPECT_THAT(Refused("[1.0,\"o\"," + std::string(100'000, '[')),
              HasSubstr("not an asciicast event"));
}

class V3 : public testing::Test {
 protected:
  // The time of the event in `line`, or -1.
  int64_t Time(std::string_view line) {
    Event event;
    const auto read = reader_.Read(line, event);
    return read && *read ? event.t_us : -1;
  }
  LineReader reader_{3};
};

TEST_F(V3, AddsIntervals) {
  EXPECT_EQ(Time(R"([0.5, "o", "a"])"), 500'000);
  EXPECT_EQ(Time(R"([1.250, "o", "b"])"), 1'750'000);
  EXPECT_EQ(Time("# nothing"), -1);
  EXPECT_EQ(Time(R"([0.000000, "x", "0"])"), 1'750'000) << "our spacing is relative too";
}
TEST_F(V3, AnIntervalCountsThoughItsEventIsPassedOver) {
  EXPECT_EQ(Time(R"([1, "oo", "a"])"), -1);
  EXPECT_EQ(Time(R"([1, "o", 5])"), -1);
  EXPECT_EQ(Time(R"([1, "o", "b"])"), 3'000'000);
}
TEST_F(V3, NeverGoesBackOrBeyondAllTime) {
  EXPECT_EQ(Time(R"([2, "o", "a"])"), 2'000'000);
  EXPECT_EQ(Time(R"([-1, "o", "a"])"), 2'000'000);
  EXPECT_EQ(Time(R"([1e9, "o", "a"])"), -1);
}

}  // namespace
}  // namespace secure_exec
