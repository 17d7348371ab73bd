#include "replay/player/timeline.h"

#include <gtest/gtest.h>

#include "recorder/testing/recording_builder.h"
#include "replay/screen/text.h"

namespace secure_exec {
namespace {

// A recording of 40 frames with 5 events each, and the screen after each of them.
class TimelineTest : public testing::TestWithParam<const char*> {
 protected:
  static constexpr int kFrames = 40;
  static constexpr int kEvents = 5;

  static std::string Line(int i) {
    if (i % 7 == 3) return EventLine(i * 1000, 'i', "typed");
    if (i % 31 == 30) return EventLine(i * 1000, 'm', "mark " + std::to_string(i));
    if (i % 11 == 5) return EventLine(i * 1000, 'r', i % 2 == 0 ? "40x10" : "60x12");
    // Styles and characters go on from one event to the next.
    return EventLine(
        i * 1000, i % 5 == 0 ? 'e' : 'o',
        "\\u001b[3" + std::to_string(i % 8) + "mevent " + std::to_string(i) + " \\r\\n ä");
  }
  TimelineTest() {
    if (GetParam() == std::string("sealed") || GetParam() == std::string("cut")) {
      RecordingBuilder builder;
      builder.Header();
      for (int frame = 0; frame < kFrames; ++frame) {
        std::vector<std::string> lines;
        for (int i = 0; i < kEvents; ++i) lines.push_back(Line(frame * kEvents + i));
        builder.Frame(lines);
      }
      std::map<uint64_t, std::string> tails;
      if (GetParam() == std::string("sealed")) {
        builder.Seal(kFrames * kEvents * 1000);
      } else {
        tails[builder.k()] = builder.Tail({EventLine(kFrames * kEvents * 1000, 'o', "tail")}, 1);
      }
      auto source = std::make_unique<MemoryRecording>(builder.Bytes());
      source->tails = std::move(tails);
      Open(std::move(source));
      return;
    }
    const bool v3 = GetParam() == std::string("v3");
    std::string cast = v3 ? "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24}}\n"
                          : "{\"version\":2,\"width\":80,\"height\":24}\n";
    for (int i = 0; i < kFrames * kEvents; ++i) {
      const std::string line = Line(i);
      cast += v3 ? "[0.001" + line.substr(line.find(',')) : line;
    }
    Open(std::make_unique<MemoryRecording>(std::move(cast)));
  }
  void Open(std::unique_ptr<MemoryRecording> source) {
    auto opened = Recording::Open(std::move(source), "x");
    ASSERT_TRUE(opened) << opened.error().message;
    recording_ = std::move(*opened);
  }
  static std::string State(Timeline& timeline) {
    timeline.Peek();
    return std::to_string(timeline.position().event) + " " + std::to_string(timeline.t_us()) +
           "\n" + timeline.screen().Snapshot();
  }
  // The state before each event.
  static std::vector<std::string> AllStates(Timeline& timeline) {
    std::vector<std::string> states{State(timeline)};
    while (timeline.Peek() != nullptr) {
      timeline.Show();
      states.push_back(State(timeline));
    }
    return states;
  }
  std::unique_ptr<Recording> recording_;
};

TEST_P(TimelineTest, AnyPlaceIsReachedFromTheEnd) {
  Timeline timeline(*recording_, {.spacing = 100});
  const auto states = AllStates(timeline);
  EXPECT_FALSE(timeline.problem());
  EXPECT_GT(timeline.snapshots(), 5u);
  std::vector<uint64_t> numbers;
  for (const std::string& state : states) numbers.push_back(std::stoull(state));
  for (size_t i = states.size(); i-- > 0;) {
    timeline.GoBackTo(numbers[i]);
    EXPECT_LE(timeline.position().event, numbers[i]);
    while (timeline.Peek() != nullptr && timeline.position().event < numbers[i]) timeline.Show();
    ASSERT_EQ(State(timeline), states[i]) << i;
  }
  // And forward again, by the same snapshots.
  timeline.GoBackTo(numbers[states.size() / 2]);
  while (timeline.Peek() != nullptr) timeline.Show();
  EXPECT_EQ(State(timeline), states.back());
  EXPECT_FALSE(timeline.problem());
}

TEST_P(TimelineTest, ByTime) {
  Timeline timeline(*recording_, {.spacing = 100});
  while (timeline.Peek() != nullptr) timeline.Show();
  for (const int64_t t_us : {197'000, 100'500, 31'000, 1000, 0}) {
    timeline.GoBackToTime(t_us);
    while (timeline.Peek() != nullptr && timeline.Peek()->t_us <= t_us) timeline.Show();
    EXPECT_LE(timeline.t_us(), t_us);
    ASSERT_NE(timeline.Peek(), nullptr);
    EXPECT_GT(timeline.Peek()->t_us, t_us);
  }
}

TEST_P(TimelineTest, AheadByASnapshot) {
  Timeline timeline(*recording_, {.spacing = 100});
  while (timeline.Peek() != nullptr) timeline.Show();
  timeline.GoBackTo(0);
  EXPECT_EQ(timeline.position().event, 0u);
  timeline.GoBackToTime(150'000);
  EXPECT_GT(timeline.position().event, 100u);
}

TEST_P(TimelineTest, MemoryIsBounded) {
  Timeline timeline(*recording_, {.spacing = 1, .budget = 10'000});
  const auto states = AllStates(timeline);
  EXPECT_GE(timeline.snapshots(), 2u);
  EXPECT_LE(timeline.snapshots(), 20u);
  timeline.GoBackTo(0);
  EXPECT_EQ(State(timeline), states[0]);
}

TEST_P(TimelineTest, MarkersOfAllThatWasShown) {
  Timeline timeline(*recording_);
  while (timeline.Peek() != nullptr) timeline.Show();
  timeline.GoBackTo(0);
  while (timeline.Peek() != nullptr) timeline.Show();
  ASSERT_EQ(timeline.markers().size(), 5u);
  EXPECT_EQ(timeline.markers()[1].label, "mark 61");
  EXPECT_EQ(timeline.markers()[1].position.event, 53u);  // without nine that were typed
}

INSTANTIATE_TEST_SUITE_P(Kinds, TimelineTest, testing::Values("sealed", "cut", "v2", "v3"));

TEST(TimelineEventTest, ABurstIsShownInPartsThatFitTheScreen) {
  std::string burst;
  for (int i = 0; i < 100; ++i) burst += "line " + std::to_string(i) + "\\r\\n";
  auto recording = Recording::Open(
      std::make_unique<MemoryRecording>("{\"version\":2,\"width\":80,\"height\":10}\n" +
                                        EventLine(1000, 'o', burst)),
      "x");
  ASSERT_TRUE(recording);
  Timeline timeline(**recording);
  std::string seen;
  int parts = 0;
  for (; timeline.Peek() != nullptr; ++parts) {
    timeline.Show(false);
    seen += ScreenText(timeline.screen());
  }
  EXPECT_EQ(parts, 12);
  for (int i = 0; i < 100; ++i) EXPECT_NE(seen.find("line " + std::to_string(i) + "\n"), seen.npos);
}

TEST(TimelineEventTest, AScreenOfOneRowIsShownLineByLine) {
  auto recording = Recording::Open(
      std::make_unique<MemoryRecording>("{\"version\":2,\"width\":80,\"height\":1}\n" +
                                        EventLine(1000, 'o', "one\\r\\ntwo\\r\\nthree")),
      "x");
  ASSERT_TRUE(recording);
  Timeline timeline(**recording);
  for (int part = 0; part < 3; ++part) {
    ASSERT_NE(timeline.Peek(), nullptr);
    timeline.Show(false);
  }
  EXPECT_EQ(timeline.Peek(), nullptr);
  EXPECT_EQ(RowText(timeline.screen(), 0), "three");
}

TEST(TimelineEventTest, MuchThatWasTypedIsPassedOverInParts) {
  std::string cast = "{\"version\":2,\"width\":80,\"height\":10}\n";
  for (int i = 0; i < 3 * Timeline::kTypedAtOnce; ++i) cast += EventLine(1000, 'i', "x");
  auto recording =
      Recording::Open(std::make_unique<MemoryRecording>(cast + EventLine(2000, 'o', "shown")), "x");
  ASSERT_TRUE(recording);
  Timeline timeline(**recording);
  for (int part = 0; part < 3; ++part) {
    ASSERT_NE(timeline.Peek(), nullptr);
    ASSERT_TRUE(Timeline::IsTyped(*timeline.Peek())) << part;
    timeline.Show();
    EXPECT_EQ(timeline.position(), Timeline::Position{});
  }
  ASSERT_NE(timeline.Peek(), nullptr);
  EXPECT_FALSE(Timeline::IsTyped(*timeline.Peek()));
  timeline.Show();
  EXPECT_EQ(timeline.position().event, 1u);
}

TEST(TimelineEventTest, ARecordingThatGrows) {
  RecordingBuilder builder;
  builder.Header().Frame({EventLine(1000, 'o', "one")});
  auto source = std::make_unique<MemoryRecording>(builder.Bytes());
  MemoryRecording* const file = source.get();
  auto recording = Recording::Open(std::move(source), "x");
  ASSERT_TRUE(recording);
  Timeline timeline(**recording);
  const auto show_all = [&] {
    while (timeline.Peek() != nullptr) timeline.Show();
    return RowText(timeline.screen(), 0);
  };
  EXPECT_EQ(show_all(), "one");
  timeline.Retry();
  EXPECT_EQ(timeline.Peek(), nullptr);
  file->tails[builder.k()] = builder.Tail({EventLine(2000, 'o', "two")}, 1);
  timeline.Retry();
  EXPECT_EQ(show_all(), "onetwo");
  EXPECT_FALSE(timeline.sealed());
  file->tails.clear();
  builder.Frame({EventLine(2000, 'o', "two"), EventLine(3000, 'o', "three")}).Seal(4000);
  file->SetMain(builder.Bytes());
  timeline.Retry();
  EXPECT_EQ(show_all(), "onetwothree");
  EXPECT_TRUE(timeline.sealed());
}

TEST(TimelineEventTest, ACastThatGrows) {
  const std::string header = "{\"version\":2,\"width\":80,\"height\":10}\n";
  const std::string line = EventLine(1000, 'o', "one");
  auto source = std::make_unique<MemoryRecording>(header + line.substr(0, 5));
  MemoryRecording* const file = source.get();
  auto recording = Recording::Open(std::move(source), "x");
  ASSERT_TRUE(recording);
  Timeline timeline(**recording);
  EXPECT_EQ(timeline.Peek(), nullptr);
  timeline.Retry();
  EXPECT_EQ(timeline.Peek(), nullptr);
  file->SetMain(header + line);
  timeline.Retry();
  ASSERT_NE(timeline.Peek(), nullptr);
  timeline.Show();
  EXPECT_EQ(RowText(timeline.screen(), 0), "one");
}

}  // namespace
}  // namespace secure_exec
