#include "replay/read_ahead.h"

#include <gtest/gtest.h>

#include "recorder/testing/recording_builder.h"
#include "recorder/testing/temp_directory.h"

namespace secure_exec {
namespace {

// More than fit in all batches.
constexpr size_t kMany = ReadAhead::kMaxEvents * (ReadAhead::kBatches + 3) + 7;
constexpr size_t kNever = SIZE_MAX;

std::vector<std::string> Lines(size_t count) {
  std::vector<std::string> lines;
  for (size_t i = 0; i < count; ++i) {
    lines.push_back(EventLine(static_cast<int64_t>(i), 'o', "event " + std::to_string(i)));
  }
  return lines;
}

class ReadAheadTest : public testing::Test {
 protected:
  std::unique_ptr<Recording> Open(std::string_view bytes) {
    auto recording = Recording::Open(directory.Write("a recording", bytes));
    EXPECT_TRUE(recording) << recording.error().message;
    return std::move(*recording);
  }
  std::string Plain(const std::vector<std::string>& lines) {
    std::string text = "{\"version\":2,\"width\":80,\"height\":24}\n";
    for (const std::string& line : lines) text += line;
    return text;
  }
  // The events and how they end, with a thread from the event of this number on.
  std::vector<std::string> All(std::string_view bytes, size_t start) {
    const auto recording = Open(bytes);
    ReadAhead events(*recording);
    std::vector<std::string> all;
    Event event;
    while (true) {
      if (all.size() == start) events.Start();
      const auto more = events.Next(event);
      if (!more || !*more) {
        all.push_back(more ? "the end" : more.error().message);
        const auto again = events.Next(event);
        EXPECT_TRUE(again && !*again) << "it stays at the end";
        return all;
      }
      all.push_back(fmt::format("{} {} {}", event.t_us, event.code, event.data));
    }
  }
  void ExpectTheSame(std::string_view bytes, size_t count) {
    const auto serial = All(bytes, kNever);
    EXPECT_EQ(serial.size(), count + 1);
    for (const size_t start : {size_t{0}, size_t{1}, count / 2, count}) {
      EXPECT_EQ(All(bytes, start), serial) << start;
    }
  }
  TempDirectory directory;
};

TEST_F(ReadAheadTest, EventsAreTheSame) { ExpectTheSame(Plain(Lines(kMany)), kMany); }

TEST_F(ReadAheadTest, LongEvents) {
  std::vector<std::string> lines;
  for (int i = 0; i < 40; ++i) {
    lines.push_back(EventLine(i, 'o', std::string(ReadAhead::kMaxBytes / (i % 2 ? 100 : 1), 'x')));
  }
  ExpectTheSame(Plain(lines), 40);
}

TEST_F(ReadAheadTest, NoEvents) { ExpectTheSame(Plain({}), 0); }

TEST_F(ReadAheadTest, AnErrorComesBehindWhatWasBeforeIt) {
  auto lines = Lines(kMany);
  lines.push_back("[\n");
  ExpectTheSame(Plain(lines), kMany);
  EXPECT_NE(All(Plain(lines), 0).back(), "the end");
}

TEST_F(ReadAheadTest, AlteredAndCutRecordings) {
  RecordingBuilder built;
  built.Header();
  for (int i = 0; i < 10; ++i) built.Frame(Lines(500));
  std::string bytes = built.Bytes();
  ExpectTheSame(bytes, 5000);
  ExpectTheSame(bytes.substr(0, bytes.size() - 1), 4500);
  bytes[bytes.size() - built.units.back().size() + 30] ^= 1;
  ExpectTheSame(bytes, 4500);
}

TEST_F(ReadAheadTest, WhoHasEnoughLeaves) {
  const auto recording = Open(Plain(Lines(kMany)));
  Event event;
  {
    ReadAhead events(*recording);
    events.Start();
    for (size_t i = 0; i < ReadAhead::kMaxEvents + 1; ++i) ASSERT_TRUE(*events.Next(event));
    EXPECT_EQ(event.data, "event " + std::to_string(ReadAhead::kMaxEvents));
  }
  ReadAhead never(*recording);
  never.Start();
}

TEST_F(ReadAheadTest, WithoutAThreadEventsAreTheSame) {
  const auto recording = Open(Plain(Lines(2)));
  ReadAhead events(*recording, [](const std::function<void()>&) { return std::thread(); });
  Event event;
  ASSERT_TRUE(*events.Next(event));
  events.Start();
  EXPECT_FALSE(events.started());
  ASSERT_TRUE(*events.Next(event));
  EXPECT_EQ(event.data, "event 1");
  EXPECT_FALSE(*events.Next(event));
}

}  // namespace
}  // namespace secure_exec
