#include "replay/say_ending.h"

#include "recorder/store/lock.h"

namespace secure_exec {

void SayEnding(const Recording& recording, World& world) {
  if (recording.ending() == Recording::Ending::kRecovered) {
    SayNote(world, "recovered: made of a recording without a seal");
  } else if (recording.ending() != Recording::Ending::kCut) {
    return;
  } else if (IsBeingWritten(recording.path())) {
    SayNote(world, "live: the session goes on, this is what there is until now");
  } else {
    SayNote(world, "no seal: the session crashed, or the recording was cut off");
  }
}

}  // namespace secure_exec
