// What can follow each option of kubectl secure-replay that takes a value, but for its words
// (OptionSpec).
#pragma once

#include "replay/options.h"

namespace secure_exec {

enum class ValueKind {
  kContext,  // of the recordings in the store, as the next four
  kNamespace,
  kPod,
  kContainer,
  kUser,
  kFile,
  kDirectory,
  kFree,  // a number, a time, a pattern: nothing to offer
};

ValueKind KindOfValue(const OptionSpec& option);

}  // namespace secure_exec
