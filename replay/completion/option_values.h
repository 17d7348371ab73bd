// What can follow each option of kubectl secure-replay that takes a value.
#pragma once

#include <span>
#include <string_view>

#include "replay/options.h"

namespace secure_exec {

struct OptionValues {
  enum class Kind {
    kWords,
    kContext,  // of the recordings in the store, as the next four
    kNamespace,
    kPod,
    kContainer,
    kUser,
    kFile,
    kDirectory,
    kFree,  // a number, a time, a pattern: nothing to offer
  } kind = Kind::kFree;
  std::span<const std::string_view> words = {};
};

// Of an option of `command`.
OptionValues ValuesOf(std::string_view command, const OptionSpec& option);

}  // namespace secure_exec
