#include "base/local_account.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

namespace secure_exec {
namespace {

constexpr char kPasswd[] =
    "root:x:0:0:root:/root:/bin/bash\n"
    "+nis::::::\n"
    "broken:x:1000\n"
    "huge:x:99999999999:0::/:/bin/sh\n"
    "signed:x:+1000:0::/:/bin/sh\n"
    ":x:1000:0:no name:/:/bin/sh\n"
    "ops:x:1000:1000:Ops,,,:/home/ops:/bin/sh\n"
    "other:x:1000:1000::/home/other:/bin/sh";

TEST(LocalAccountTest, TheFirstWithTheUid) {
  const auto found = FindAccount(kPasswd, 1000);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "ops");
  EXPECT_EQ(found->home, "/home/ops");
}

TEST(LocalAccountTest, NoSuchUid) {
  EXPECT_FALSE(FindAccount(kPasswd, 1001));
  EXPECT_FALSE(FindAccount("", 0));
}

// getent is glibc's own program: what it prints of us is what getpwuid says.
TEST(LocalAccountTest, GetentAgreesWithGlibc) {
  const passwd* ours = ::getpwuid(::getuid());
  ASSERT_NE(ours, nullptr);
  const auto found = AskForAccount("/usr/bin/getent", ::getuid(), 10'000);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, ours->pw_name);
  EXPECT_EQ(found->home, ours->pw_dir);
  EXPECT_EQ(ThisAccount().name, ours->pw_name);
}

TEST(LocalAccountTest, AProgramThatIsNotThereFailsOrHangs) {
  EXPECT_FALSE(AskForAccount("/nonexistent", 0, 10'000));
  EXPECT_FALSE(AskForAccount("/bin/false", 0, 10'000));
  EXPECT_FALSE(AskForAccount("/usr/bin/yes", 0, 10'000));  // without end
}

}  // namespace
}  // namespace secure_exec
