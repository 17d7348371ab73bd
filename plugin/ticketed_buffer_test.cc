#include "plugin/ticketed_buffer.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

TEST(TicketedBuffer, HoldsBytesUntilTheirTicketIsWritten) {
  TicketedBuffer buffer;
  buffer.Append(1, "one");
  buffer.Append(2, "two");
  EXPECT_EQ(buffer.Ready(0), "");
  EXPECT_EQ(buffer.Ready(1), "one");
  EXPECT_EQ(buffer.Ready(2), "onetwo");
}

TEST(TicketedBuffer, StaysReadyOnceWritten) {
  TicketedBuffer buffer;
  buffer.Append(5, "abc");
  ASSERT_EQ(buffer.Ready(5), "abc");
  buffer.Append(6, "def");
  EXPECT_EQ(buffer.Ready(5), "abc");
}

TEST(TicketedBuffer, WipesWhatHasGone) {
  TicketedBuffer buffer;
  buffer.Wipe(64);
  buffer.Append(1, "secret");
  const std::string_view ready = buffer.Ready(1);
  buffer.Append(2, "more");
  buffer.Consume(ready.size());
  EXPECT_EQ(std::string(ready.data(), 6), std::string(6, '\0'));
  EXPECT_EQ(buffer.Ready(2), "more");
}

TEST(TicketedBuffer, ConsumesInPieces) {
  TicketedBuffer buffer;
  buffer.Append(1, "abcdef");
  ASSERT_EQ(buffer.Ready(1), "abcdef");
  buffer.Consume(4);
  EXPECT_EQ(buffer.Ready(1), "ef");
  EXPECT_EQ(buffer.size(), 2u);
  buffer.Consume(2);
  EXPECT_TRUE(buffer.empty());
}

TEST(TicketedBuffer, KeepsOrderAcrossCompaction) {
  TicketedBuffer buffer;
  std::string expected, got;
  for (int i = 0; i < 2000; ++i) {
    const std::string piece(997, static_cast<char>('a' + i % 26));
    buffer.Append(static_cast<Recorder::Ticket>(i + 1), piece);
    expected += piece;
    const std::string_view ready = buffer.Ready(static_cast<Recorder::Ticket>(i));
    const size_t take = ready.size() / 2 + ready.size() % 2;
    got += ready.substr(0, take);
    buffer.Consume(take);
  }
  const std::string_view rest = buffer.Ready(2000);
  got += rest;
  buffer.Consume(rest.size());
  EXPECT_EQ(got, expected);
  EXPECT_TRUE(buffer.empty());
}

}  // namespace
}  // namespace secure_exec
