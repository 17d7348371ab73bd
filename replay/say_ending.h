// The note behind what was shown of a recording that has no end of its own.
#pragma once

#include "replay/command.h"

namespace secure_exec {

// For a recording that was read to where it ends; says nothing of one that is sealed, or plain.
void SayEnding(const Recording& recording, World& world);

}  // namespace secure_exec
