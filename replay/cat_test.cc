#include <gmock/gmock.h>
#include <sys/stat.h>

#include "recorder/testing/recording_builder.h"
#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;

class CatTest : public ReplayTest {
 protected:
  CatTest() {
    WriteCast("a.cast",
              {R"([1.0, "o", "\u001b[1mout\u001b[0m one\r\n"])", R"([2.0, "i", "typed\u007fd\r"])",
               R"([3.0, "e", "err\n"])", R"([4.0, "O", "/wD+"])",
               R"([5.0, "o", "\u001b]52;c;QQ==\u0007last"])", R"([6.0, "x", "0 remote exit"])"});
  }
  Outcome Cat(std::vector<std::string> options) {
    options.insert(options.begin(), {"cat", directory / "a.cast"});
    return Run(options);
  }
};

TEST_F(CatTest, TextOfTheOutput) {
  const Outcome cat = Cat({});
  EXPECT_EQ(cat.code, 0) << cat.err;
  EXPECT_EQ(cat.out, "out one\nerr\n\uFFFD\uFFFDlast");
  EXPECT_EQ(cat.err, "");
}

TEST_F(CatTest, OneChannel) {
  EXPECT_EQ(Cat({"--channel", "stdin"}).out, "typed\n");
  EXPECT_EQ(Cat({"--channel", "stderr"}).out, "err\n");
  EXPECT_EQ(Cat({"--channel=stdout", "--channel=stdin"}).out, "out one\ntyped\n\uFFFD\uFFFDlast");
}

TEST_F(CatTest, RawIsExact) {
  using namespace std::string_literals;
  EXPECT_EQ(Cat({"--raw"}).out, "\x1B[1mout\x1B[0m one\r\n\xFF\0\xFE\x1B]52;c;QQ==\alast"s);
  EXPECT_EQ(Cat({"--raw", "--channel", "stdin"}).out,
            "typed\x7F"
            "d\r");
  EXPECT_EQ(Cat({"--raw", "--channel", "stderr"}).out, "err\n");
}

TEST_F(CatTest, RawNotToATerminal) {
  terminal = true;
  const Outcome refused = Cat({"--raw"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_EQ(Cat({"--raw", "--force", "--channel", "stderr"}).out, "err\n");
}

TEST_F(CatTest, Mistakes) {
  EXPECT_THAT(Cat({"--channel", "foo"}).err, HasSubstr("not \"foo\""));
  EXPECT_EQ(Cat({"--raw", "--channel", "stdin", "--channel", "stdout"}).code, 1);
}

TEST_F(CatTest, DigestsAreMissing) {
  WriteCast("a.cast", {R"([1.0, "o", "x\n"])", R"([2.0, "d", "stdout 16777216 00"])"});
  const Outcome text = Cat({});
  EXPECT_EQ(text.code, 0);
  EXPECT_THAT(text.err, HasSubstr("note: 16777216 bytes of stdout are not in the recording"));
  const Outcome raw = Cat({"--raw"});
  EXPECT_EQ(raw.code, 1);
  EXPECT_EQ(raw.out, "x\n");
  EXPECT_THAT(raw.err, HasSubstr("error: 16777216 bytes of stdout"));
  EXPECT_EQ(Cat({"--raw", "--channel", "stderr"}).code, 0);
}

TEST_F(CatTest, WithheldInputIsMissing) {
  WriteCast("a.cast", {R"([1.0, "p", ""])", R"([2.0, "P", ""])"});
  EXPECT_EQ(Cat({"--raw", "--channel", "stdin"}).code, 1);
  EXPECT_EQ(Cat({"--raw"}).code, 0);
}

TEST_F(CatTest, UnrecordedChannelIsMissing) {
  directory.Write("a.cast", Cast({R"([1.0, "o", "x"])"}, true, kId, "off"));
  const Outcome raw = Cat({"--raw", "--channel", "stdin"});
  EXPECT_EQ(raw.code, 1);
  EXPECT_THAT(raw.err, HasSubstr("stdin was not recorded"));
  EXPECT_EQ(Cat({}).err, "");
}

TEST_F(CatTest, CutRecordingsAreReadAndNoted) {
  RecordingBuilder builder;
  builder.Header().Frame({EventLine(1'000'000, 'o', "hello")});
  directory.Write("a.cast", builder.Bytes());
  const Outcome cat = Cat({});
  EXPECT_EQ(cat.code, 0);
  EXPECT_EQ(cat.out, "hello");
  EXPECT_THAT(cat.err, HasSubstr("note: no seal"));
}

TEST_F(CatTest, AlteredRecordingsEndWithAnError) {
  RecordingBuilder builder;
  builder.Header().Frame({EventLine(1'000'000, 'o', "hello\\n")});
  builder.Frame({EventLine(2'000'000, 'o', "more\\n")}).Seal(3'000'000);
  builder.units[2][20] = static_cast<char>(builder.units[2][20] ^ 1);
  directory.Write("a.cast", builder.Bytes());
  const Outcome cat = Cat({});
  EXPECT_EQ(cat.code, 1);
  EXPECT_EQ(cat.out, "hello\n");
  EXPECT_THAT(cat.err, HasSubstr("error: "));
}

TEST_F(CatTest, APipeIsToBeCopiedFirst) {
  const std::string fifo = directory / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(Run({"cat", fifo}).err, HasSubstr("not a regular file"));
  EXPECT_THAT(Run({"cat", fifo}).err, HasSubstr("copy it first"));
}

}  // namespace
}  // namespace secure_exec
