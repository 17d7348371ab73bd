#include "replay/completion/complete.h"

#include <gmock/gmock.h>

#include "replay/completion/option_values.h"
#include "replay/program.h"
#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using Words = std::vector<std::string>;

class CompleteReplayTest : public ReplayTest {
 protected:
  CompleteReplayTest() {
    Store({R"([1.0, "o", "x"])"}, kId);
    Store({R"([1.0, "o", "x"])"}, kOtherId);
  }
  Completion Get(const Words& words, const std::string& word) {
    const Environment environment = [&](const std::string& name) -> std::optional<std::string> {
      if (name == "SECURE_EXEC_STORE") return directory / store_;
      return std::nullopt;
    };
    return CompleteReplay(words, word, environment, clock_, deadline_ns_);
  }
  Words Texts(const Words& words, const std::string& word) {
    const Completion completion = Get(words, word);
    Words texts;
    for (const Candidate& each : completion.candidates()) texts.push_back(each.text);
    return texts;
  }
  FakeClock clock_;
  int64_t deadline_ns_ = clock_.BootNs() + kSecond;
  std::string store_ = "store";
};

TEST_F(CompleteReplayTest, OffersTheCommands) {
  EXPECT_THAT(Texts({}, ""), IsSupersetOf({"ls", "play", "completion", "help"}));
  EXPECT_THAT(Texts({"--store", "/x"}, "pl"), ElementsAre("play"));
  EXPECT_THAT(Texts({"help"}, "ve"), ElementsAre("verify"));
  EXPECT_THAT(Texts({}, "--s"), ElementsAre("--store"));
  EXPECT_THAT(Texts({"bogus"}, ""), IsEmpty());
}

TEST_F(CompleteReplayTest, OffersRecordingsNewestFirst) {
  const Completion completion = Get({"play"}, "");
  ASSERT_EQ(completion.candidates().size(), 3u);
  EXPECT_EQ(completion.candidates()[0].text, "last");
  EXPECT_EQ(completion.candidates()[1].text, kOtherId);
  EXPECT_EQ(completion.candidates()[2],
            (Candidate{std::string(kId), "2025-11-23 14:03:00Z alice (ops) prod/shop/web-0"}));
  EXPECT_TRUE(completion.keep_order);
  EXPECT_EQ(completion.names, Completion::Names::kFiles);
}

TEST_F(CompleteReplayTest, OffersThemWithoutTheirHeadersWhereTheTimeIsOver) {
  deadline_ns_ = clock_.BootNs();
  EXPECT_EQ(Get({"play"}, "019ab123").candidates(),
            (std::vector<Candidate>{{std::string(kId), "2025-11-23 14:34:30Z prod/shop/web-0"}}));
}

TEST_F(CompleteReplayTest, OffersRecordingsWhereACommandTakesThem) {
  EXPECT_THAT(Texts({"play", "last"}, ""), IsEmpty());
  EXPECT_THAT(Texts({"grep"}, ""), IsEmpty());
  EXPECT_THAT(Texts({"grep", "-i", "rm", "last"}, "la"), ElementsAre("last"));
  EXPECT_THAT(Texts({"grep", "-m", "3", "rm"}, "la"), ElementsAre("last"));
  EXPECT_THAT(Texts({"verify", "last", "--"}, "la"), ElementsAre("last"));
  EXPECT_THAT(Texts({"ls"}, ""), IsEmpty());
}

TEST_F(CompleteReplayTest, OffersOptionsAndTheirValues) {
  EXPECT_THAT(Texts({"play"}, "--"), IsSupersetOf({"--speed", "--at", "--store", "--help"}));
  EXPECT_THAT(Texts({"export", "last", "--format"}, ""),
              ElementsAre("v2", "v3", "text", "jsonl", "svg"));
  EXPECT_THAT(Texts({"show"}, "--format=a"), ElementsAre("--format=ansi"));
  EXPECT_THAT(Texts({"cat", "--channel"}, "std"), ElementsAre("stdin", "stdout", "stderr"));
  EXPECT_THAT(Texts({"keys"}, ""), ElementsAre("list", "export"));
  EXPECT_THAT(Texts({"completion"}, "in"), ElementsAre("install"));
  EXPECT_EQ(Get({"export", "-o"}, "x").names, Completion::Names::kFiles);
  EXPECT_EQ(Get({"--store"}, "x").names, Completion::Names::kDirectories);
  EXPECT_EQ(Get({"ls", "--since"}, "").names, Completion::Names::kNone);
}

TEST_F(CompleteReplayTest, OffersFiltersFromTheStore) {
  EXPECT_THAT(Texts({"ls", "--context"}, ""), ElementsAre("prod"));
  EXPECT_THAT(Texts({"ls", "--namespace"}, ""), ElementsAre("shop"));
  EXPECT_THAT(Texts({"ls"}, "--pod=w"), ElementsAre("--pod=web-0"));
  EXPECT_THAT(Texts({"grep", "x", "--container"}, ""), ElementsAre("app"));
  EXPECT_THAT(Texts({"ls", "--user"}, ""), ElementsAre("alice", "ops"));
}

TEST_F(CompleteReplayTest, LeavesOutHostileNames) {
  store_ = "hostile";
  std::string cast = Cast({});
  cast.replace(cast.find("alice"), 5, "$(touch x)");
  directory.Write(fmt::format("hostile/a%3Ab/$(touch x)/`x`/{}.cast.zst", kId), cast);
  EXPECT_THAT(Texts({"ls", "--context"}, ""), ElementsAre("a:b"));
  EXPECT_THAT(Texts({"ls", "--namespace"}, ""), IsEmpty());
  EXPECT_THAT(Texts({"ls", "--pod"}, ""), IsEmpty());
  EXPECT_THAT(Texts({"ls", "--user"}, ""), ElementsAre("ops"));
}

TEST_F(CompleteReplayTest, APatternAsAnOptionLeavesRecordings) {
  EXPECT_THAT(Texts({"grep"}, ""), IsEmpty());
  EXPECT_THAT(Texts({"grep", "-e", "x"}, "las"), ElementsAre("last"));
  EXPECT_THAT(Texts({"grep", "--regexp=x"}, "las"), ElementsAre("last"));
}

TEST_F(CompleteReplayTest, SaysWhyThereIsNoStore) {
  store_ = "store/prod/shop/web-0/" + std::string(kId) + ".cast.zst";
  const Completion completion = Get({"play"}, "");
  EXPECT_THAT(completion.candidates(), IsEmpty());
  EXPECT_EQ(completion.problems.size(), 1u);
}

TEST(OptionValues, KnowEveryValueThatHasOnesToOffer) {
  for (const Command* command : Commands()) {
    for (const OptionSpec& option : AllOptions(*command)) {
      const std::string_view value = option.value == nullptr ? "" : option.value;
      const bool offered = value == "FILE" || value == "DIR" || value == "FORMAT" ||
                           value == "CHANNEL" || value == "WHEN" || value == "GLOB";
      if (offered) {
        EXPECT_TRUE(!option.words.empty() || KindOfValue(option) != ValueKind::kFree)
            << command->name << " " << option.name;
      }
    }
  }
}

TEST_F(CompleteReplayTest, TheCommandPrintsScripts) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Outcome script = Run({"completion", shell});
    EXPECT_EQ(script.code, 0);
    EXPECT_THAT(script.out,
                testing::HasSubstr("kubectl-secure_replay __complete " + std::string(shell)));
  }
  EXPECT_EQ(Run({"completion", "tcsh"}).code, 1);
}

}  // namespace
}  // namespace secure_exec
