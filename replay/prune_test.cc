#include <gmock/gmock.h>
#include <utime.h>

#include <filesystem>

#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;

class PruneTest : public ReplayTest {
 protected:
  PruneTest() {
    for (const std::string_view id : {kId, kOtherId}) {
      const std::string path = Store({R"([1.0, "o", "x"])"}, id);
      const utimbuf times{1'000'000'000, 1'000'000'000};
      ::utime(path.c_str(), &times);
      paths_.push_back(path);
    }
  }
  std::vector<std::string> paths_;
};

TEST_F(PruneTest, ShowsWhatWouldGoAndRemovesNothing) {
  const Outcome prune = Run({"prune", "--keep", "1"});
  EXPECT_EQ(prune.code, 0);
  EXPECT_THAT(prune.out, HasSubstr("would go"));
  EXPECT_THAT(prune.out, HasSubstr(paths_[0]));
  EXPECT_THAT(prune.err, HasSubstr("--delete removes them"));
  for (const std::string& path : paths_) EXPECT_TRUE(std::filesystem::exists(path));
}
TEST_F(PruneTest, DeleteDoesIt) {
  const Outcome prune = Run({"prune", "--keep", "1", "--delete"});
  EXPECT_EQ(prune.code, 0);
  EXPECT_FALSE(std::filesystem::exists(paths_[0]));
  EXPECT_TRUE(std::filesystem::exists(paths_[1]));
}
TEST_F(PruneTest, NeedsARuleThatMakesSense) {
  EXPECT_THAT(Run({"prune", "--delete"}).err, HasSubstr("needs a rule"));
  EXPECT_THAT(Run({"prune", "--older", "90"}).err, HasSubstr("--older takes an age"));
  EXPECT_THAT(Run({"prune", "--keep", "-1"}).err, HasSubstr("--keep takes a number"));
  EXPECT_THAT(Run({"prune", "--max-bytes", "many"}).err, HasSubstr("--max-bytes takes a size"));
  for (const std::string& path : paths_) EXPECT_TRUE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace secure_exec
