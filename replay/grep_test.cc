#include <gmock/gmock.h>

#include <filesystem>

#include "replay/session_time.h"
#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::Not;

class GrepTest : public ReplayTest {
 protected:
  GrepTest() {
    Store({R"([1.0, "o", "$ del"])", R"([2.0, "i", "secret\r"])",
           R"([3.0, "o", "ete\u001b[1m ns\r\nDELETE\r\n"])", R"([4.0, "e", "delete failed\n"])"});
    Store({R"([1.5, "o", "nothing\r\n"])"}, kOtherId);
  }
  Outcome Grep(std::vector<std::string> words) {
    words.insert(words.begin(), "grep");
    return Run(words);
  }
  const std::string id{kId};
  const std::string kThirdId = "019ab125-0000-7000-8000-000000000001";
};

TEST_F(GrepTest, JoinsEventsAndRemovesEscapes) {
  const Outcome grep = Grep({"delete ns", id});
  EXPECT_EQ(grep.code, 0) << grep.err;
  EXPECT_EQ(grep.out, "2025-11-23 14:03:03.000Z  0:00:03.000  stdout  $ delete ns\n");
}

TEST_F(GrepTest, APatternAsAnOption) {
  EXPECT_EQ(Grep({"-e", "delete ns", id}).out, Grep({"delete ns", id}).out);
  EXPECT_EQ(Grep({"-l", "--regexp=nothing"}).out, std::string(kOtherId) + "\n");
  EXPECT_EQ(Grep({"-e", "-x", id}).code, 1);
  EXPECT_THAT(Grep({"-e", "a", "-e", "b"}).err, HasSubstr("one pattern"));
  EXPECT_THAT(Grep({}).err, HasSubstr("grep needs PATTERN"));
}

TEST_F(GrepTest, TimeIsThatOfTheMatch) {
  EXPECT_THAT(Grep({"ns", id}).out, HasSubstr("0:00:03.000"));
  EXPECT_THAT(Grep({"del", id}).out, HasSubstr("0:00:01.000"));
}

TEST_F(GrepTest, WholeStoreNamesTheRecordings) {
  EXPECT_EQ(Grep({"nothing"}).out,
            "019ab124-0000-7000-8000-000000000001  2025-11-23 14:03:01.500Z  0:00:01.500  stdout  "
            "nothing\n");
}

TEST_F(GrepTest, ExitCodes) {
  EXPECT_EQ(Grep({"delete"}).code, 0);
  EXPECT_EQ(Grep({"absent"}).code, 1);
  EXPECT_EQ(Grep({"("}).code, 2);
  EXPECT_EQ(Grep({"delete", "019ab999"}).code, 2);
  EXPECT_EQ(Grep({"delete", id, "/nonexistent"}).code, 2);
}

TEST_F(GrepTest, NothingToSearchIsNoAnswer) {
  std::filesystem::create_directory(directory / "empty");
  const Outcome grep = Grep({"delete", "--store", directory / "empty"});
  EXPECT_EQ(grep.code, 2);
  EXPECT_THAT(grep.err, HasSubstr("no recordings in " + (directory / "empty")));
}

TEST_F(GrepTest, WhatOtherProgramsPatternsMeanIsNoAnswerEither) {
  const Outcome grep = Grep({"delete\\|absent", id});
  EXPECT_EQ(grep.code, 1);
  EXPECT_THAT(grep.err, HasSubstr("note: \\| is that character itself"));
  EXPECT_EQ(Grep({"-E", "absent|delete", id}).code, 0);
  EXPECT_EQ(Grep({"-F", "delete\\|absent", id}).err, "");
}

TEST_F(GrepTest, WholeLinesAndNames) {
  EXPECT_EQ(Grep({"-c", "DELETE", id}).out, "1\n");
  EXPECT_EQ(Grep({"-x", "ELETE", id}).code, 1);
  EXPECT_EQ(Grep({"-cx", "DELETE", id}).out, "1\n");
  EXPECT_EQ(Grep({"-cH", "DELETE", id}).out, id + ":1\n");
  EXPECT_EQ(Grep({"-c", "--no-filename", "nothing"}).out, "0\n1\n");
}

TEST_F(GrepTest, BadPatternIsOneLine) {
  const Outcome grep = Grep({"a(b"});
  EXPECT_THAT(grep.err, HasSubstr("error: pattern \"a(b\": missing )"));
}

TEST_F(GrepTest, Options) {
  EXPECT_EQ(Grep({"-c", "delete", id}).out, "2\n");
  EXPECT_EQ(Grep({"-ci", "delete", id}).out, "3\n");
  EXPECT_EQ(Grep({"-c", "-v", "delete", id}).out, "1\n");
  EXPECT_EQ(Grep({"-c", "."}).out, id + ":3\n" + std::string(kOtherId) + ":1\n");
  EXPECT_EQ(Grep({"-l", "DELETE"}).out, id + "\n");
  EXPECT_EQ(Grep({"-cF", ".", id}).out, "0\n");
  EXPECT_EQ(Grep({"-q", "delete"}).out, "");
  EXPECT_EQ(Grep({"-q", "delete"}).code, 0);
  EXPECT_THAT(Grep({"-n", "DELETE", id}).out, HasSubstr("  stdout  2  DELETE\n"));
}

TEST_F(GrepTest, WordsAndLists) {
  EXPECT_EQ(Grep({"-cw", "delete", id}).out, "2\n");
  EXPECT_EQ(Grep({"-cw", "delet", id}).out, "0\n");
  EXPECT_EQ(Grep({"-L", "DELETE"}).out, std::string(kOtherId) + "\n");
  EXPECT_EQ(Grep({"-l", "-L", "x"}).code, 2);
}

TEST_F(GrepTest, MaxCountIsOfEachRecording) {
  EXPECT_EQ(Grep({"-c", "-m", "1", "."}).out, id + ":1\n" + std::string(kOtherId) + ":1\n");
  EXPECT_EQ(Grep({"-m", "0", "."}).code, 1);
  EXPECT_THAT(Grep({"-m", "many", "."}).err, HasSubstr("--max-count takes a number"));
}

TEST_F(GrepTest, OnlyMatchingHasTheTimeOfEachMatch) {
  EXPECT_EQ(Grep({"-o", "de|ns", id}).out,
            "2025-11-23 14:03:04.000Z  0:00:04.000  stderr  de\n"
            "2025-11-23 14:03:01.000Z  0:00:01.000  stdout  de\n"
            "2025-11-23 14:03:03.000Z  0:00:03.000  stdout  ns\n")
      << "a line comes when it is over";
}

TEST_F(GrepTest, BytesAsTheyWereAreShownSafely) {
  const Outcome raw = Grep({"--raw", "-n", R"(\x1b\[1m)", id});
  EXPECT_EQ(raw.out, "2025-11-23 14:03:03.000Z  0:00:03.000  stdout  1  $ delete\\x1b[1m ns\\r\n");
  EXPECT_EQ(Grep({R"(\x1b)", id}).code, 1);
  EXPECT_EQ(Grep({"--raw", "--input", "-o", "secret.", id}).out,
            "2025-11-23 14:03:02.000Z  0:00:02.000  stdin  secret\\r\n");
}

TEST_F(GrepTest, FullScreenSaysHowLong) {
  Store({R"([1.0, "o", "\u001b[?1049h\u001b[3;1Hneedle"])", R"([3.5, "o", "\u001b[2J"])",
         R"([4.0, "o", "\u001b[?1049l"])"},
        kThirdId);
  EXPECT_EQ(Grep({"-n", "needle", kThirdId}).out,
            "2025-11-23 14:03:01.000Z  0:00:01.000  stdout  row 3  visible 2.5s  needle\n");
}

TEST_F(GrepTest, TimesAreRoundedUpToWhatIsThereThen) {
  Store({R"([1.000400, "o", "needle one\r\n"])", R"([2.0002, "o", "\u001b[?1049hneedle two"])",
         R"([2.0006, "o", "\u001b[2J"])"},
        kThirdId);
  const std::string out = Grep({"needle", kThirdId}).out;
  EXPECT_THAT(out, HasSubstr("14:03:01.001Z  0:00:01.001  stdout  needle one\n"));
  EXPECT_THAT(out, HasSubstr("  0:00:02.000200  stdout  visible 0.0s  needle two\n"));
}

TEST_F(GrepTest, BothTimesOpenTheHit) {
  CastHeader header;
  header.session.emplace().start_wall_ns = 1763906580000000000;
  Store({R"([3725.123456, "o", "needle"])"}, kThirdId);
  const std::string out = Grep({"needle", kThirdId}).out;
  const std::string wall = out.substr(0, out.find("  "));
  const std::string offset = out.substr(wall.size() + 2, out.find("  stdout") - wall.size() - 2);
  for (const std::string& text : {wall, offset}) {
    const auto time = ParseSessionTime(text, header);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(*time, 3'725'124'000) << text;
  }
}

TEST_F(GrepTest, ContextIsPrintedOnce) {
  Store({R"([1.0, "o", "a\r\nx1\r\nb\r\nx2\r\nc\r\nd\r\ne\r\nx3\r\n"])"}, kThirdId);
  const std::string when = "2025-11-23 14:03:01.000Z  0:00:01.000  stdout  ";
  const std::string blank(when.size(), ' ');
  EXPECT_EQ(Grep({"-C1", "x", kThirdId}).out, blank + "a\n" + when + "x1\n" + blank + "b\n" + when +
                                                  "x2\n" + blank + "c\n--\n" + blank + "e\n" +
                                                  when + "x3\n");
  EXPECT_EQ(Grep({"-A1", "x1", kThirdId}).out, when + "x1\n" + blank + "b\n");
  EXPECT_EQ(Grep({"-B1", "x1", kThirdId}).out, blank + "a\n" + when + "x1\n");
  EXPECT_EQ(Grep({"-C", "101", "x1", kThirdId}).code, 2);
}

TEST_F(GrepTest, Json) {
  EXPECT_EQ(Grep({"--json", "DEL", id}).out,
            R"({"recording":")" + id + R"(","path":")" + (directory / "store/prod/shop/web-0/") +
                id +
                R"(.cast.zst","time":"2025-11-23 14:03:03.000Z","offset":3.0,"channel":"stdout",)"
                R"("line":2,"text":"DELETE","matches":[{"text":"DEL","offset":3.0}]})"
                "\n");
  EXPECT_THAT(Grep({"--json", "-c", "DEL", id}).out, HasSubstr(R"("count":1})"));
}

TEST_F(GrepTest, FiltersPickRecordings) {
  EXPECT_EQ(Grep({"-l", "--pod", "web-*", "nothing"}).out, std::string(kOtherId) + "\n");
  const Outcome none = Grep({"-l", "--pod", "db-*", "nothing"});
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.err, HasSubstr("note: none of the 2 recordings is of those"));
  Store({R"([1.0, "o", "nothing"])", R"([2.0, "x", "3"])"}, kThirdId);
  EXPECT_EQ(Grep({"-l", "--exit", "3", "nothing"}).out, std::string(kThirdId) + "\n");
  EXPECT_EQ(Grep({"-l", "--user", "alice", "--until", "2025-11-23", "nothing"}).code, 1);
  const Outcome both = Grep({"--pod", "web-*", "nothing", id});
  EXPECT_EQ(both.code, 2);
  EXPECT_THAT(both.err, HasSubstr("filters pick recordings of the store"));
}

TEST_F(GrepTest, ManyRecordingsInTheirOrder) {
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    ids.push_back(fmt::format("019ab130-0000-7000-8000-{:012}", i));
    // The first are the longest.
    std::vector<std::string> events((100 - static_cast<size_t>(i)) * 20, R"([1.0, "o", "no\r\n"])");
    events.push_back(R"([2.0, "o", "many\r\n"])");
    Store(events, ids.back());
  }
  std::string expected;
  for (const std::string& each : ids) expected += each + ":1\n";
  const std::string out = Grep({"-c", "many"}).out;
  EXPECT_EQ(out.substr(out.find(ids[0])), expected);
}

TEST_F(GrepTest, MoreHitsThanAreKept) {
  std::string lines;
  for (int i = 0; i < 700; ++i) lines += R"(hit\r\n)";
  Store(std::vector<std::string>(100, R"([1.0, "o", ")" + lines + R"("])"), kThirdId);
  const std::string out = Grep({"hit"}).out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 70'000);
}

TEST_F(GrepTest, DamagedOnesDoNotHideTheOthers) {
  directory.Write(fmt::format("store/prod/shop/web-0/{}.cast.zst", kThirdId), "rubbish");
  const Outcome grep = Grep({"nothing"});
  EXPECT_EQ(grep.code, 2);
  EXPECT_THAT(grep.out, HasSubstr("nothing\n"));
  EXPECT_THAT(grep.err, HasSubstr(std::string(kThirdId)));
}

TEST_F(GrepTest, StderrAlone) {
  EXPECT_EQ(Grep({"-c", "--stderr", "delete", id}).out, "1\n");
  EXPECT_EQ(Grep({"-c", "--stderr", "--input", ".", id}).out, "2\n");
}

TEST_F(GrepTest, ForeignCasts) {
  const std::string v3 = directory.Write(
      "v3.cast", R"({"version":3,"term":{"cols":10,"rows":3},"timestamp":1763906580})"
                 "\n[1.0, \"o\", \"wrapped nee\"]\n[0.5, \"o\", \"dle\\r\\n\"]\n");
  EXPECT_EQ(Grep({"needle", v3}).out,
            "2025-11-23 14:03:01.500Z  0:00:01.500  stdout  wrapped needle\n");
}

TEST_F(GrepTest, StderrIsAChannelOfItsOwn) {
  EXPECT_THAT(Grep({"failed", id}).out, HasSubstr("  stderr  delete failed\n"));
}

TEST_F(GrepTest, InputOnlyWhenAsked) {
  EXPECT_EQ(Grep({"secret"}).code, 1);
  EXPECT_THAT(Grep({"--input", "secret"}).out, HasSubstr("  stdin  secret\n"));
  EXPECT_EQ(Grep({"--input", "DELETE"}).code, 1);
}

TEST_F(GrepTest, PatternsThatBeginWithADash) { EXPECT_EQ(Grep({"--", "-rf", id}).code, 1); }

TEST_F(GrepTest, ColourOnATerminal) {
  terminal = true;
  const std::string coloured = "\x1B[1;31mdelete\x1B[0m";
  EXPECT_THAT(Grep({"delete", id}).out, HasSubstr(coloured + " ns\n"));
  EXPECT_THAT(Grep({"--color=never", "delete", id}).out, Not(HasSubstr("\x1B")));
  no_color = "1";
  EXPECT_THAT(Grep({"delete", id}).out, Not(HasSubstr("\x1B")));
  terminal = false;
  EXPECT_THAT(Grep({"--color=always", "delete", id}).out, HasSubstr(coloured));
}

TEST_F(GrepTest, EmptyMatchesAreNotColoured) {
  EXPECT_THAT(Grep({"--color=always", "x*", id}).out, HasSubstr("DELETE\n"));
}

TEST_F(GrepTest, HitsCannotAttackTheTerminal) {
  Store({"[1.0, \"o\", \"hit \\u202e\\u001b]52;c;QQ==\\u0007\\u009b31m\\r\\n\"]"},
        "019ab125-0000-7000-8000-000000000001");
  EXPECT_THAT(Grep({"hit", "last"}).out, HasSubstr("  hit \uFFFD"
                                                   "31m\n"));
}

}  // namespace
}  // namespace secure_exec
