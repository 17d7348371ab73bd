#include "plugin/remote/input_buffer.h"

#include <gtest/gtest.h>

#include "plugin/remote/testing_stream.h"

namespace secure_exec {
namespace {

struct Buffer : testing::Test {
  ScriptedStream::Peer peer;
  ScriptedStream stream{peer};
};

TEST_F(Buffer, EarlyBytesComeFirstHoweverMany) {
  const std::string early(InputBuffer::kBytes + 5, 'e');
  InputBuffer input(early);
  peer.Send("later");
  input.Fill(stream);
  EXPECT_EQ(early, input.Take());
  input.Fill(stream);
  EXPECT_EQ("later", input.Take());
  EXPECT_FALSE(input.maybe_more());
}

TEST_F(Buffer, GathersUntilTheStreamWouldBlock) {
  InputBuffer input("");
  EXPECT_TRUE(input.maybe_more());
  peer.Send("one");
  peer.Send("two");
  peer.Pause();
  peer.Send("three");
  input.Fill(stream);
  EXPECT_FALSE(input.maybe_more());
  EXPECT_EQ("onetwo", input.Take());
  EXPECT_EQ("", input.Take());
}

TEST_F(Buffer, StopsWhenItIsFull) {
  InputBuffer input("");
  peer.Send(std::string(InputBuffer::kBytes + 7, 'x'));
  input.Fill(stream);
  EXPECT_TRUE(input.maybe_more());
  EXPECT_EQ(InputBuffer::kBytes, input.Take().size());
  input.Fill(stream);
  EXPECT_EQ(7u, input.Take().size());
}

TEST_F(Buffer, TheEndIsKeptBehindTheBytes) {
  InputBuffer input("");
  peer.Send("last");
  peer.End();
  input.Fill(stream);
  EXPECT_EQ("last", input.Take());
  EXPECT_TRUE(input.ended());
  EXPECT_FALSE(input.error());
}

TEST_F(Buffer, SoIsAnError) {
  InputBuffer input("");
  peer.Send("last");
  peer.Break("reset");
  input.Fill(stream);
  EXPECT_EQ("last", input.Take());
  ASSERT_TRUE(input.error());
  EXPECT_EQ("reset", input.error()->message);
  EXPECT_FALSE(input.ended());
}

}  // namespace
}  // namespace secure_exec
