#include "recorder/user_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace secure_exec {
namespace {

class UserKeyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/user_key_test.XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    root_ = name;
    directory_ = root_ + "/a/b";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  static mode_t Mode(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777;
  }
  std::string root_, directory_;
};

TEST_F(UserKeyTest, IsMadeOnFirstUseAndFoundAgain) {
  auto first = LoadOrCreateUserKey(directory_);
  ASSERT_TRUE(first.has_value()) << first.error().message;
  auto second = LoadOrCreateUserKey(directory_);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(first->spki(), second->spki());
}

TEST_F(UserKeyTest, IsPrivateWhateverTheUmask) {
  const mode_t old = ::umask(0);
  ASSERT_TRUE(LoadOrCreateUserKey(directory_).has_value());
  ::umask(old);
  EXPECT_EQ(Mode(directory_ + "/user-key.pem"), 0600u);
  EXPECT_EQ(Mode(directory_), 0700u);
}

TEST_F(UserKeyTest, LeavesThePublicHalfBesideIt) {
  auto key = LoadOrCreateUserKey(directory_);
  std::ifstream file(directory_ + "/user-key.pub.pem");
  const std::string pem{std::istreambuf_iterator<char>(file), {}};
  auto spki = PublicKeyFromPem(pem);
  ASSERT_TRUE(spki.has_value());
  EXPECT_EQ(*spki, key->spki());
}

TEST_F(UserKeyTest, RefusesAKeyThatOthersCanRead) {
  ASSERT_TRUE(LoadOrCreateUserKey(directory_).has_value());
  ::chmod((directory_ + "/user-key.pem").c_str(), 0640);
  auto key = LoadOrCreateUserKey(directory_);
  ASSERT_FALSE(key.has_value());
  EXPECT_EQ(key.error().kind, ErrorKind::kRecording);
  EXPECT_NE(key.error().message.find("0640"), std::string::npos);
}

TEST_F(UserKeyTest, NamesAFileThatIsNoKey) {
  ASSERT_TRUE(LoadOrCreateUserKey(directory_).has_value());
  std::ofstream(directory_ + "/user-key.pem") << "nonsense";
  auto key = LoadOrCreateUserKey(directory_);
  ASSERT_FALSE(key.has_value());
  EXPECT_NE(key.error().message.find("user-key.pem"), std::string::npos);
}

TEST_F(UserKeyTest, ANamedKeyIsReadAndNeverMade) {
  const SigningKey made = LoadOrCreateUserKey(directory_).value();
  const auto named = LoadUserKey(directory_ + "/user-key.pem");
  ASSERT_TRUE(named.has_value()) << named.error().message;
  EXPECT_EQ(named->spki(), made.spki());
  const auto missing = LoadUserKey(directory_ + "/none.pem");
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().message.find("none.pem"), std::string::npos);
}

TEST_F(UserKeyTest, FirstUsesAtOnceAgree) {
  Spki keys[4];
  std::vector<std::thread> threads;
  for (Spki& key : keys)
    threads.emplace_back([&key, this] {
      auto made = LoadOrCreateUserKey(directory_);
      ASSERT_TRUE(made.has_value()) << made.error().message;
      key = made->spki();
    });
  for (auto& thread : threads) thread.join();
  for (const Spki& key : keys) EXPECT_EQ(key, keys[0]);
}

}  // namespace
}  // namespace secure_exec
