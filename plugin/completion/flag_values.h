// What can follow each flag that takes a value.
#pragma once

#include <span>
#include <string_view>

namespace secure_exec {

enum class ValueKind {
  kWords,  // one of FlagValues::words
  kContext,
  kCluster,
  kUser,
  kNamespace,
  kContainer,
  kRecording,  // an id in the store
  kFile,
  kDirectory,
  kFree,  // a text, a number, a duration: nothing to offer
};

struct FlagValues {
  std::string_view flag;  // its long name
  ValueKind kind;
  std::span<const std::string_view> words = {};
};

// Of every flag in FlagTable(); booleans are not here. nullptr: none such.
const FlagValues* FindFlagValues(std::string_view flag);

// Flags that add up, so that they may come again.
bool IsRepeatable(std::string_view flag);

}  // namespace secure_exec
