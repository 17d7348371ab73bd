#include "replay/search/seen_text.h"

#include <gmock/gmock.h>

#include <random>
#include <span>

#include "replay/search/matcher.h"

namespace secure_exec {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

// Lines with the pattern; "BEGAN-ENDED NUMBER[s] TEXT".
class Hits : public SeenTextListener {
 public:
  explicit Hits(std::string_view pattern) : matcher_(*Matcher::Create(pattern, {})) {}

  std::vector<std::string> lines;
  std::vector<int64_t> match_us;  // when the first match began to appear
  std::vector<size_t> marks;      // how many

 private:
  bool Wants(std::string_view line) override { return matcher_.Wants(line); }
  size_t FindLine(std::string_view text, size_t from) override {
    return matcher_.FindLine(text, from);
  }
  void Seen(const SeenLine& line) override {
    lines.push_back(fmt::format("{}-{} {}{} {}", line.began_us, line.ended_us, line.line,
                                line.full_screen ? "s" : "", line.text));
    match_us.push_back(line.TimeAt(matcher_.Find(line.text, 0).begin));
    marks.push_back(line.marks == nullptr ? 0 : line.marks->size());
  }
  Matcher matcher_;
};

class SeenTextTest : public testing::Test {
 protected:
  Hits hits_{"needle"};
  SeenText text_{{.size = {.columns = 20, .rows = 5}}, hits_};
  int64_t now_ = 0;

  // Each an event, a microsecond apart.
  void Feed(std::initializer_list<std::string_view> events) {
    for (std::string_view bytes : events) text_.Feed(bytes, ++now_);
  }
  void Letters(std::string_view bytes) {
    for (size_t i = 0; i < bytes.size(); ++i) text_.Feed(bytes.substr(i, 1), ++now_);
  }
  std::vector<std::string> End() {
    text_.Finish(++now_);
    return hits_.lines;
  }
};

TEST_F(SeenTextTest, AFullScreenProgramInAWindowThatGrows) {
  Feed({"\x1B[?1049h\x1B[Ha needle"});
  text_.Resize({.columns = 30, .rows = 5}, ++now_);
  Feed({"\x1B[4;1Hmore", "\x1B[?1049l"});
  EXPECT_THAT(End(), ElementsAre("1-4 1s a needle"));
  EXPECT_THAT(hits_.match_us, ElementsAre(1));
}

TEST_F(SeenTextTest, AFullScreenProgramInAWindowThatGrowsAndFillsIt) {
  Feed({"first\r\n\x1B[?1049h"});
  text_.Resize({.columns = 30, .rows = 5}, ++now_);
  const std::string wide(29, '-');
  Feed({"\x1B[H" + wide + "\r\n" + wide + "\r\na needle" + wide.substr(0, 20) + "\r\n" + wide,
        "\x1B[?1049l", "b needle"});
  EXPECT_THAT(End(), ElementsAre("3-4 3s a needle" + wide.substr(0, 20), "5-6 2 b needle"));
  EXPECT_THAT(hits_.match_us, ElementsAre(3, 5));
}

TEST_F(SeenTextTest, TheShellBehindAFullScreenInAWindowThatGrows) {
  Feed({"$ needle\r\n", "\x1B[?1049h\x1B[Hvim"});
  text_.Resize({.columns = 30, .rows = 5}, ++now_);
  Feed({"\x1B[?1049l"});
  EXPECT_THAT(End(), ElementsAre("1-5 1 $ needle"));
  EXPECT_THAT(hits_.match_us, ElementsAre(1));
}

TEST_F(SeenTextTest, WrittenInTheEventThatHidesIt) {
  Feed({"needle\r\n\x1B[?1049h\x1B[Hvim", "\x1B[?1049l"});
  EXPECT_THAT(End(), ElementsAre("1-3 1 needle"));
  EXPECT_THAT(hits_.match_us, ElementsAre(1));
}

TEST_F(SeenTextTest, MoreLinesInOneEventThanTheScreenHasRows) {
  std::string bytes = "\x1B[?1049h";
  for (int i = 0; i < 50; ++i) bytes += "needle\x1B[H\x1B[2J";
  Feed({bytes});
  EXPECT_THAT(hits_.lines, AllOf(SizeIs(50), Each("1-1 1s needle")));
}

TEST_F(SeenTextTest, AScreenThatIsDrawnAnewManyTimesInOneEventIsTheSameLines) {
  const std::string screen = "\x1B[H\x1B[2Jneedle 1\r\nneedle 2\r\nneedle 3\r\nneedle 4";
  std::string screens;
  for (int i = 0; i < 20; ++i) screens += screen;
  Feed({"\x1B[?1049h" + screen, screens, "\x1B[?1049l"});
  EXPECT_THAT(hits_.lines, IsSupersetOf({"1-3 1s needle 1", "1-3 2s needle 2", "1-3 3s needle 3",
                                         "1-3 4s needle 4"}));
  EXPECT_THAT(hits_.lines, Not(Contains(StartsWith("1-2"))));
}

TEST_F(SeenTextTest, ALineThatStays) {
  Feed({"one\r\n", "a needle\r\n", "end"});
  EXPECT_THAT(End(), ElementsAre("2-4 2 a needle"));
}

TEST_F(SeenTextTest, ALineThatScrollsOff) {
  Feed({"a needle\r\n", "\r\n\r\n\r\n", "\r\n\r\n", "x\r\n\r\n"});
  EXPECT_THAT(hits_.lines, ElementsAre("1-3 1 a needle"));
  End();
  EXPECT_EQ(hits_.lines.size(), 1u);
}

TEST_F(SeenTextTest, TypedLetterByLetterItIsOneLine) {
  Letters("$ echo needle and more");
  EXPECT_THAT(End(), ElementsAre("13-23 1 $ echo needle and more"));
}

TEST_F(SeenTextTest, CorrectedWithBackspace) {
  Letters("neex\b \b");
  Letters("dle");
  EXPECT_EQ(End().size(), 1u);
}

TEST_F(SeenTextTest, ColouredInTheMiddleOfTheWord) {
  Feed({"a ne\x1B[31med\x1B[0mle\r\n"});
  EXPECT_THAT(End(), ElementsAre("1-2 1 a needle"));
}

TEST_F(SeenTextTest, WrappedAtTheMargin) {
  Feed({"01234567890123456nee", "dle\r\n"});
  EXPECT_THAT(End(), ElementsAre("2-3 1 01234567890123456needle"));
}

TEST_F(SeenTextTest, WrappedAndHalfScrolledOff) {
  Feed({"01234567890123456needle", "\r\nb\r\nc\r\nd\r\ne", "\x1B[Hx"});
  EXPECT_EQ(End().size(), 1u);
}

TEST_F(SeenTextTest, OverwrittenWithinOneEvent) {
  Feed({"needle 10%\rother text"});
  EXPECT_THAT(hits_.lines, ElementsAre("1-1 1 needle 10%"));
}

TEST_F(SeenTextTest, ErasedLater) {
  Feed({"needle", "\r\x1B[K"});
  EXPECT_THAT(hits_.lines, ElementsAre("1-2 1 needle"));
}

TEST_F(SeenTextTest, AProgressBarIsOneLine) {
  Feed({"needle 10%", "\rneedle 20%", "\rneedle 30%\r\n"});
  EXPECT_THAT(End(), ElementsAre("1-4 1 needle 30%"));
}

TEST_F(SeenTextTest, OnAFullScreenItSaysHowLong) {
  Feed({"\x1B[?1049h\x1B[H", "\x1B[3;5Hne", "edle", "\x1B[1;1Hx", "\x1B[?1049l", "$ "});
  EXPECT_THAT(hits_.lines, ElementsAre("3-5 3s     needle"));
}

TEST_F(SeenTextTest, AScreenThatIsDrawnAnewIsTheSameLine) {
  Feed({"\x1B[?1049h\x1B[Htop\r\nneedle", "\x1B[H\x1B[2Jtop\r\nneedle", "\x1B[H\x1B[2J"});
  EXPECT_THAT(hits_.lines, ElementsAre("1-3 2s needle"));
}

TEST_F(SeenTextTest, WhatIsOnlyDrawnAgainIsAsOldAsItWas) {
  Feed({"\x1B[?1049h\x1B[Ha needle", "\x1B[Ha needle", "\x1B[H\x1B[2Ja needle", "\x1B[?1049l"});
  EXPECT_THAT(End(), ElementsAre("1-4 1s a needle"));
  EXPECT_THAT(hits_.match_us, ElementsAre(1));
}

TEST_F(SeenTextTest, WhatIsDrawnAgainAndErasedIsAsOldAsItWas) {
  Feed({"a needle", "\ra needle\r\x1B[K"});
  EXPECT_THAT(hits_.match_us, ElementsAre(1));
}

TEST_F(SeenTextTest, ScrolledWithinAFullScreenItIsTheSameLine) {
  Feed({"\x1B[?1049h\x1B[4;1Hneedle", "\x1B[5;1H\n", "\x1B[5;1H\n", "\x1B[2J"});
  EXPECT_EQ(hits_.lines, std::vector<std::string>{"1-4 4s needle"});
}

TEST_F(SeenTextTest, TheShellBehindAFullScreenStays) {
  Feed({"$ needle\r\n", "\x1B[?1049h\x1B[Hvim", "\x1B[?1049l", "more"});
  EXPECT_THAT(hits_.lines, IsEmpty());
  EXPECT_THAT(End(), ElementsAre("1-5 1 $ needle"));
}

TEST_F(SeenTextTest, ShownAndHiddenInTheLastEvent) {
  Feed({"needle\x1B[?1049h\x1B[Hvim"});
  EXPECT_EQ(End().size(), 1u);
}

TEST_F(SeenTextTest, ClearingTheScreenEndsItsLines) {
  Feed({"needle\r\n", "\x1B[H\x1B[2J\x1B[3J"});
  EXPECT_THAT(hits_.lines, ElementsAre("1-2 1 needle"));
}

TEST_F(SeenTextTest, ResizingKeepsTheLine) {
  Feed({"a long line with a needle\r\n"});
  text_.Resize({.columns = 10, .rows = 8}, ++now_);
  text_.Resize({.columns = 40, .rows = 8}, ++now_);
  EXPECT_THAT(End(), ElementsAre("1-4 1 a long line with a needle"));
}

TEST_F(SeenTextTest, LinesAreNumbered) {
  for (int i = 1; i <= 100; ++i)
    Feed({i == 42 || i == 99 ? "needle\r\n" : "\x1B[1mhay\x1B[0m\r\n"});
  EXPECT_THAT(End(), ElementsAre("42-46 42 needle", "99-101 99 needle"));
}

// "ABOVE|...|>TEXT|BELOW|..." with two lines of context.
class ContextTest : public testing::Test, private SeenTextListener {
 protected:
  SeenText text_{{.size = {.columns = 20, .rows = 4}, .context = 2}, *this};
  std::vector<std::string> hits_;

  void Run(std::initializer_list<std::string_view> events) {
    int64_t now = 0;
    for (std::string_view bytes : events) text_.Feed(bytes, ++now);
    text_.Finish(++now);
  }

 private:
  bool Wants(std::string_view line) override { return line.find('x') != std::string_view::npos; }
  size_t FindLine(std::string_view, size_t) override { return std::string_view::npos; }
  void Seen(const SeenLine& line) override {
    std::string& hit = hits_.emplace_back();
    for (const std::string& above : line.above) hit += above + "|";
    hit += ">" + std::string(line.text);
    for (const std::string& below : line.below) hit += "|" + below;
  }
};

TEST_F(ContextTest, OfALineThatScrolledOff) {
  Run({"1\r\n2\r\n3\r\nx\r\n4\r\n5\r\n6\r\n7\r\n8"});
  EXPECT_THAT(hits_, ElementsAre("2|3|>x|4|5"));
}

TEST_F(ContextTest, OfALineThatIsStillThere) {
  Run({"1\r\n2\r\n3\r\n4\r\n", "x\r\n5"});
  EXPECT_THAT(hits_, ElementsAre("3|4|>x|5"));
}

TEST_F(ContextTest, OfWrappedLines) {
  Run({"one two three four five\r\n",
       "x two three four five\r\nsix two three four five\r\n8\r\n9\r\n"});
  EXPECT_THAT(
      hits_,
      ElementsAre("one two three four five|>x two three four five|six two three four five|8",
                  "one two three four five|x two three four five|>six two three four five|8|9"));
}

TEST_F(ContextTest, OfAFullScreen) {
  Run({"\x1B[?1049h\x1B[Htop\r\nmore\r\nx\r\nbelow", "\x1B[Hnew"});
  EXPECT_THAT(hits_, ElementsAre("top|more|>x|below"));
}

TEST_F(ContextTest, ABlankLineAboveOthersCounts) {
  Run({"x\r\n\r\n\r\n4"});
  EXPECT_THAT(hits_, ElementsAre(">x||"));
}

TEST_F(ContextTest, BlankLinesAtTheEndDoNot) {
  Run({"x\r\n2\r\n    \r\n    "});
  EXPECT_THAT(hits_, ElementsAre(">x|2"));
}

TEST_F(ContextTest, LongLinesAreCut) {
  const std::string line(SeenText::kMaxContextLine - 1, '-');
  Run({line + "\u00FC\r\nx\r\n\r\n\r\n\r\n"});
  EXPECT_THAT(hits_, ElementsAre(line + "…|>x"));
}

// Of the last line handed out, when each of its characters appeared.
class TimesTest : public testing::Test, private SeenTextListener {
 protected:
  std::string times_;
  int64_t now_ = 0;

  void Run(std::initializer_list<std::string_view> events, size_t plain_before) {
    SeenText text({.size = {.columns = 10, .rows = 3}, .plain_before = plain_before}, *this);
    now_ = 0;
    for (std::string_view bytes : events) text.Feed(bytes, ++now_);
    text.Finish(++now_);
  }

 private:
  bool Wants(std::string_view line) override { return line.find('x') != std::string_view::npos; }
  size_t FindLine(std::string_view lines, size_t from) override {
    while (from < lines.size()) {
      const size_t end = lines.find('\n', from);
      if (Wants(lines.substr(from, end - from))) return from;
      from = end + 1;
    }
    return std::string_view::npos;
  }
  void Seen(const SeenLine& line) override {
    times_.clear();
    for (size_t i = 0; i < line.text.size(); ++i) times_ += std::to_string(line.TimeAt(i));
  }
};

TEST_F(TimesTest, EachCharacterHasItsTime) {
  for (const size_t plain_before : {size_t{0}, SIZE_MAX}) {
    Run({"a", "bc", "x\r\n"}, plain_before);
    EXPECT_EQ(times_, "1223");
    Run({"\r\n\r\n\r\nab", "x\r\n\r\n", "\r\n\r\n\r\n"}, plain_before);
    EXPECT_EQ(times_, "112");
    Run({"0123456", "789a", "bx"}, plain_before);  // wraps
    EXPECT_EQ(times_, "1111111222233");
    Run({"0123456", "789a", "bx\r\n\r\n", "\r\n\r\n", "\r\n"}, plain_before);
    EXPECT_EQ(times_, "1111111222233");
    Run({"\x1B[31mabcx", "\x1B[1;2HB", "\x1B[1;5Hy"}, plain_before);
    EXPECT_EQ(times_, "12113");
    Run({"\u4E2Da", "x"}, plain_before);
    EXPECT_EQ(times_, "11112");
  }
}

TEST_F(SeenTextTest, ALineLongerThanTheLimitIsFoundInPieces) {
  std::string line(SeenText::kMaxLine - 7, '-');
  for (int i = 0; i < 3; ++i) {
    Feed({line, "needle", line, "\r\n"});
    line += '-';
  }
  EXPECT_GE(End().size(), 3u);
}

// Lines that scroll by, and the emulator's, are the same lines.
class PlainPathTest : public testing::Test {
 protected:
  static std::vector<std::string> Run(const std::vector<std::string>& events, size_t plain_before,
                                      std::string_view pattern) {
    Hits hits(pattern);
    SeenText text({.size = {.columns = 20, .rows = 5}, .plain_before = plain_before}, hits);
    int64_t now = 0;
    for (const std::string& event : events) text.Feed(event, ++now);
    text.Finish(++now);
    // The ends differ: a plain line is over at once. So may the order, of lines that stand.
    for (size_t i = 0; i < hits.lines.size(); ++i) {
      std::string& line = hits.lines[i];
      line = fmt::format("{} at {}{}", line.substr(0, line.find('-')), hits.match_us[i],
                         line.substr(line.find(' ')));
    }
    std::sort(hits.lines.begin(), hits.lines.end());
    return hits.lines;
  }
  // Events of up to five pieces, one of so many of them from `others`.
  static std::vector<std::string> Events(std::mt19937& random, size_t count, unsigned one_of,
                                         std::span<const char* const> pieces,
                                         std::span<const char* const> others) {
    std::vector<std::string> events(count);
    for (std::string& event : events) {
      for (unsigned n = random() % 6; n > 0; --n) {
        event += random() % one_of == 0 ? others[random() % others.size()]
                                        : pieces[random() % pieces.size()];
      }
    }
    return events;
  }
};

TEST_F(PlainPathTest, GivesTheLinesOfTheEmulator) {
  std::mt19937 random(1);
  const char* pieces[] = {"a needle in a line\r\n",
                          "hay\r\n",
                          "\r\n",
                          "much hay much hay much hay much hay\r\n",
                          "hay\r\nhay\r\n",
                          "nee",
                          "dle",
                          "needle",
                          "\r",
                          "\n",
                          "x",
                          "   \r\n",
                          "hay needle   \r\n"};
  const char* others[] = {"\x1B[1mneedle\x1B[0m\r\n", "\x1B[31m", "\x1B[0m", "\tneedle\r\n",
                          "\u00FC needle\r\n",        "\rover",   "\b",      "\x1B[K"};
  for (int round = 0; round < 3000; ++round) {
    const auto events = Events(random, 30, 12, pieces, others);
    ASSERT_EQ(Run(events, 0, "needle"), Run(events, SIZE_MAX, "needle"))
        << testing::PrintToString(events);
  }
}

// A program goes back to lines that scrolled by and are on the screen yet.
class GoingBackTest : public PlainPathTest {
 protected:
  // Behind as many plain bytes as it takes.
  static std::vector<std::string> Found(std::vector<std::string> events,
                                        std::string_view pattern = "needle") {
    std::string plain;
    while (plain.size() < SeenText::kPlainBefore) plain += "hay\r\n";
    events.insert(events.begin(), plain);
    EXPECT_THAT(Run(events, SIZE_MAX, pattern), Not(IsEmpty()));
    return Run(events, SeenText::kPlainBefore, pattern);
  }
};

TEST_F(GoingBackTest, FromTheLastRow) {
  EXPECT_THAT(Found({"nee\r\n", "a\r\n", "\x1B[2A\x1B[4Gdle"}), SizeIs(1));
}

TEST_F(GoingBackTest, ToLinesThatTheEmulatorHad) {
  EXPECT_THAT(Found({"\n", "nee\r\n", "\n", "a\r\n", "\x1B[3A\x1B[4Gdle"}), SizeIs(1));
}

TEST_F(GoingBackTest, OnAScreenThatIsNotFull) {
  std::string progress;
  for (int i = 0; i < 3000; ++i) progress += "xxxxxxxx\r";
  EXPECT_THAT(Found({"\x1B[2J\x1B[H", progress + "\r\n", "nee\r\n", "a\r\n", "\x1B[2;4Hdle"}),
              SizeIs(1));
}

TEST_F(GoingBackTest, ToALineThatIsWantedAndIsToldOnce) {
  EXPECT_THAT(Found({"needle\x1B[m\r\n", std::string(SeenText::kPlainBefore, 'x') + "\x1B[5A",
                     "\r\n", "a\r\n", "b\r\n"}),
              SizeIs(1));
}

TEST_F(GoingBackTest, ToLinesThatFillALargeScreen) {
  Hits hits("needle");
  SeenText text({.size = {.columns = 1000, .rows = 600}}, hits);
  std::string lines;
  for (int i = 0; i < 800; ++i) lines += "nee" + std::string(980, '-') + "\r\n";
  text.Feed(lines.substr(0, 20'000), 1);
  text.Feed(lines.substr(20'000), 2);
  text.Feed("\x1B[H\x1B[4Gdle", 3);
  text.Finish(4);
  EXPECT_THAT(hits.lines, SizeIs(1));
}

TEST_F(GoingBackTest, ToALineThatGoesOnInTheNextRowThen) {
  EXPECT_THAT(Found({"123456789 123456 nee\r\n", "\x1B[99C.\x1BMdle\x1B[2J"}), SizeIs(1));
}

// Where rows begin in a line that is longer than what is kept.
TEST_F(GoingBackTest, ToALineThatIsLongerThanTheScreen) {
  std::string line;
  for (int i = 0; i < 3000; ++i) line += fmt::format("<{:8}>", i);
  EXPECT_THAT(Found({line + "\r\n", "\x1B[2A\x1B[2Gneedle"}),
              ElementsAre(EndsWith("<    2995><needle96><    2997><    2998><    2999>")));
}

// "zq" is nowhere but where the two meet.
TEST_F(GoingBackTest, AnywhereFindsWhatTheEmulatorFinds) {
  std::mt19937 random(1);
  const char* pieces[] = {"hay\r\n",
                          "\r\n",
                          "z",
                          "q",
                          "hay z\r\n",
                          "qx\r\n",
                          "hay\r\nh\r\ni\r\nj\r\nk\r\nl\r\n",
                          "much hay much hay much hay\r\n"};
  const char* others[] = {"\r",     "\n",         "\x1B[A",          "\x1B[B", "\x1B[H", "\x1B[K",
                          "\x1B[J", "\b",         "\x1B[31mz",       "\x1B[m", "\x1B[L", "\x1B[M",
                          "\x1BM",  "\x1B[2;4Hq", "\x1B[3A\x1B[4Gq", "\x1B[Aq"};
  size_t found = 0;
  for (int round = 0; round < 6000; ++round) {
    const auto events = Events(random, 12, 4, pieces, others);
    const bool emulator = !Run(events, SIZE_MAX, "zq").empty();
    if (!emulator) continue;
    // Past the emulator more may be seen: what its own event drew over.
    for (const size_t plain_before : {0, 20}) {
      ASSERT_THAT(Run(events, plain_before, "zq"), Not(IsEmpty()))
          << testing::PrintToString(events);
    }
    ++found;
  }
  EXPECT_GT(found, 500u);
}

TEST_F(PlainPathTest, APartOfALineThatIsWantedNoMoreWhenItGoesOn) {
  std::vector<std::string> events(2000, "a line of hay\r\n");
  events.insert(events.end(), {"Enter password:", "x", "y\r\n", "password:", "z\r\n", "bye\r\n"});
  const auto lines = Run(events, SeenText::kPlainBefore, "password:$");
  EXPECT_THAT(lines,
              ElementsAre("2001 at 2001 2001 Enter password:", "2004 at 2004 2002 password:"));
  EXPECT_EQ(lines, Run(events, SIZE_MAX, "password:$"));
}

TEST_F(PlainPathTest, EmptyEventsLeaveNothing) {
  Hits hits("needle");
  SeenText text({.size = {.columns = 20, .rows = 5}, .plain_before = 0}, hits);
  text.Feed("hay\r\nnee", 1);
  for (int64_t t_us = 2; t_us < 100; ++t_us) text.Feed("", t_us);
  text.Feed("dle\r\n", 100);
  EXPECT_THAT(hits.lines, ElementsAre("100-100 2 needle"));
  EXPECT_THAT(hits.marks, ElementsAre(2u));
}

TEST_F(PlainPathTest, LongLogs) {
  std::vector<std::string> events;
  std::string log;
  for (int i = 0; i < 20'000; ++i) {
    log += i % 1000 == 999 ? fmt::format("line {} has a needle\r\n", i)
                           : fmt::format("line {} of the log\r\n", i);
  }
  for (size_t at = 0; at < log.size(); at += 4096) events.push_back(log.substr(at, 4096));
  const auto lines = Run(events, SeenText::kPlainBefore, "needle");
  EXPECT_EQ(lines.size(), 20u);
  EXPECT_EQ(lines, Run(events, SIZE_MAX, "needle"));
}

}  // namespace
}  // namespace secure_exec
