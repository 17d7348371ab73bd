#include "plugin/completion/flag_values.h"

#include <gtest/gtest.h>

#include "plugin/completion/command_line.h"
#include "plugin/options_table.h"

namespace secure_exec {
namespace {

TEST(FlagValues, AreThereForEveryFlagThatTakesOne) {
  for (const FlagEntry& entry : FlagTable()) {
    const bool boolean = entry.implicit != nullptr && std::string_view(entry.implicit) == "true";
    EXPECT_EQ(FindFlagValues(LongNameOf(entry.declared)) == nullptr, boolean) << entry.declared;
  }
}

TEST(FlagValues, AreWhatTheFlagsTake) {
  for (const FlagEntry& entry : FlagTable()) {
    const FlagValues* values = FindFlagValues(LongNameOf(entry.declared));
    if (values == nullptr) continue;
    for (const std::string_view word : values->words) {
      if (word.ends_with(':')) continue;  // the beginning of one
      CommandLine line;
      EXPECT_EQ(entry.set(line, std::string(word)), "") << entry.declared << " " << word;
    }
  }
}

}  // namespace
}  // namespace secure_exec
