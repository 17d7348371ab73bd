#include "plugin/policy/trusted_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace secure_exec {
namespace {

using testing::HasSubstr;

class TrustedFile : public testing::Test {
 protected:
  TrustedFile() {
    char name[] = "/tmp/trusted-file-XXXXXX";
    root_ = ::mkdtemp(name);
    place_ = {.root = root_, .path = "etc/policy.yaml", .owner = ::geteuid()};
    std::filesystem::create_directory(root_ + "/etc");
    ::chmod((root_ + "/etc").c_str(), 0755);
  }
  ~TrustedFile() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& text, mode_t mode = 0644) {
    std::ofstream(file()) << text;
    ::chmod(file().c_str(), mode);
  }
  std::string file() const { return root_ + "/etc/policy.yaml"; }
  std::string Refusal() const {
    const auto text = ReadTrustedFile(place_, 100);
    if (text) return "";
    EXPECT_EQ(text.error().kind, ErrorKind::kPolicy);
    return text.error().message;
  }

  std::string root_;
  TrustedPlace place_;
};

TEST_F(TrustedFile, IsRead) {
  Write("text");
  const auto text = ReadTrustedFile(place_, 100);
  ASSERT_TRUE(text.has_value()) << text.error().message;
  EXPECT_EQ(*text, "text");
}

TEST_F(TrustedFile, MayBeMissingWithItsDirectory) {
  EXPECT_EQ(*ReadTrustedFile(place_, 100), std::nullopt);
  std::filesystem::remove(root_ + "/etc");
  EXPECT_EQ(*ReadTrustedFile(place_, 100), std::nullopt);
}

TEST_F(TrustedFile, OthersMustNotWriteIt) {
  Write("text", 0664);
  EXPECT_THAT(Refusal(), HasSubstr("policy.yaml: can be written by others"));
  Write("text", 0646);
  EXPECT_THAT(Refusal(), HasSubstr("chmod go-w"));
}

TEST_F(TrustedFile, OthersMustNotWriteADirectoryAboveIt) {
  Write("text");
  ::chmod((root_ + "/etc").c_str(), 0775);
  EXPECT_THAT(Refusal(), HasSubstr("/etc: directory can be written by others"));
  ::chmod((root_ + "/etc").c_str(), 0755);
  // A sticky bit keeps files from being removed, and keeps nobody from making one first.
  ::chmod(root_.c_str(), 01777);
  EXPECT_THAT(Refusal(), HasSubstr("directory can be written by others"));
}

TEST_F(TrustedFile, MustBelongToItsOwner) {
  Write("text");
  place_.owner = ::geteuid() + 1;
  EXPECT_THAT(Refusal(), HasSubstr("belongs to uid"));
}

TEST_F(TrustedFile, ComesThroughNoLink) {
  std::ofstream(root_ + "/real") << "text";
  std::filesystem::create_symlink(root_ + "/real", file());
  EXPECT_THAT(Refusal(), HasSubstr("policy.yaml: is a symbolic link"));
  std::filesystem::remove(file());
  std::filesystem::rename(root_ + "/etc", root_ + "/elsewhere");
  std::filesystem::create_directory_symlink(root_ + "/elsewhere", root_ + "/etc");
  EXPECT_THAT(Refusal(), HasSubstr("/etc: is a symbolic link"));
}

TEST_F(TrustedFile, ALinkToNowhereIsNotMissing) {
  std::filesystem::create_symlink(root_ + "/nowhere", file());
  EXPECT_THAT(Refusal(), HasSubstr("is a symbolic link"));
}

TEST_F(TrustedFile, IsARegularFile) {
  std::filesystem::create_directory(file());
  EXPECT_THAT(Refusal(), HasSubstr("is not a regular file"));
  std::filesystem::remove(file());
  ASSERT_EQ(::mkfifo(file().c_str(), 0644), 0);
  EXPECT_THAT(Refusal(), HasSubstr("is not a regular file"));
}

TEST_F(TrustedFile, AFileInPlaceOfADirectoryIsNotMissing) {
  std::filesystem::remove(root_ + "/etc");
  std::ofstream(root_ + "/etc") << "text";
  EXPECT_THAT(Refusal(), HasSubstr("Not a directory"));
}

TEST_F(TrustedFile, HasALimit) {
  Write(std::string(101, 'x'));
  EXPECT_THAT(Refusal(), HasSubstr("larger than 100 bytes"));
}

TEST_F(TrustedFile, ThePolicysPlaceIsFixed) {
  EXPECT_EQ(TrustedPlace().Text(), "/etc/secure-exec/policy.yaml");
  EXPECT_EQ(TrustedPlace().owner, 0u);
}

TEST_F(TrustedFile, AUsersOwnFileMayBeALinkAndNobodyElsesToWrite) {
  std::filesystem::create_symlink(root_ + "/etc/policy.yaml", root_ + "/link");
  EXPECT_EQ(*ReadOwnFile(root_ + "/link", ::geteuid(), 100), std::nullopt);
  Write("text");
  EXPECT_EQ(*ReadOwnFile(root_ + "/link", ::geteuid(), 100), "text");
  Write("text", 0666);
  const auto refused = ReadOwnFile(root_ + "/link", ::geteuid(), 100);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kConfig);
  EXPECT_THAT(refused.error().message, HasSubstr("can be written by others"));
}

}  // namespace
}  // namespace secure_exec
