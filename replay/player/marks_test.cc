#include "replay/player/marks.h"

#include <gtest/gtest.h>

#include "recorder/testing/recording_builder.h"

namespace secure_exec {
namespace {

class MarksTest : public testing::Test {
 protected:
  // Markers at 2 and 4 µs, notes at 3 and 4 and one about nothing.
  MarksTest() {
    auto recording = Recording::Open(
        std::make_unique<MemoryRecording>("{\"version\":2,\"width\":20,\"height\":12}\n" +
                                          EventLine(1, 'o', "a") + EventLine(2, 'm', "two") +
                                          EventLine(4, 'm', "four") + EventLine(9, 'o', "b")),
        "x");
    recording_ = std::move(*recording);
    timeline_.emplace(*recording_);
    marks_ = Marks({{.author = "bob", .at_us = 4, .text = "look"},
                    {.author = "bob", .text = "all of it"},
                    {.at_us = 3, .text = "here"}});
  }
  void ShowUntil(int64_t t_us) {
    while (timeline_->Peek() != nullptr && timeline_->Peek()->t_us <= t_us) timeline_->Show();
    marks_.Update(*timeline_);
  }
  std::unique_ptr<Recording> recording_;
  std::optional<Timeline> timeline_;
  Marks marks_;
};

TEST_F(MarksTest, NotesAreKnownAtOnce) {
  EXPECT_EQ(marks_.After(0), 3);
  EXPECT_EQ(marks_.After(3), 4);
  EXPECT_EQ(marks_.After(4), INT64_MAX);
  EXPECT_EQ(marks_.Before(4), 3);
  EXPECT_EQ(marks_.Before(3), -1);
  EXPECT_EQ(marks_.TextAt(3), "1/2+ note: here");
}

TEST_F(MarksTest, MarkersWhenTheyWereRead) {
  ShowUntil(2);
  EXPECT_EQ(marks_.After(0), 2);
  EXPECT_EQ(marks_.TextAt(2), "1/3+ marker: two");
  EXPECT_EQ(marks_.TextAt(3), "2/3+ note: here");
  ShowUntil(100);
  EXPECT_EQ(marks_.TextAt(2), "1/4 marker: two");
}

TEST_F(MarksTest, SeveralAtOneTime) {
  ShowUntil(100);
  EXPECT_EQ(marks_.TextAt(4), "3/4 note by bob: look | marker: four");
  EXPECT_EQ(marks_.TextAt(5), "");
}

TEST_F(MarksTest, LongTextsAreCut) {
  const std::string text(100'000, 'x');
  const Marks marks(std::vector<Note>(100, {.author = text, .at_us = 1, .text = text}));
  EXPECT_LT(marks.TextAt(1).size(), 10 * Marks::kMaxText);
}

}  // namespace
}  // namespace secure_exec
