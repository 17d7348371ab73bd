#include "replay/selection.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "recorder/testing/recording_builder.h"
#include "replay/testing/replay_fixture.h"
#include "replay/traits.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int64_t kStart = 1763906580 * kSecond;  // 2025-11-23 14:03:00Z

Traits Web() {
  Traits traits;
  traits.context = "prod";
  traits.name_space = "shop";
  traits.pod = "web-0";
  traits.container = "app";
  traits.users = {"alice", "ops"};
  traits.start_wall_ns = kStart;
  traits.end_wall_ns = kStart + 60 * kSecond;
  traits.exit = Exit{7, true, "exit"};
  return traits;
}

Result<Selection> Parse(const std::vector<std::string>& words) {
  const auto arguments = ParseArguments(kSelectionOptions, words);
  EXPECT_TRUE(arguments);
  return Selection::Parse(*arguments, kStart + 3600 * kSecond);
}

bool Takes(const std::vector<std::string>& words, const Traits& traits = Web()) {
  const auto selection = Parse(words);
  EXPECT_TRUE(selection) << selection.error().message;
  return selection->Takes(traits);
}

TEST(Selection, Globs) {
  EXPECT_TRUE(Takes({}));
  EXPECT_TRUE(Takes({"--pod", "web-*"}));
  EXPECT_FALSE(Takes({"--pod", "web"}));
  EXPECT_TRUE(Takes({"--pod", "db-*", "--pod", "web-?"})) << "alternatives";
  EXPECT_FALSE(Takes({"--pod", "web-*", "--namespace", "dev"})) << "all must agree";
  EXPECT_TRUE(Takes({"--context=prod", "--container=app", "--user=ops"}));
  EXPECT_TRUE(Takes({"--user=al*"}));
  EXPECT_FALSE(Takes({"--user=bob"}));
}

TEST(Selection, Times) {
  EXPECT_TRUE(Takes({"--since", "2025-11-23"}));
  EXPECT_TRUE(Takes({"--since", "2025-11-23 14:03:30Z"})) << "it went on then";
  EXPECT_FALSE(Takes({"--since", "2025-11-23T14:04:01Z"}));
  EXPECT_TRUE(Takes({"--until", "2025-11-23 14:03:01Z"}));
  EXPECT_FALSE(Takes({"--until", "2025-11-23 14:03:00Z"}));
  EXPECT_TRUE(Takes({"--until", "14:03:01Z"})) << "today";
  EXPECT_FALSE(Takes({"--until", "14:03:00Z"}));
  EXPECT_FALSE(Takes({"--until", "15:30:00Z"})) << "yesterday: today it is yet to come";
  EXPECT_TRUE(Takes({"--since", "1h"}));
  EXPECT_FALSE(Takes({"--since", "58m"}));
  Traits running = Web();
  running.end_wall_ns.reset();
  EXPECT_TRUE(Takes({"--since", "1m"}, running)) << "nobody knows its end";
}

TEST(Selection, Endings) {
  EXPECT_TRUE(Takes({"--exit", "7"}));
  EXPECT_TRUE(Takes({"--exit", "!0"}));
  EXPECT_FALSE(Takes({"--exit", "0", "--exit", "1"}));
  EXPECT_FALSE(Takes({"--live"}));
  EXPECT_FALSE(Takes({"--sealed"}));
  Traits running = Web();
  running.live = true;
  running.exit.reset();
  EXPECT_TRUE(Takes({"--live"}, running));
  EXPECT_FALSE(Takes({"--exit", "!0"}, running)) << "it has none yet";
}

TEST(Selection, WhatIsNotKnownIsNotTaken) {
  const Traits nothing;
  EXPECT_TRUE(Takes({}, nothing));
  for (const char* option : {"--context", "--namespace", "--pod", "--container", "--user"}) {
    EXPECT_FALSE(Takes({option, "*"}, nothing)) << option;
  }
}

TEST(Selection, Mistakes) {
  EXPECT_THAT(Parse({"--since", "yesterday"}).error().message, HasSubstr("not \"yesterday\""));
  EXPECT_THAT(Parse({"--exit", "!"}).error().message, HasSubstr("--exit takes a code"));
  EXPECT_FALSE(Parse({"--exit", "1x"}));
}

TEST(Selection, ALockedRecordingIsKnownByItsPlace) {
  LockedRecording locked;
  locked.place = "prod/shop/web-0";
  EXPECT_TRUE(Takes({"--context", "prod", "--pod", "web-0"}, TraitsOf(locked, false)));
  EXPECT_FALSE(Takes({"--user", "*"}, TraitsOf(locked, false)));
  locked.place = "-";
  EXPECT_FALSE(Takes({"--pod", "*"}, TraitsOf(locked, false)));
}

class LsTest : public ReplayTest {
 protected:
  LsTest() {
    Store({R"([1.0, "o", "a"])", R"([9.0, "x", "0 remote exit"])"});
    Store({R"([1.0, "o", "a"])", R"([2.0, "x", "1 remote exit"])"}, kOtherId);
  }
  std::vector<std::string> Ids(std::vector<std::string> options) {
    options.insert(options.begin(), {"ls", "--json"});
    const Outcome done = Run(options);
    EXPECT_EQ(done.code, 0) << done.err;
    std::vector<std::string> ids;
    for (const auto& each : nlohmann::json::parse(done.out)) ids.push_back(each["id"]);
    return ids;
  }
  const std::string first_{kId}, second_{kOtherId};
};

TEST_F(LsTest, Filters) {
  EXPECT_EQ(Ids({}), (std::vector{first_, second_}));
  EXPECT_EQ(Ids({"--exit", "1"}), std::vector{second_});
  EXPECT_EQ(Ids({"--user", "nobody"}), std::vector<std::string>());
  EXPECT_THAT(Run({"ls", "--user", "nobody"}).err, HasSubstr("none of the 2 recordings"));
}

TEST_F(LsTest, LiveIsOneThatIsBeingWritten) {
  RecordingBuilder builder;
  builder.Header().Frame({EventLine(1'000'000, 'o', "hello")});
  const std::string path = directory.Write(
      fmt::format("store/prod/shop/web-0/{}.cast.zst", builder.id()), builder.Bytes());
  EXPECT_EQ(Ids({"--live"}), std::vector<std::string>());
  {
    const UniqueFd writer(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::flock(writer.get(), LOCK_EX | LOCK_NB), 0);
    EXPECT_EQ(Ids({"--live"}), std::vector{builder.id()});
    EXPECT_THAT(Run({"ls"}).out, HasSubstr("  live  "));
  }
  EXPECT_THAT(Run({"ls"}).out, HasSubstr("  no seal  "));
}

TEST_F(LsTest, Sorts) {
  EXPECT_EQ(Ids({"--sort", "duration"}), (std::vector{second_, first_}));
  EXPECT_EQ(Ids({"--sort", "exit", "--reverse"}), (std::vector{second_, first_}));
  EXPECT_EQ(Ids({"-r"}), (std::vector{second_, first_}));
  EXPECT_THAT(Run({"ls", "--sort", "colour"}).err, HasSubstr("not \"colour\""));
}

}  // namespace
}  // namespace secure_exec
