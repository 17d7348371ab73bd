#include "plugin/remote/output_gatherer.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace secure_exec {
namespace {

struct Listener : RemoteCommand::Listener {
  void OnOutput(Channel channel, std::string_view bytes) override {
    calls.emplace_back(channel, bytes);
  }
  bool WantsOutput() const override { return true; }
  std::vector<std::pair<Channel, std::string>> calls;
};
using Calls = std::vector<std::pair<Channel, std::string>>;

TEST(OutputGatherer, OneChannelComesTogetherAndTheOrderStays) {
  OutputGatherer output;
  Listener listener;
  output.Append(Channel::kStdout, "a", listener);
  output.Append(Channel::kStdout, "b", listener);
  EXPECT_TRUE(listener.calls.empty());
  output.Append(Channel::kStderr, "c", listener);
  output.Append(Channel::kStdout, "d", listener);
  output.Deliver(listener);
  EXPECT_EQ((Calls{{Channel::kStdout, "ab"}, {Channel::kStderr, "c"}, {Channel::kStdout, "d"}}),
            listener.calls);
}

TEST(OutputGatherer, NothingIsNotDelivered) {
  OutputGatherer output;
  Listener listener;
  output.Deliver(listener);
  output.Append(Channel::kStderr, "x", listener);
  output.Deliver(listener);
  output.Deliver(listener);
  EXPECT_EQ((Calls{{Channel::kStderr, "x"}}), listener.calls);
}

}  // namespace
}  // namespace secure_exec
