#include "plugin/audit/file_sink.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "base/json.h"
#include "recorder/testing/temp_directory.h"
#include "recorder/testing/test_files.h"

namespace secure_exec {
namespace {

class FileSinkTest : public ::testing::Test {
 protected:
  void SetUp() override { Use(/*sync=*/false); }
  void Use(bool sync) {
    auto files = std::make_unique<TestFiles>();
    files_ = files.get();
    sink_ = std::make_unique<FileSink>(path_, sync, std::move(files));
  }
  // Empty, or the error's text.
  std::string Deliver(const std::string& id) {
    AuditEvent event;
    event.id = id;
    const auto done = sink_->Deliver({}, event);
    return done ? "" : done.error().message;
  }
  static std::vector<std::string> Lines(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  // The ids of the events in the file; "?" for what is none.
  static std::vector<std::string> Ids(const std::string& path) {
    std::vector<std::string> ids;
    for (const std::string& line : Lines(path)) {
      const auto json = ParseJson(line, 9);
      ids.push_back(json.is_object() ? JsonText(JsonMember(json, "event"), "id") : "?");
    }
    return ids;
  }
  void FailAt(const std::string& call, Fault fault, int times = 1) {
    files_->plan = [=, left = times](int, const std::string& text) mutable -> std::optional<Fault> {
      if (left == 0 || !text.starts_with(call)) return std::nullopt;
      --left;
      return fault;
    };
  }
  static mode_t Mode(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
  }

  TempDirectory directory_;
  const std::string path_ = directory_.path() + "/audit.json";
  TestFiles* files_ = nullptr;
  std::unique_ptr<FileSink> sink_;
};

using Texts = std::vector<std::string>;

TEST_F(FileSinkTest, AppendsALineForEachEvent) {
  EXPECT_EQ(Deliver("1"), "");
  EXPECT_EQ(Deliver("2"), "");
  EXPECT_EQ(Ids(path_), (Texts{"1", "2"}));
}

TEST_F(FileSinkTest, TheFileIsPrivateUnderAnyUmask) {
  for (const mode_t mask : {0, 0777}) {
    std::filesystem::remove(path_);
    const mode_t old = ::umask(mask);
    EXPECT_EQ(Deliver("1"), "");
    EXPECT_EQ(Deliver("2"), "");
    ::umask(old);
    EXPECT_EQ(Mode(path_), 0600u);
  }
}

TEST_F(FileSinkTest, AModeThatSomebodyChoseStays) {
  std::ofstream(path_).close();
  ::chmod(path_.c_str(), 0640);
  EXPECT_EQ(Deliver("1"), "");
  EXPECT_EQ(Mode(path_), 0640u);
}

TEST_F(FileSinkTest, ALinkIsNotFollowed) {
  const std::string target = directory_.path() + "/target";
  for (const bool dangling : {true, false}) {
    if (!dangling) std::ofstream(target).close();
    std::filesystem::remove(path_);
    std::filesystem::create_symlink(target, path_);
    EXPECT_NE(Deliver("1"), "");
    EXPECT_EQ(Lines(target), Texts{});
    EXPECT_EQ(std::filesystem::exists(target), !dangling);
  }
  EXPECT_EQ(Deliver("1"), path_ + ": is a symbolic link: name the file itself");
}

TEST_F(FileSinkTest, APipeThatNobodyReadsIsNotWaitedFor) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(Deliver("1"), path_ + ": No such device or address");
}

TEST_F(FileSinkTest, AfterARotationTheNewFileIsUsed) {
  EXPECT_EQ(Deliver("1"), "");
  std::filesystem::rename(path_, path_ + ".1");
  EXPECT_EQ(Deliver("2"), "");
  EXPECT_EQ(Ids(path_ + ".1"), Texts{"1"});
  EXPECT_EQ(Ids(path_), Texts{"2"});
}

TEST_F(FileSinkTest, ARotationBeforeTheWriteLosesNothing) {
  EXPECT_EQ(Deliver("1"), "");
  files_->plan = [&](int, const std::string& call) -> std::optional<Fault> {
    if (call.starts_with("write")) std::filesystem::rename(path_, path_ + ".1");
    return std::nullopt;
  };
  EXPECT_EQ(Deliver("2"), "");
  EXPECT_EQ(Ids(path_ + ".1"), (Texts{"1", "2"}));
}

TEST_F(FileSinkTest, WhatWentToARemovedFileIsWrittenAgain) {
  EXPECT_EQ(Deliver("1"), "");
  int writes = 0;
  files_->plan = [&](int, const std::string& call) -> std::optional<Fault> {
    if (call.starts_with("write") && ++writes == 1) std::filesystem::remove(path_);
    return std::nullopt;
  };
  EXPECT_EQ(Deliver("2"), "");
  EXPECT_EQ(Ids(path_), Texts{"2"});
  EXPECT_EQ(writes, 2);
}

TEST_F(FileSinkTest, ALineThatADiskCutDoesNotSwallowTheNext) {
  FailAt("write", {.half = true});
  EXPECT_EQ(Deliver("1"), path_ + ": No space left on device");
  EXPECT_EQ(Deliver("2"), "");
  EXPECT_EQ(Ids(path_), (Texts{"?", "2"}));
}

TEST_F(FileSinkTest, NorWhereItCannotBeEndedAtOnce) {
  int writes = 0;
  files_->plan = [&](int, const std::string& call) -> std::optional<Fault> {
    if (!call.starts_with("write")) return std::nullopt;
    ++writes;
    if (writes == 1) return Fault{.half = true};
    if (writes == 2) return Fault{.error = ENOSPC};
    return std::nullopt;
  };
  EXPECT_NE(Deliver("1"), "");
  EXPECT_EQ(Deliver("2"), "");
  EXPECT_EQ(Ids(path_), (Texts{"?", "2"}));
}

// Every call fails once: that is told with the file's name, and the next event is whole.
TEST_F(FileSinkTest, EveryFailureIsTold) {
  std::string failed;  // the call
  for (int n = 1; n == 1 || !failed.empty(); ++n) {
    std::filesystem::remove(path_);
    Use(/*sync=*/true);
    failed.clear();
    files_->plan = [&](int number, const std::string& call) -> std::optional<Fault> {
      if (number != n) return std::nullopt;
      failed = call;
      return Fault{.error = EIO};
    };
    const std::string told = Deliver("1");
    // What a directory's descriptor says at its end does not matter.
    const bool harmless = failed.empty() || failed == "close " + directory_.path() + "/";
    EXPECT_EQ(told, harmless ? "" : path_ + ": Input/output error") << failed;
    files_->plan = nullptr;
    EXPECT_EQ(Deliver("2"), "") << failed;
    EXPECT_EQ(Ids(path_).back(), "2") << failed;
    // Two opens, a write, a sync, a close; three of the directory.
    EXPECT_EQ(failed.empty(), n == 9) << n;
  }
}

TEST_F(FileSinkTest, SyncsWhereItMustBeSure) {
  EXPECT_EQ(Deliver("1"), "");
  for (const std::string& call : files_->log()) EXPECT_FALSE(call.starts_with("sync")) << call;
  std::filesystem::remove(path_);
  Use(/*sync=*/true);
  EXPECT_EQ(Deliver("1"), "");
  const auto log = files_->log();
  EXPECT_EQ(std::count(log.begin(), log.end(), "sync " + path_), 1);
  EXPECT_EQ(std::count(log.begin(), log.end(), "sync " + directory_.path() + "/"), 1);
  // A file that was there has its directory's entry on the disk.
  EXPECT_EQ(Deliver("2"), "");
  const auto later = files_->log();
  EXPECT_EQ(std::count(later.begin(), later.end(), "sync " + directory_.path() + "/"), 1);
}

TEST_F(FileSinkTest, AnInterruptedWriteIsMadeAgain) {
  FailAt("write", {.error = EINTR}, 3);
  EXPECT_EQ(Deliver("1"), "");
  EXPECT_EQ(Ids(path_), Texts{"1"});
}

TEST_F(FileSinkTest, WhoTakesTheFileAwayAllTheTimeIsNotWaitedFor) {
  FailAt("write", {.error = ENOENT}, 100);
  EXPECT_EQ(Deliver("1"), path_ + ": No such file or directory");
}

TEST_F(FileSinkTest, LinesOfSeveralProcessesDoNotMix) {
  constexpr int kProcesses = 4, kEvents = 200;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      bool well = true;
      for (int i = 0; i < kEvents; ++i) {
        AuditEvent event;
        event.id = std::to_string(p * kEvents + i) + std::string(3000, 'x');
        well = sink_->Deliver({}, event).has_value() && well;
        if (p == 0 && i % 20 == 10) {
          std::filesystem::rename(path_, path_ + "." + std::to_string(i));
        }
      }
      ::_exit(well ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  std::multiset<int> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    for (const std::string& id : Ids(entry.path().string())) {
      EXPECT_NE(id, "?");
      found.insert(std::atoi(id.c_str()));
    }
  }
  EXPECT_EQ(found.size(), static_cast<size_t>(kProcesses * kEvents));
  EXPECT_EQ(std::set<int>(found.begin(), found.end()).size(), found.size());
}

}  // namespace
}  // namespace secure_exec
