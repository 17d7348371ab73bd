// Output of one channel, gathered over the frames of one buffer, so that small frames reach the
// listener together. In order: another channel's output hands over what there is first.
#pragma once

#include <string>
#include <string_view>

#include "plugin/remote/remote_command.h"

namespace secure_exec {

class OutputGatherer {
 public:
  void Append(Channel channel, std::string_view bytes, RemoteCommand::Listener& listener) {
    if (channel != channel_) Deliver(listener);
    channel_ = channel;
    gathered_.append(bytes);
  }
  void Deliver(RemoteCommand::Listener& listener) {
    if (gathered_.empty()) return;
    listener.OnOutput(channel_, gathered_);
    gathered_.clear();
  }

 private:
  Channel channel_ = Channel::kStdout;
  std::string gathered_;
};

}  // namespace secure_exec
