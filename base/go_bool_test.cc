#include "base/go_bool.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

TEST(GoBool, ReadsWhatGoReads) {
  for (const char* yes : {"1", "t", "T", "TRUE", "true", "True"}) EXPECT_TRUE(*ParseGoBool(yes));
  for (const char* no : {"0", "f", "F", "FALSE", "false", "False"}) EXPECT_FALSE(*ParseGoBool(no));
}

TEST(GoBool, NothingElseIsOne) {
  for (const char* text : {"", "yes", "tRUE", "2", " true"}) {
    EXPECT_FALSE(ParseGoBool(text).has_value()) << text;
  }
  EXPECT_EQ(ParseGoBool("yes").error().message,
            "strconv.ParseBool: parsing \"yes\": invalid syntax");
}

}  // namespace
}  // namespace secure_exec
