#include "recorder/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "recorder/testing/recording_builder.h"
#include "recorder/testing/temp_directory.h"

namespace secure_exec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Texts = std::vector<std::string>;

std::string Out(int64_t t_us, std::string_view text) { return EventLine(t_us, 'o', text); }

// Z0 K0, then frames of the texts "a" "b" | "c" | "d" "e".
RecordingBuilder Small() {
  RecordingBuilder builder;
  builder.Header();
  builder.Frame({Out(1'000'000, "a"), Out(2'000'000, "b")});
  builder.Frame({Out(3'000'000, "c")});
  builder.Frame({Out(4'000'000, "d"), Out(5'000'000, "e")});
  return builder;
}

std::string Join(const Texts& parts) {
  std::string out;
  for (const std::string& part : parts) out += part;
  return out;
}

struct Read {
  Texts texts;        // the events' data
  std::string error;  // why reading stopped, or why it did not begin
  bool opened = false;
  Recording::Ending ending = Recording::Ending::kCut;
};

Read ReadAll(std::unique_ptr<RecordingSource> source) {
  Read read;
  auto recording = Recording::Open(std::move(source), "X");
  if (!recording) {
    read.error = recording.error().message;
    return read;
  }
  read.opened = true;
  Event event;
  int64_t last = 0;
  while (true) {
    const auto next = (*recording)->Next(event);
    if (!next) {
      read.error = next.error().message;
      EXPECT_EQ(next.error().kind, ErrorKind::kFormat);
      const auto again = (*recording)->Next(event);
      EXPECT_TRUE(again && !*again) << "after an error it stays at the end";
      break;
    }
    if (!*next) break;
    EXPECT_GE(event.t_us, last);
    last = event.t_us;
    read.texts.push_back(event.data);
  }
  read.ending = (*recording)->ending();
  return read;
}
Read ReadAll(std::string main) {
  return ReadAll(std::make_unique<MemoryRecording>(std::move(main)));
}
Read ReadAll(std::string main, std::map<uint64_t, std::string> tails) {
  auto source = std::make_unique<MemoryRecording>(std::move(main));
  source->tails = std::move(tails);
  return ReadAll(std::move(source));
}

bool IsPrefix(const Texts& part, const Texts& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

const Texts kAll = {"a", "b", "c", "d", "e", "0 remote exit"};

TEST(Recording, ReadsASealedOne) {
  const Read read = ReadAll(Small().Seal(6'000'000).Bytes());
  EXPECT_EQ(read.texts, kAll);
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.ending, Recording::Ending::kSealed);
}
TEST(Recording, KnowsItsHeader) {
  RecordingBuilder builder;
  builder.Header();
  const auto recording =
      Recording::Open(std::make_unique<MemoryRecording>(builder.Bytes()), "/x/y.cast.zst");
  ASSERT_TRUE(recording);
  EXPECT_EQ((*recording)->path(), "/x/y.cast.zst");
  EXPECT_EQ(FormatUuid((*recording)->header().session->id), builder.id());
  EXPECT_EQ((*recording)->size(), builder.Bytes().size());
}
TEST(Recording, EveryPrefixReadsAsCut) {
  RecordingBuilder builder = Small();
  const std::string whole = builder.Seal(6'000'000).Bytes();
  const size_t header = builder.units[0].size() - 532;
  size_t last = 0;
  for (size_t size = 0; size < whole.size(); ++size) {
    const Read read = ReadAll(whole.substr(0, size));
    EXPECT_EQ(read.opened, size >= header) << size;
    if (!read.opened) continue;
    EXPECT_EQ(read.error, "") << size;
    EXPECT_EQ(read.ending, Recording::Ending::kCut) << size;
    EXPECT_TRUE(IsPrefix(read.texts, kAll)) << size;
    EXPECT_GE(read.texts.size(), last) << size;
    last = read.texts.size();
  }
  EXPECT_EQ(last, kAll.size());
}
TEST(Recording, ZerosAfterAPrefixReadAsCut) {
  const std::string whole = Small().Seal(6'000'000).Bytes();
  for (size_t size = 0; size < whole.size(); ++size) {
    for (const size_t zeros : {1, 5000}) {
      const Read read = ReadAll(whole.substr(0, size) + std::string(zeros, '\0'));
      if (!read.opened) continue;
      EXPECT_EQ(read.error, "") << size << " and " << zeros;
      EXPECT_NE(read.ending, Recording::Ending::kSealed);
    }
  }
}
TEST(Recording, MegabytesOfZerosReadAsCut) {
  const std::string whole = Small().Bytes();
  for (const size_t size : {whole.size(), whole.size() - 100, whole.size() - 385}) {
    const Read read = ReadAll(whole.substr(0, size) + std::string(9 << 20, '\0'));
    EXPECT_EQ(read.error, "");
    // With zeros in its checkpoint alone a frame's lines are whole.
    EXPECT_EQ(read.texts.size(), size > whole.size() - 380 ? 5u : 3u);
  }
}
TEST(Recording, ReadsFilesLargerThanAPiece) {
  // Letters that hardly compress: over 3 MiB in frames of about 200 KiB.
  RecordingBuilder builder;
  builder.Header();
  Texts texts;
  uint32_t state = 1;
  for (int64_t frame = 0; frame < 20; ++frame) {
    Texts lines;
    for (int64_t line = 0; line < 70; ++line) {
      std::string text;
      while (text.size() < 4000) {
        state = state * 1664525 + 1013904223;
        text += static_cast<char>('#' + (state >> 24) % 57);  // no quote, no backslash
      }
      lines.push_back(Out(frame, text));
      texts.push_back(text);
    }
    builder.Frame(lines);
  }
  texts.push_back("0 remote exit");
  const std::string whole = builder.Seal(20).Bytes();
  EXPECT_GT(whole.size(), size_t{3} << 20);
  EXPECT_TRUE(ReadAll(whole).texts == texts);
}
TEST(Recording, AFlippedByteNeverShowsOtherText) {
  const std::string whole = Small().Seal(6'000'000).Bytes();
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ 0x41);
    EXPECT_TRUE(IsPrefix(ReadAll(bad).texts, kAll)) << at;
  }
}
TEST(Recording, NamesTheFrameThatIsAltered) {
  RecordingBuilder builder = Small();
  builder.Seal(6'000'000);
  std::string& frame = builder.units[2];
  frame[frame.size() - 380 - 6] ^= 1;  // before the checksum
  const Read read = ReadAll(builder.Bytes());
  EXPECT_THAT(read.texts, ElementsAre("a", "b"));
  const size_t offset = builder.units[0].size() + builder.units[1].size();
  EXPECT_THAT(read.error, HasSubstr(fmt::format("X: altered in frame 2, at byte {}", offset)));
}
TEST(Recording, MeetsDroppedDoubledAndSwappedFrames) {
  const Texts units = Small().Seal(6'000'000).units;
  EXPECT_THAT(ReadAll(Join({units[0], units[1], units[3]})).error, HasSubstr("frame 2"));
  EXPECT_THAT(ReadAll(Join({units[0], units[1], units[1]})).error, HasSubstr("frame 2"));
  EXPECT_THAT(ReadAll(Join({units[0], units[2], units[1]})).error, HasSubstr("frame 1"));
  EXPECT_THAT(ReadAll(Join({units[0], units[0]})).error, HasSubstr("frame 1"));
}
TEST(Recording, MeetsWhatIsNotInTheGrammar) {
  RecordingBuilder builder = Small();
  const std::string open = builder.Bytes();
  const std::string whole = builder.Seal(6'000'000).Bytes();
  const std::string skippable("\x50\x2A\x4D\x18\x01\x00\x00\x00x", 9);
  EXPECT_THAT(ReadAll(open + skippable).error, HasSubstr("frame 4"));
  EXPECT_THAT(ReadAll(open + "text").error, HasSubstr("frame 4"));
  EXPECT_THAT(ReadAll(open + builder.units.back()).error, HasSubstr("frame 4"));
  EXPECT_THAT(ReadAll(whole + "x").error, HasSubstr("follow the seek table"));
  EXPECT_THAT(ReadAll(whole + builder.units[1]).error, HasSubstr("follow the seek table"));
  EXPECT_THAT(ReadAll(whole + std::string(1, '\0')).error, HasSubstr("follow the seek table"));
}

TEST(Recording, GoesOnWithItsTail) {
  RecordingBuilder builder = Small();
  const std::string tail = builder.Tail({Out(6'000'000, "f"), Out(7'000'000, "g")}, 1);
  const Read read = ReadAll(builder.Bytes(), {{4, tail}});
  EXPECT_THAT(read.texts, ElementsAre("a", "b", "c", "d", "e", "f", "g"));
  EXPECT_EQ(read.ending, Recording::Ending::kCut);
}
TEST(Recording, ATornTailShowsItsWholeLines) {
  RecordingBuilder builder = Small();
  const Texts lines = {Out(6'000'000, "f"), Out(7'000'000, "g")};
  const std::string tail = builder.Tail(lines, 1);
  const size_t g_end = tail.size();
  const size_t f_end = tail.find(lines[0]) + lines[0].size();
  for (size_t size = 0; size <= tail.size(); ++size) {
    const size_t expected = 5 + (size >= f_end) + (size >= g_end);
    for (const size_t zeros : {0, 3}) {
      const Read read =
          ReadAll(builder.Bytes(), {{4, tail.substr(0, size) + std::string(zeros, '\0')}});
      EXPECT_EQ(read.error, "") << size;
      EXPECT_EQ(read.texts.size(), expected) << size;
    }
  }
}
TEST(Recording, LeavesOutTheTailOfAFrameThatIsThere) {
  RecordingBuilder builder;
  builder.Header();
  const std::string tail = builder.Tail({Out(1, "a")}, 1);
  builder.Frame({Out(1, "a")});
  EXPECT_THAT(ReadAll(builder.Bytes(), {{1, tail}}).texts, ElementsAre("a"));
}
TEST(Recording, ReadsTheTailOfAFrameThatIsTorn) {
  RecordingBuilder builder;
  builder.Header();
  const std::string tail = builder.Tail({Out(1, "a")}, 1);
  builder.Frame({Out(1, "a")});
  for (size_t cut = 1; cut <= builder.units[1].size(); ++cut) {
    const std::string whole = builder.Bytes();
    const Read read = ReadAll(whole.substr(0, whole.size() - cut), {{1, tail}});
    EXPECT_THAT(read.texts, ElementsAre("a")) << cut;
  }
}
TEST(Recording, ReadsOneTailAfterAnother) {
  RecordingBuilder builder;
  builder.Header();
  const std::string first = builder.Tail({Out(1, "a"), Out(2, "b")}, 1);
  RecordingBuilder later = builder;
  later.Frame({Out(1, "a"), Out(2, "b")});
  const std::string second = later.Tail({Out(3, "c")}, 0);
  EXPECT_THAT(ReadAll(builder.Bytes(), {{1, first}, {2, second}}).texts,
              ElementsAre("a", "b", "c"));
  EXPECT_THAT(ReadAll(builder.Bytes(), {{2, second}}).texts, ElementsAre("c"))
      << "a power cut took frame 1, which had no segment";
}
TEST(Recording, RefusesATailThatIsNotIts) {
  RecordingBuilder other(7);
  other.Header();
  const std::string foreign = other.Tail({Out(1, "x")}, 1);
  RecordingBuilder builder;
  builder.Header();
  EXPECT_THAT(ReadAll(builder.Bytes(), {{1, foreign}}).error, HasSubstr("another recording"));
  const std::string tail = builder.Tail({Out(1, "a")}, 1);
  EXPECT_THAT(ReadAll(builder.Bytes(), {{2, tail}}).error, HasSubstr("another frame"));
  EXPECT_THAT(ReadAll(builder.Bytes(), {{1, "text\n"}}).error, HasSubstr("sxt1"));
  EXPECT_THAT(ReadAll(builder.Bytes(), {{1, tail + "text\n"}}).error, HasSubstr("tail segment 1"));
}

// A reader and a writer at the same time.
class Live : public testing::Test {
 protected:
  Live() { builder_.Header(); }
  std::unique_ptr<MemoryRecording> Source() {
    auto source = std::make_unique<MemoryRecording>(builder_.Bytes());
    source_ = source.get();
    return source;
  }
  RecordingBuilder builder_;
  MemoryRecording* source_ = nullptr;
};

TEST_F(Live, ASegmentVanishesBetweenListingAndOpening) {
  auto source = Source();
  source->tails = {{1, builder_.Tail({Out(1, "a")}, 0)}};
  source->after_listing = [&] {
    if (builder_.k() != 1) return;
    builder_.Frame({Out(1, "a"), Out(2, "b")});
    source_->SetMain(builder_.Bytes());
    source_->tails = {{2, builder_.Tail({Out(3, "c")}, 0)}};
  };
  EXPECT_THAT(ReadAll(std::move(source)).texts, ElementsAre("a", "b", "c"));
}
TEST_F(Live, AFrameIsClosedAfterItsSegmentWasOpened) {
  auto source = Source();
  source->tails = {{1, builder_.Tail({Out(1, "a")}, 0)}};
  source->after_opening = [&] {
    if (builder_.k() != 1) return;
    builder_.Frame({Out(1, "a"), Out(2, "b")});
    source_->SetMain(builder_.Bytes());
    source_->tails.clear();
  };
  EXPECT_THAT(ReadAll(std::move(source)).texts, ElementsAre("a", "b"));
}
TEST_F(Live, AFrameIsClosedWhileItsSegmentIsRead) {
  auto source = Source();
  source->tails = {{1, builder_.Tail({Out(1, "a"), Out(2, "b")}, 1)}};
  auto recording = Recording::Open(std::move(source), "X");
  ASSERT_TRUE(recording);
  Event event;
  ASSERT_TRUE(*(*recording)->Next(event));
  builder_.Frame({Out(1, "a"), Out(2, "b"), Out(3, "c")});
  builder_.Frame({Out(4, "d")});
  builder_.Seal(5);
  source_->SetMain(builder_.Bytes());
  source_->tails.clear();
  Texts texts = {event.data};
  while (*(*recording)->Next(event)) texts.push_back(event.data);
  EXPECT_THAT(texts, ElementsAre("a", "b", "c", "d", "0 remote exit"));
  EXPECT_EQ((*recording)->ending(), Recording::Ending::kSealed);
}
TEST_F(Live, ATornFrameBecomesWhole) {
  auto source = Source();
  builder_.Frame({Out(1, "a")});
  const std::string whole = builder_.Bytes();
  source->SetMain(whole.substr(0, whole.size() - 10));
  source->after_listing = [&] { source_->SetMain(whole); };
  EXPECT_THAT(ReadAll(std::move(source)).texts, ElementsAre("a"));
}
TEST_F(Live, SegmentsThatVanishForEverEndTheReading) {
  auto source = Source();
  source->tails = {{1, builder_.Tail({Out(1, "a")}, 0)}};
  const auto tails = source->tails;
  source->after_listing = [&] { source_->tails.clear(); };
  source->after_opening = [&] { source_->tails = tails; };
  EXPECT_THAT(ReadAll(std::move(source)).texts, ElementsAre());
}

constexpr char kV2[] = "{\"version\":2,\"width\":80,\"height\":24}\n";

TEST(PlainCast, IsReadAsLines) {
  const Read read = ReadAll(std::string(kV2) + "[1.5, \"o\", \"a\"]\n[2, \"i\", \"b\"]\n");
  EXPECT_THAT(read.texts, ElementsAre("a", "b"));
  EXPECT_EQ(read.ending, Recording::Ending::kPlain);
}
TEST(PlainCast, V3HasIntervalsAndComments) {
  const auto recording = Recording::Open(
      std::make_unique<MemoryRecording>("{\"version\":3,\"term\":{\"cols\":80,\"rows\":24}}\n"
                                        "# hello\n[1.5, \"o\", \"a\"]\n[1, \"o\", \"b\"]\n"),
      "X");
  ASSERT_TRUE(recording) << recording.error().message;
  Event event;
  ASSERT_TRUE(*(*recording)->Next(event));
  ASSERT_TRUE(*(*recording)->Next(event));
  EXPECT_EQ(event.t_us, 2'500'000);
}
TEST(PlainCast, TimesNeverGoBack) {
  const Read read = ReadAll(std::string(kV2) + "[5, \"o\", \"a\"]\n[2, \"o\", \"b\"]\n");
  EXPECT_THAT(read.texts, ElementsAre("a", "b"));  // ReadAll looks at the times
}
TEST(PlainCast, DropsALastLineThatIsCut) {
  const std::string cast = std::string(kV2) + "[1.5, \"o\", \"a\"]\n[2, \"o\", \"b\"]";
  EXPECT_THAT(ReadAll(cast).texts, ElementsAre("a", "b"));
  for (size_t cut = 1; cut < 14; ++cut) {
    const Read read = ReadAll(cast.substr(0, cast.size() - cut));
    EXPECT_THAT(read.texts, ElementsAre("a"));
    EXPECT_EQ(read.error, "");
  }
}
TEST(PlainCast, NamesABadLine) {
  const Read read = ReadAll(std::string(kV2) + "[1.5, \"o\", \"a\"]\n[2, \"o\"\n");
  EXPECT_THAT(read.texts, ElementsAre("a"));
  EXPECT_THAT(read.error, HasSubstr("X: line 3: not an asciicast event"));
}
TEST(PlainCast, ReadsLinesLongerThanAPiece) {
  const std::string text(3 << 20, 'x');
  const Read read = ReadAll(std::string(kV2) + "[1, \"o\", \"" + text + "\"]\n[2, \"o\", \"b\"]\n");
  EXPECT_THAT(read.texts, ElementsAre(text, "b"));
}

TEST(RecordingOpen, SaysWhyItCannot) {
  EXPECT_THAT(ReadAll("").error, HasSubstr("X is empty"));
  EXPECT_THAT(ReadAll("hello").error, HasSubstr("neither a recording nor an asciicast"));
  EXPECT_THAT(ReadAll("{}").error, HasSubstr("X: "));
  EXPECT_THAT(ReadAll("age-encryption.org/v1\n").error, HasSubstr("name an identity with --identity FILE"));
  RecordingBuilder builder;
  builder.format = "2.0";
  EXPECT_THAT(ReadAll(builder.Header().Bytes()).error, HasSubstr("2"));
}
TEST(RecordingOpen, NamesMissingFilesAndOtherThings) {
  TempDirectory temp;
  EXPECT_EQ(Recording::Open(temp / "none").error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(Recording::Open(temp.path()).error().message, HasSubstr("not a regular file"));
}
TEST(RecordingOpen, TellsByContentNotByName) {
  TempDirectory temp;
  const std::string plain = temp.Write("a.cast.zst", std::string(kV2) + "[1, \"o\", \"a\"]\n");
  const auto recording = Recording::Open(plain);
  ASSERT_TRUE(recording);
  Event event;
  while (*(*recording)->Next(event)) continue;
  EXPECT_EQ((*recording)->ending(), Recording::Ending::kPlain);
}
TEST(RecordingOpen, FindsSegmentsBesideTheFile) {
  TempDirectory temp;
  RecordingBuilder builder = Small();
  const std::string path = temp.Write("renamed.cast.zst", builder.Bytes());
  const std::string tail = builder.Tail({Out(6'000'000, "f")}, 0);
  temp.Write(builder.id() + ".tail.4", tail);
  temp.Write(builder.id() + ".tail.04", "junk");
  temp.Write(builder.id() + ".tail.5x", "junk");
  temp.Write(builder.id() + ".tail.99999999999999999999", "junk");
  const auto recording = Recording::Open(path);
  ASSERT_TRUE(recording);
  Event event;
  size_t events = 0;
  for (auto next = (*recording)->Next(event); next && *next; next = (*recording)->Next(event)) {
    ++events;
  }
  EXPECT_EQ(events, 6u);
  EXPECT_EQ((*recording)->size(), builder.Bytes().size() + tail.size());
}
TEST(RecordingOpen, FollowsNoLinkToASegment) {
  TempDirectory temp;
  RecordingBuilder builder = Small();
  const std::string path = temp.Write(builder.id() + ".cast.zst", builder.Bytes());
  temp.Write("elsewhere", builder.Tail({Out(6'000'000, "f")}, 0));
  std::filesystem::create_symlink(temp / "elsewhere", temp / (builder.id() + ".tail.4"));
  const auto recording = Recording::Open(path);
  ASSERT_TRUE(recording);
  Event event;
  auto next = (*recording)->Next(event);
  while (next && *next) next = (*recording)->Next(event);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, ErrorKind::kIo);
}

}  // namespace
}  // namespace secure_exec
