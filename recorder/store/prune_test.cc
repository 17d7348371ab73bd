#include "recorder/store/prune.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <utime.h>

#include <filesystem>

#include "base/clock.h"
#include "base/file_ops.h"
#include "recorder/store/lock.h"
#include "recorder/testing/temp_directory.h"

namespace secure_exec {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kDay = 86'400 * kSecond;
// 2026-11-23 12:00:00Z
constexpr int64_t kNow = 1'795'435'200 * kSecond;

class Prune : public testing::Test {
 protected:
  // A recording that began so many days ago; its name below the store.
  std::string Add(int days_ago, size_t bytes = 100, const std::string& pod = "c/n/p") {
    const auto ms =
        static_cast<uint64_t>(kNow / kMillisecond) - static_cast<uint64_t>(days_ago) * 86'400'000;
    const std::string id =
        fmt::format("{:08x}-{:04x}-7000-8000-{:012x}", ms >> 16, ms & 0xFFFF, ++made_);
    return File(pod + "/" + id, ".cast.zst", bytes);
  }
  std::string File(const std::string& name, const std::string& suffix, size_t bytes) {
    const std::string path = store_.Write(name + suffix, std::string(bytes, 'x'));
    Touch(path, kNow - kDay);
    return name;
  }
  static void Touch(const std::string& path, int64_t ns) {
    const utimbuf times{ns / kSecond, ns / kSecond};
    ASSERT_EQ(::utime(path.c_str(), &times), 0);
  }
  std::vector<std::string> Plan(const PruneRules& rules) {
    plan_ = PlanPrune(store_.path(), rules, kNow).value();
    std::vector<std::string> names;
    for (const PrunePlan::Item& item : plan_.items) {
      const std::string name = item.path.substr(store_.path().size() + 1);
      names.push_back(name.substr(0, name.size() - 9));
    }
    return names;
  }
  static PruneRules Older(int days) {
    return {.older_ns = days * kDay, .keep = {}, .max_bytes = {}};
  }
  static PruneRules Keep(uint64_t count) {
    return {.older_ns = {}, .keep = count, .max_bytes = {}};
  }
  static PruneRules MaxBytes(uint64_t bytes) {
    return {.older_ns = {}, .keep = {}, .max_bytes = bytes};
  }

  TempDirectory store_;
  PrunePlan plan_;
  int made_ = 0;
};

TEST_F(Prune, TheOlderOnesGo) {
  const std::string old = Add(100), middle = Add(90), young = Add(3);
  EXPECT_THAT(Plan(Older(90)), ElementsAre(old)) << "not those of exactly that age";
  EXPECT_EQ(plan_.kept, 2u);
  EXPECT_THAT(Plan(Older(2)), ElementsAre(old, middle, young));
  EXPECT_THAT(Plan(Older(200)), IsEmpty());
}
TEST_F(Prune, TheNewestStay) {
  const std::string a = Add(3), b = Add(2, 100, "other/x/y"), c = Add(1);
  EXPECT_THAT(Plan(Keep(1)), ElementsAre(a, b));
  EXPECT_THAT(Plan(Keep(0)), ElementsAre(a, b, c));
  EXPECT_THAT(Plan(Keep(3)), IsEmpty());
}
TEST_F(Prune, TheOldestMakeRoom) {
  const std::string a = Add(3, 100), b = Add(2, 100), c = Add(1, 100);
  EXPECT_THAT(Plan(MaxBytes(300)), IsEmpty());
  EXPECT_THAT(Plan(MaxBytes(299)), ElementsAre(a));
  EXPECT_THAT(Plan(MaxBytes(100)), ElementsAre(a, b));
  EXPECT_EQ(plan_.kept_bytes, 100u);
  EXPECT_THAT(Plan(MaxBytes(0)), ElementsAre(a, b, c));
}
TEST_F(Prune, WhatIsBesideGoesToo) {
  const std::string name = Add(3, 100);
  const std::string other = Add(2, 100);
  for (const char* suffix : {".tail.3", ".seal", ".notes", ".recovered.cast.zst"})
    File(name, suffix, 10);
  fs::create_symlink("/etc/passwd", store_ / (name + ".link"));
  EXPECT_THAT(Plan(Keep(1)), ElementsAre(name));
  EXPECT_EQ(plan_.items[0].bytes, 140u);
  ASSERT_TRUE(PruneOne(store_.path(), plan_.items[0], kNow).value());
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(store_ / "c/n/p")) {
    left.push_back("c/n/p/" + entry.path().filename().string());
  }
  EXPECT_THAT(left, testing::UnorderedElementsAre(other + ".cast.zst", name + ".link"));
}
TEST_F(Prune, AnEncryptedOneGoesWithItsSealAndSegments) {
  const std::string name = Add(100);
  const std::string plain = store_ / (name + ".cast.zst");
  ASSERT_TRUE(fs::remove(plain));
  for (const char* suffix :
       {".cast.zst.age", ".seal", ".rest.0", ".rest.1", ".tail.3", ".recovered.cast.zst.age"}) {
    File(name, suffix, 10);
  }
  const std::string path = store_ / (name + ".cast.zst.age");
  plan_ = PlanPrune(store_.path(), Older(90), kNow).value();
  ASSERT_EQ(plan_.items.size(), 1u);
  EXPECT_EQ(plan_.items[0].path, path);
  EXPECT_EQ(plan_.items[0].bytes, 60u);
  fs::remove(path);
  const int fd = FileOps::System().Open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  Touch(path, kNow - kDay);
  EXPECT_FALSE(PruneOne(store_.path(), {.path = path}, kNow).value()) << "it is live";
  EXPECT_EQ(PlanPrune(store_.path(), Older(90), kNow)->live, 1u);
  FileOps::System().Close(fd);
  EXPECT_TRUE(PruneOne(store_.path(), plan_.items[0], kNow).value());
  EXPECT_TRUE(fs::is_empty(fs::path(path).parent_path()));
}
TEST_F(Prune, OneThatIsBeingWrittenStays) {
  const std::string name = Add(3);
  const std::string path = store_ / (name + ".cast.zst");
  fs::remove(path);
  const int fd = FileOps::System().Open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  ASSERT_GE(fd, 0);
  Touch(path, kNow - kDay);
  EXPECT_TRUE(IsBeingWritten(path));
  EXPECT_THAT(Plan(Keep(0)), IsEmpty());
  EXPECT_EQ(plan_.live, 1u);
  EXPECT_FALSE(PruneOne(store_.path(), {.path = path}, kNow).value());
  FileOps::System().Close(fd);
  EXPECT_FALSE(IsBeingWritten(path));
  EXPECT_THAT(Plan(Keep(0)), ElementsAre(name));
  EXPECT_TRUE(PruneOne(store_.path(), plan_.items[0], kNow).value());
}
TEST_F(Prune, OneThatChangedJustNowStays) {
  const std::string name = Add(3);
  Touch(store_ / (name + ".cast.zst"), kNow - 30 * kSecond);
  EXPECT_THAT(Plan(Keep(0)), IsEmpty());
  Touch(store_ / (name + ".cast.zst"), kNow - 61 * kSecond);
  EXPECT_THAT(Plan(Keep(0)), ElementsAre(name));
  File(name, ".tail.1", 1);
  Touch(store_ / (name + ".tail.1"), kNow);
  EXPECT_THAT(Plan(Keep(0)), IsEmpty());
}
TEST_F(Prune, LinksAreNotFollowed) {
  const std::string name = Add(3);
  TempDirectory outside;
  fs::create_directories(outside / "n/p");
  fs::rename(store_ / "c", outside / "moved");
  fs::create_directory_symlink(outside / "moved", store_ / "c");
  EXPECT_THAT(Plan(Keep(0)), IsEmpty());
  // The link came after the plan.
  const PrunePlan::Item item{.path = store_ / (name + ".cast.zst")};
  EXPECT_FALSE(PruneOne(store_.path(), item, kNow));
  EXPECT_TRUE(fs::exists(outside / ("moved/" + name.substr(2) + ".cast.zst")));
}
TEST_F(Prune, Ages) {
  EXPECT_EQ(ParseAge("90d"), 90 * kDay);
  EXPECT_EQ(ParseAge("12h"), kDay / 2);
  EXPECT_EQ(ParseAge("2w"), 14 * kDay);
  EXPECT_EQ(ParseAge("30m"), 1800 * kSecond);
  EXPECT_EQ(ParseAge("0d"), 0);
  for (const char* text : {"", "d", "90", "-1d", "1.5d", "90 d", "90dd", "99999999999d", "1y"}) {
    EXPECT_FALSE(ParseAge(text)) << text;
  }
}
TEST_F(Prune, Sizes) {
  EXPECT_EQ(ParseSize("10G"), 10ull << 30);
  EXPECT_EQ(ParseSize("1T"), 1ull << 40);
  EXPECT_EQ(ParseSize("500M"), 500ull << 20);
  EXPECT_EQ(ParseSize("1K"), 1024u);
  EXPECT_EQ(ParseSize("0"), 0u);
  for (const char* text : {"", "G", "-1", "1.5G", "1 G", "1g", "99999999999T", "1P"}) {
    EXPECT_FALSE(ParseSize(text)) << text;
  }
}

}  // namespace
}  // namespace secure_exec
