#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/unique_fd.h"
#include "replay/export/svg_export.h"
#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ExportTest : public ReplayTest {
 protected:
  // The lines behind the header.
  std::vector<std::string> Export(const std::vector<std::string>& events, bool tty,
                                  std::vector<std::string> options = {}) {
    WriteCast("a.cast", events, tty);
    options.insert(options.begin(), {"export", directory / "a.cast"});
    const Outcome done = Run(options);
    EXPECT_EQ(done.code, 0) << done.err;
    std::istringstream in(done.out);
    std::vector<std::string> lines;
    std::getline(in, header_);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
  std::string header_;
};

TEST_F(ExportTest, StderrIsShownAndNewlinesReturnWithoutATerminal) {
  EXPECT_THAT(Export({R"([1.0, "o", "a\nb"])", R"([2.0, "e", "c\r"])", R"([3.0, "o", "\nd\n"])"},
                     /*tty=*/false),
              ElementsAre(R"([1.000000, "o", "a\r\nb"])", R"([2.000000, "o", "c\r"])",
                          R"([3.000000, "o", "\nd\r\n"])"));
  EXPECT_THAT(Export({R"([1.0, "o", "a\nb"])"}, /*tty=*/true),
              ElementsAre(R"([1.000000, "o", "a\nb"])"));
}

TEST_F(ExportTest, BytesBecomeText) {
  // C3 A4 in two events, FF alone, and E2 82 whose end never comes.
  EXPECT_THAT(Export({R"([1.0, "O", "w/8="])", R"([2.0, "O", "ww=="])", R"([3.0, "O", "pA=="])",
                      R"([4.0, "E", "4oI="])"},
                     true),
              ElementsAre("[1.000000, \"o\", \"\uFFFD\uFFFD\"]", "[3.000000, \"o\", \"\u00e4\"]",
                          "[4.000000, \"o\", \"\uFFFD\"]"));
}

TEST_F(ExportTest, TheLastEventTellsTheLength) {
  EXPECT_THAT(Export({R"([1.0, "o", "a"])", R"([9.0, "x", "7 remote exit"])"}, true),
              ElementsAre(R"([1.000000, "o", "a"])", R"([9.000000, "o", ""])"));
  EXPECT_THAT(Export({}, true), ElementsAre(R"([0.000000, "o", ""])"));
}

TEST_F(ExportTest, InputOnlyWhereAskedFor) {
  const std::vector<std::string> events = {R"([1.0, "i", "typed"])", R"([2.0, "o", "shown"])"};
  EXPECT_THAT(Export(events, true), ElementsAre(R"([2.000000, "o", "shown"])"));
  EXPECT_THAT(Export(events, true, {"--input"}),
              ElementsAre(R"([1.000000, "i", "typed"])", R"([2.000000, "o", "shown"])"));
}

TEST_F(ExportTest, VersionThreeHasIntervals) {
  EXPECT_THAT(Export({R"([0.0004, "o", "a"])", R"([1.0008, "o", "b"])", R"([1.0016, "m", "c"])",
                      R"([2.0, "r", "100x30"])", R"([3.0, "x", "7 remote exit"])"},
                     true, {"--format", "v3"}),
              ElementsAre(R"([0.000, "o", "a"])", R"([1.000, "o", "b"])", R"([0.001, "m", "c"])",
                          R"([0.999, "r", "100x30"])", R"([1.000, "x", "7"])"));
  EXPECT_THAT(header_, HasSubstr(R"("version":3,"term":{"cols":80,"rows":24)"));
}

TEST_F(ExportTest, TheHeaderIsTheStandards) {
  Export({}, true);
  EXPECT_EQ(header_, R"({"version":2,"width":80,"height":24,"timestamp":1763906580,)"
                     R"("command":"sh -c date","title":"prod/shop/web-0"})");
}

TEST_F(ExportTest, ARangeBeginsWithTheScreenOfThen) {
  const std::vector<std::string> events = {R"([1.0, "o", "secret\r\n\u001b[2J\u001b[Ha"])",
                                           R"([1.5, "i", "typed"])",
                                           R"([1.6, "r", "40x12"])",
                                           R"([2.0, "o", "b"])",
                                           R"([3.0, "o", "c"])",
                                           R"([4.0, "o", "d"])"};
  EXPECT_THAT(Export(events, true, {"--from", "2", "--to", "14:03:03Z"}),
              ElementsAre(R"([0.000000, "o", "\u001b[H\u001b[2Ja"])", R"([0.000000, "o", "b"])",
                          R"([1.000000, "o", "c"])"));
  EXPECT_THAT(header_, HasSubstr(R"("width":40,"height":12)"));
  EXPECT_EQ(Export(events, true, {"--format=jsonl", "--from=2", "--to=3"}).size(), 2u);
}

TEST_F(ExportTest, ARangeBeforeAnythingWasShown) {
  EXPECT_THAT(Export({R"([3.0, "o", "a"])"}, true, {"--from", "2"}),
              ElementsAre(R"([1.000000, "o", "a"])"));
  EXPECT_THAT(Export({R"([1.0, "o", "a"])"}, true, {"--from", "2"}),
              ElementsAre(R"([0.000000, "o", "\u001b[H\u001b[2Ja"])"));
}

// C3 before the range, A4 in it.
TEST_F(ExportTest, ARangeThatBeginsWithinACharacter) {
  EXPECT_THAT(
      Export({R"([1.0, "O", "YcM="])", R"([2.0, "O", "pA=="])"}, true, {"--from", "2"}),
      ElementsAre(R"([0.000000, "o", "\u001b[H\u001b[2Ja"])", "[0.000000, \"o\", \"\u00e4\"]"));
}

TEST_F(ExportTest, ARangeHasItsOwnTime) {
  Export({R"([1.0, "o", "a"])"}, true);
  const auto whole = nlohmann::json::parse(header_);
  Export({R"([1.0, "o", "a"])", R"([5.0, "o", "b"])"}, true, {"--from", "4"});
  EXPECT_EQ(nlohmann::json::parse(header_)["timestamp"], whole["timestamp"].get<int64_t>() + 4);
}

TEST_F(ExportTest, TheLongestPauseStays) {
  const std::string cast = directory.Write(
      "limit.cast",
      "{\"version\":2,\"width\":80,\"height\":24,\"idle_time_limit\":1.5}\n[1.0, \"o\", \"a\"]\n");
  const Outcome done = Run({"export", cast});
  EXPECT_EQ(nlohmann::json::parse(done.out.substr(0, done.out.find('\n')))["idle_time_limit"], 1.5);
}

TEST_F(ExportTest, JsonLines) {
  const auto lines = Export({R"([1.5, "o", "a\u202e"])", R"([2.0, "O", "/w=="])",
                             R"([3.0, "x", "7 remote exit"])", R"([4.0, "r", "100x30"])"},
                            true, {"--format", "jsonl"});
  EXPECT_EQ(nlohmann::json::parse(header_)["pod"], "web-0");
  EXPECT_THAT(
      lines,
      ElementsAre(
          R"({"type":"output","t":1.5,"time":"2025-11-23 14:03:01.500Z","channel":"stdout","text":"a\u202e"})",
          R"({"type":"output","t":2.0,"time":"2025-11-23 14:03:02.000Z","channel":"stdout","base64":"/w=="})",
          R"({"type":"exit","t":3.0,"time":"2025-11-23 14:03:03.000Z","code":7,"origin":"remote","kind":"exit"})",
          R"({"type":"resize","t":4.0,"time":"2025-11-23 14:03:04.000Z","columns":100,"rows":30})"));
}

TEST_F(ExportTest, WhatStandsBeforeAnAlteredPlace) {
  const std::string path = WriteCast("a.cast", {R"([1.0, "o", "shown"])", "garbage"});
  for (const char* format : {"v2", "v3", "text", "jsonl", "svg"}) {
    const Outcome done = Run({"export", path, "--format", format});
    EXPECT_EQ(done.code, 1) << format;
    EXPECT_THAT(done.out, HasSubstr("shown")) << format;
    EXPECT_THAT(done.err, HasSubstr("line 3")) << format;
    if (format == std::string_view("svg")) {
      EXPECT_THAT(done.out, testing::EndsWith("</svg>\n"));
    }
  }
}

TEST_F(ExportTest, AnImageThatIsTooLargeEndsWhole) {
  const auto recording =
      Recording::Open(WriteCast("a.cast", {R"([1.0, "o", "first"])", R"([2.0, "o", "\rother"])",
                                           R"([3.0, "o", "\rthird"])"}));
  StringOutput out;
  const auto done = ExportSvg(**recording, 0, INT64_MAX, out, 1);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("--from and --to"));
  EXPECT_THAT(out.text, testing::AllOf(HasSubstr("first"), Not(HasSubstr("other")),
                                       testing::EndsWith("</svg>\n")));
}

TEST_F(ExportTest, TheFilesNameTellsTheFormat) {
  WriteCast("a.cast", {R"([1.0, "o", "a"])"});
  const auto exported = [&](const char* name, std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"export", directory / "a.cast", "-o", directory / name});
    EXPECT_EQ(Run(options).code, 0);
    std::ifstream in(directory / name);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  EXPECT_THAT(exported("a.svg"), HasSubstr("<svg "));
  EXPECT_EQ(exported("a.txt"), "a");
  EXPECT_THAT(exported("a.jsonl"), HasSubstr(R"("type":"output")"));
  EXPECT_THAT(exported("a.json"), HasSubstr(R"("version":2)"));
  EXPECT_THAT(exported("b.svg", {"--format", "v3"}), HasSubstr(R"("version":3)"));
}

TEST_F(ExportTest, AFileIsNotOverwrittenUnasked) {
  WriteCast("a.cast", {R"([1.0, "o", "a"])"});
  const std::string path = directory / "out.cast";
  const std::vector<std::string> words = {"export", directory / "a.cast", "-o", path};
  EXPECT_EQ(Run(words).code, 0);
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_THAT(Run(words).err, HasSubstr("--force overwrites"));
  auto forced = words;
  forced.push_back("--force");
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(Run(forced).code, 0);
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(ExportTest, TheRecordingItselfIsNeverOverwritten) {
  const std::string path = WriteCast("a.cast", {R"([1.0, "o", "a"])"});
  const std::string link = directory / "link.cast";
  ASSERT_EQ(::link(path.c_str(), link.c_str()), 0);
  for (const std::string& output : {path, link}) {
    EXPECT_THAT(Run({"export", path, "--force", "-o", output}).err,
                HasSubstr("is the recording itself"));
    EXPECT_THAT(Run({"show", path, "--force", "-o", output}).err,
                HasSubstr("is the recording itself"));
  }
  EXPECT_EQ(Run({"cat", path}).out, "a");
}

TEST_F(ExportTest, ADashIsStandardOutput) {
  WriteCast("a.cast", {R"([1.0, "o", "a"])"});
  EXPECT_THAT(Run({"export", directory / "a.cast", "-o", "-"}).out, HasSubstr(R"("o", "a"])"));
  EXPECT_EQ(Run({"show", directory / "a.cast", "-o", "-"}).out, "a\n");
}

TEST_F(ExportTest, AnExportIsACastThatReadsTheSame) {
  WriteCast("a.cast", {R"([1.0, "o", "one\n"])", R"([2.0, "e", "two\n"])"}, /*tty=*/false);
  for (const char* format : {"v2", "v3"}) {
    const std::string path = directory / format;
    ASSERT_EQ(Run({"export", directory / "a.cast", "--format", format, "-o", path + ".cast"}).code,
              0);
    EXPECT_EQ(Run({"cat", path + ".cast"}).out, "one\ntwo\n");
  }
}

TEST_F(ExportTest, Text) {
  WriteCast("a.cast", {R"([1.0, "o", "\u001b[31mred\r\n"])", R"([1.5, "r", "3x24"])",
                       R"([2.0, "e", "abc \rd\r\n"])", R"([2.5, "d", "stdout 42 00"])",
                       R"([2.7, "i", "typed"])", R"([3.0, "o", "end\u202e"])"});
  const auto text = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"export", directory / "a.cast", "--format", "text"});
    return Run(options);
  };
  EXPECT_EQ(text({}).out,
            "red\nabcd\n[42 bytes of stdout: only their digest was recorded]\nend\uFFFD");
  EXPECT_EQ(text({"--from", "2", "--to", "2.2"}).out, "abcd\n");
  EXPECT_THAT(text({"--input"}).err, HasSubstr("cat --channel stdin"));
}

TEST_F(ExportTest, InvisibleCharactersAreSpelledOut) {
  WriteCast("a.cast", {R"([1.0, "o", "a\u202e\udb40\udc69ä"])"});
  EXPECT_THAT(Run({"export", directory / "a.cast"}).out, HasSubstr(R"("a\u202e\udb40\udc69ä"])"));
}

TEST_F(ExportTest, AnImageThatMoves) {
  WriteCast("a.cast", {R"([1.0, "o", "one\r\n"])", R"([3.5, "o", "\u001b[1;1Htwo<script>"])",
                       R"([4.0, "o", "\u001b[5;5Hend"])"});
  const std::string svg = Run({"export", directory / "a.cast", "--format", "svg"}).out;
  EXPECT_THAT(svg, HasSubstr(R"(to="visible" begin="1.000s" dur="2.500s"/>)"
                             "\n<text x=\"8\" y=\"22\" textLength=\"27\""));
  EXPECT_THAT(svg, HasSubstr(R"(to="hidden" begin="0s" dur="4.000s"/>)"));
  EXPECT_THAT(svg, HasSubstr("two&lt;script&gt;"));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
}

TEST_F(ExportTest, APartOfTheImage) {
  WriteCast("a.cast",
            {R"([1.0, "o", "one\r\n"])", R"([3.0, "o", "two"])", R"([9.0, "o", "three"])"});
  const std::string svg =
      Run({"export", directory / "a.cast", "--format", "svg", "--from", "2", "--to", "5"}).out;
  EXPECT_THAT(svg, HasSubstr("one"));
  EXPECT_THAT(svg, HasSubstr(R"(begin="0s" dur="1.000s")"));
  EXPECT_THAT(svg, Not(HasSubstr("three")));
}

TEST_F(ExportTest, AnImageIsAsLargeAsTheScreenWasEver) {
  WriteCast("a.cast", {R"([1.0, "r", "100x10"])", R"([2.0, "o", "x"])", R"([3.0, "r", "20x40"])"});
  EXPECT_THAT(Run({"export", directory / "a.cast", "--format", "svg"}).out,
              HasSubstr("viewBox=\"0 0 916 696\""));
}

TEST_F(ExportTest, AFifoIsWrittenTo) {
  const std::string path = WriteCast("a.cast", {R"([1.0, "o", "a"])"});
  const std::string fifo = directory / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const UniqueFd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK));
  EXPECT_EQ(Run({"export", path, "--format", "text", "-o", fifo}).code, 0);
  char bytes[8];
  ASSERT_EQ(::read(reader.get(), bytes, sizeof bytes), 1);
  EXPECT_EQ(bytes[0], 'a');
}

TEST_F(ExportTest, DevicesAreWrittenTo) {
  const std::string path = WriteCast("a.cast", {R"([1.0, "o", "a"])"});
  EXPECT_EQ(Run({"export", path, "--format", "text", "-o", "/dev/stdout"}).out, "a");
  EXPECT_EQ(Run({"export", path, "-o", "/dev/null"}).code, 0);
  EXPECT_THAT(Run({"export", path, "-o", "/dev/full"}).err, HasSubstr("writing to /dev/full: "));
}

TEST_F(ExportTest, NoLinkToAFileIsFollowed) {
  const std::string path = WriteCast("a.cast", {R"([1.0, "o", "a"])"});
  const std::string victim = directory.Write("victim", "mine");
  const std::string link = directory / "link";
  ASSERT_EQ(::symlink(victim.c_str(), link.c_str()), 0);
  EXPECT_THAT(Run({"export", path, "-o", link}).err, HasSubstr("-o -"));
  EXPECT_THAT(Run({"export", path, "-o", link, "--force"}).err, HasSubstr("-o -"));
  EXPECT_EQ(directory.Read("victim"), "mine");
}

TEST_F(ExportTest, Mistakes) {
  WriteCast("a.cast", {});
  const auto error = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"export", directory / "a.cast"});
    const Outcome done = Run(options);
    EXPECT_EQ(done.code, 1);
    return done.err;
  };
  EXPECT_THAT(error({"--format", "gif"}), HasSubstr("v2, v3, text, jsonl or svg"));
  EXPECT_THAT(error({"--from", "x"}), HasSubstr("--from \"x\" is no time"));
  EXPECT_THAT(error({"--from", "2", "--to", "1"}), HasSubstr("before --from"));
  terminal = true;
  EXPECT_THAT(error({}), HasSubstr("--output FILE"));
}

}  // namespace
}  // namespace secure_exec
