#include "plugin/reap_note.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/clock.h"
#include "recorder/testing/temp_directory.h"
#include "recorder/testing/test_files.h"

namespace secure_exec {
namespace {

constexpr char kId[] = "018bcfe5-6800-7abc-8def-0123456789ab";

struct ReapNoteTest : testing::Test {
  ReapNoteTest() {
    SessionInfo& session = header.session.emplace();
    session.id = *ParseUuid(kId);
    session.pod = "shell";
    session.pod_uid = "u";
    session.container_id = "containerd://1";
    session.start_boot_ns = 5;
    session.boot_id = "b";
    session.tty = true;
    session.user.local = "alice";
    session.command = {"/bin/bash", "-c", "mysql -pSECRET"};
    header.command = "/bin/bash -c mysql -pSECRET";
    report.mode = LeashMode::kHangup;
    report.root = Process{.pid = 7, .session = 7, .start_ticks = 70, .state = 'S', .name = "sh"};
    report.left = {{.pid = 9, .session = 7, .start_ticks = 90, .state = 'T', .name = "a\nb"}};
  }
  std::string Path() const { return directory / (std::string(kId) + ".reap"); }

  TempDirectory directory;
  CastHeader header;
  LeashReport report;
  ReapNote note{directory / (std::string(kId) + ".cast.zst.age"), FileOps::System()};
};

TEST_F(ReapNoteTest, HoldsWhereAndWhenAndWhatIsLeft) {
  ASSERT_TRUE(note.Update(header, report).has_value());
  const auto content = note.Read();
  ASSERT_TRUE(content.has_value()) << content.error().message;
  const SessionInfo& session = *content->header.session;
  EXPECT_EQ(session.pod_uid, "u");
  EXPECT_EQ(session.container_id, "containerd://1");
  EXPECT_EQ(session.start_boot_ns, 5);
  EXPECT_TRUE(session.tty);
  EXPECT_EQ(content->known->root, *report.root);
  ASSERT_EQ(content->known->members.size(), 2U);
  EXPECT_EQ(content->known->members[1].pid, 9);
  EXPECT_EQ(content->known->members[1].name, "a?b");
}

TEST_F(ReapNoteTest, WhatIsLeftIsAddedToWhatStandsThere) {
  ASSERT_TRUE(note.Write(header, std::nullopt).has_value());
  ASSERT_TRUE(note.Update(header, report).has_value());
  ASSERT_TRUE(note.Update(header, report).has_value()) << "again, in place of the list";
  const auto content = note.Read();
  ASSERT_TRUE(content.has_value()) << content.error().message;
  EXPECT_EQ(content->known->members.size(), 2U);
}

TEST_F(ReapNoteTest, ADiskThatIsFullLeavesWhatStoodThere) {
  TestFiles files;
  bool is_full = false;
  files.plan = [&](int, const std::string& call) -> std::optional<Fault> {
    if (!is_full || !call.starts_with("write")) return std::nullopt;
    return Fault{.error = ENOSPC, .half = true};
  };
  ReapNote full(directory / (std::string(kId) + ".cast.zst.age"), files);
  ASSERT_TRUE(full.Write(header, std::nullopt).has_value());
  const std::string before = directory.Read(std::string(kId) + ".reap");
  is_full = true;
  EXPECT_FALSE(full.Update(header, report).has_value());
  EXPECT_EQ(directory.Read(std::string(kId) + ".reap"), before);
}

TEST_F(ReapNoteTest, HoldsNeitherWhoNorWhatWasTyped) {
  ASSERT_TRUE(note.Write(header, std::nullopt).has_value());
  const std::string text = directory.Read(std::string(kId) + ".reap");
  EXPECT_EQ(text.find("SECRET"), std::string::npos);
  EXPECT_EQ(text.find("alice"), std::string::npos);
  EXPECT_EQ(note.Read()->header.session->command, std::vector<std::string>({"/bin/bash"}));
  struct stat info {};
  ASSERT_EQ(::stat(Path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(ReapNoteTest, GoesWhereNothingIsLeft) {
  ASSERT_TRUE(note.Write(header, std::nullopt).has_value());
  report.left.clear();
  ASSERT_TRUE(note.Update(header, report).has_value());
  EXPECT_EQ(note.Read().error().kind, ErrorKind::kNotFound);
}

TEST_F(ReapNoteTest, StaysWhereNobodyCouldBeAsked) {
  ASSERT_TRUE(note.Write(header, std::nullopt).has_value());
  report = {};
  report.mode = LeashMode::kHangup;
  report.problem = "no shell";
  ASSERT_TRUE(note.Update(header, report).has_value());
  EXPECT_TRUE(note.Read().has_value());
}

TEST_F(ReapNoteTest, IsNotReadInPart) {
  ASSERT_TRUE(note.Update(header, report).has_value());
  const std::string whole = directory.Read(std::string(kId) + ".reap");
  const size_t line = whole.find('\n');
  for (size_t size = 0; size < whole.size(); ++size) {
    if (size == line || size == line + 1) continue;  // a note of which nothing was known yet
    directory.Write(std::string(kId) + ".reap", whole.substr(0, size));
    EXPECT_FALSE(note.Read().has_value()) << size;
  }
}

TEST(ReapTarget, IsByTheSteadyClockOfTheSameBoot) {
  SessionInfo session;
  session.start_boot_ns = 100 * kSecond;
  session.start_wall_ns = 1;  // a clock that was wrong
  session.boot_id = "b";
  session.tty = true;
  const LeashTarget target = ReapTarget(session, "b", 500 * kSecond, 10'000 * kSecond);
  EXPECT_TRUE(target.tty);
  EXPECT_EQ(target.earliest_ns, 100 * kSecond);
  EXPECT_EQ(target.slack_ns, 0);
}

TEST(ReapTarget, IsByWallClocksElsewhere) {
  SessionInfo session;
  session.start_boot_ns = 100 * kSecond;
  session.start_wall_ns = 9'000 * kSecond;
  session.boot_id = "b";
  const LeashTarget target = ReapTarget(session, "another", 500 * kSecond, 9'030 * kSecond);
  EXPECT_EQ(target.earliest_ns, 470 * kSecond);
  EXPECT_GT(target.slack_ns, 0);
  session.boot_id = "";
  EXPECT_EQ(ReapTarget(session, "", 500 * kSecond, 9'030 * kSecond).earliest_ns, 470 * kSecond)
      << "an older recording";
}

TEST(BootId, IsOne) { EXPECT_TRUE(ParseUuid(BootId()).has_value()); }

}  // namespace
}  // namespace secure_exec
