#include "replay/summary.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "recorder/testing/recording_builder.h"
#include "replay/sealed_end.h"
#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST(ExitTest, Ours) {
  const auto exit = ParseExit("122 client connection-lost");
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 122);
  EXPECT_FALSE(exit->remote);
  EXPECT_EQ(exit->kind, "connection-lost");
  EXPECT_EQ(ExitText(*exit), "122 connection-lost (client)");
  EXPECT_EQ(ExitText(*ParseExit("7 remote exit")), "7");
}

TEST(ExitTest, Foreign) { EXPECT_EQ(ExitText(*ParseExit("3")), "3"); }

TEST(ExitTest, Malformed) {
  for (const char* bad : {"", "x", "1x remote exit", "1 other exit", "1 remote", "99999999999"}) {
    EXPECT_FALSE(ParseExit(bad)) << bad;
  }
}

TEST(DigestTest, Counts) {
  uint64_t bytes[kChannels] = {0, 0, 0};
  EXPECT_TRUE(AddDigest("stdout 100 abcd", bytes));
  EXPECT_TRUE(AddDigest("stdout 1 abcd", bytes));
  EXPECT_FALSE(AddDigest("other 1 abcd", bytes));
  EXPECT_FALSE(AddDigest("stdout x abcd", bytes));
  EXPECT_FALSE(AddDigest("stdout 18446744073709551615 abcd", bytes));
}

class SealedEndTest : public ReplayTest {
 protected:
  std::string Build(RecordingBuilder& builder) {
    builder.Header().Frame({EventLine(1'000'000, 'o', "hello\\r\\n")}).Seal(2'500'000);
    return builder.Bytes();
  }
  std::optional<SealedEnd> End(const std::string& bytes, const RecordingBuilder& builder) {
    const std::string path = directory.Write("x.cast.zst", bytes);
    return ReadSealedEnd(path, *ParseUuid(builder.id()));
  }
};

TEST_F(SealedEndTest, Sealed) {
  RecordingBuilder builder;
  const auto end = End(Build(builder), builder);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->t_us, 2'500'000);
  EXPECT_TRUE(ParseExit(end->exit));
}

TEST_F(SealedEndTest, CutAnywhereIsNotSealed) {
  RecordingBuilder builder;
  const std::string bytes = Build(builder);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(End(bytes.substr(0, size), builder)) << size;
  }
  EXPECT_FALSE(End(bytes + "x", builder));
}

TEST_F(SealedEndTest, OtherIdIsNotSealed) {
  RecordingBuilder builder;
  const RecordingBuilder other(2);
  EXPECT_FALSE(End(Build(builder), other));
}

TEST_F(SealedEndTest, SummaryIsTheSameAsWhenReadWhole) {
  RecordingBuilder builder;
  const std::string path = directory.Write("x.cast.zst", Build(builder));
  const auto quick = Summarize(path);
  const auto whole = SummarizeWhole(path);
  ASSERT_TRUE(quick && whole);
  EXPECT_FALSE(quick->totals);
  EXPECT_EQ(whole->totals->bytes[1], 7u);
  EXPECT_EQ(quick->duration_us, whole->duration_us);
  EXPECT_EQ(ExitText(*quick->exit), ExitText(*whole->exit));
  EXPECT_EQ(quick->ending, Recording::Ending::kSealed);
  EXPECT_EQ(whole->ending, Recording::Ending::kSealed);
}

TEST_F(ReplayTest, LsListsTheStore) {
  Store({R"([1.0, "o", "x"])", R"([61.5, "x", "7 remote exit"])"});
  RecordingBuilder builder;
  builder.Header().Seal(2'500'000);
  directory.Write("store/c/n/web-0/" + builder.id() + ".cast.zst", builder.Bytes());
  const Outcome ls = Run({"ls"});
  EXPECT_EQ(ls.code, 0) << ls.err;
  EXPECT_THAT(ls.out, HasSubstr("START"));
  EXPECT_THAT(ls.out,
              ContainsRegex("2025-11-23 14:03:00Z +1m01s +alice \\(ops\\) +prod/shop/web-0 +"
                            "app +7 +plain +[0-9.]+[BK] +019ab123-4567 +sh -c date"));
  EXPECT_THAT(ls.out, ContainsRegex("2\\.5s +alice .*sealed"));
}

TEST_F(ReplayTest, LsShowsNoSeal) {
  RecordingBuilder builder;
  builder.Header().Frame({EventLine(1'000'000, 'o', "hello")});
  directory.Write("store/c/n/web-0/" + builder.id() + ".cast.zst", builder.Bytes());
  EXPECT_THAT(Run({"ls"}).out, ContainsRegex("1\\.0s .* - +no seal"));
}

TEST_F(ReplayTest, LsNamesIdsAsLongAsTheyNeed) {
  Store({R"([1.0, "x", "0 remote exit"])"}, "019ab123-4567-7890-8abc-def012345678");
  Store({R"([1.0, "x", "0 remote exit"])"}, "019ab123-4567-7890-8abd-def012345678");
  const Outcome ls = Run({"ls"});
  EXPECT_THAT(ls.out, HasSubstr("  019ab123-4567-7890-8abc  "));
  EXPECT_EQ(Run({"info", "019ab123-4567-7890-8abd"}).code, 0);
}

TEST_F(ReplayTest, LsJsonIsAsciiAndComplete) {
  directory.Write("store/a/b/c/" + std::string(kId) + ".cast.zst",
                  R"({"version":2,"width":80,"height":24,"command":")"
                  "\xC2\x9B\xE2\x80\xAE"
                  R"(\u001b[2J"})"
                  "\n"
                  R"([1.0, "x", "0"])"
                  "\n");
  const Outcome ls = Run({"ls", "--json"});
  EXPECT_EQ(ls.code, 0) << ls.err;
  for (const char c : ls.out) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7F));
  const auto json = nlohmann::json::parse(ls.out);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["exit"]["code"], 0);
}

TEST_F(ReplayTest, LsOfNothing) {
  const Outcome ls = Run({"ls"});
  EXPECT_EQ(ls.code, 0);
  EXPECT_THAT(ls.err, HasSubstr("note: no recordings in "));
  EXPECT_EQ(Run({"ls", "--json"}).out, "[]\n");
}

TEST_F(ReplayTest, LsGoesOnBehindWhatItCannotRead) {
  directory.Write("store/a/b/c/019ab122-0000-7000-8000-000000000001.cast.zst", "garbage");
  Store({R"([1.0, "x", "0 remote exit"])"});
  const Outcome ls = Run({"ls"});
  EXPECT_EQ(ls.code, 1);
  EXPECT_THAT(ls.err, HasSubstr("error: "));
  EXPECT_THAT(ls.out, HasSubstr("019ab123"));
}

TEST_F(ReplayTest, HeadersCannotAttackTheTerminal) {
  const std::string path = directory.Write(
      "x.cast",
      R"({"version":2,"width":80,"height":24,"title":"a\u001b]52;c;QQ==\u0007\u202e\nb","command":"\u001b[2J"})"
      "\n"
      R"([1.0, "x", "0"])"
      "\n");
  const Outcome info = Run({"info", path});
  EXPECT_EQ(info.code, 0) << info.err;
  EXPECT_THAT(info.out, HasSubstr("a\\x1b]52;c;QQ==\\x07\uFFFD\\nb"));
  EXPECT_THAT(info.out, Not(HasSubstr("\x1B")));
}

TEST_F(ReplayTest, InfoTellsEverything) {
  const std::string path = WriteCast(
      "x.cast", {R"([1.0, "o", "hello"])", R"([1.5, "i", "ls\r"])", R"([2.0, "r", "100x30"])",
                 R"([3.0, "d", "stdout 5000 00"])", R"([4.0, "x", "122 client connection-lost"])"});
  const Outcome info = Run({"info", path});
  EXPECT_EQ(info.code, 0) << info.err;
  for (const char* part :
       {"id            019ab123-4567-7890-8abc-def012345678\n",
        "start         2025-11-23 14:03:00.000Z\n", "duration      0:00:04.000\n",
        "exit          122, from kubectl secure-exec itself (connection-lost)\n",
        "pod           web-0\n", "stdin         3 bytes\n",
        "stdout        5 bytes, and 5000 as digests only\n",
        "events        5, of them 1 resizes and 0 markers\n"}) {
    EXPECT_THAT(info.out, HasSubstr(part));
  }
}

TEST_F(ReplayTest, InfoJson) {
  const std::string path =
      WriteCast("x.cast", {R"([1.0, "o", "hello"])", R"([4.0, "x", "0 remote exit"])"});
  const auto json = nlohmann::json::parse(Run({"info", path, "--json"}).out);
  EXPECT_EQ(json["id"], kId);
  EXPECT_EQ(json["exit"]["origin"], "remote");
  EXPECT_EQ(json["bytes"]["stdout"], 5);
  EXPECT_EQ(json["user"]["kubeconfig"], "ops");
}

TEST_F(ReplayTest, InfoOfWhatIsNotThere) {
  const Outcome info = Run({"info", "019ab999"});
  EXPECT_EQ(info.code, 1);
  EXPECT_THAT(info.err, HasSubstr("error: no recording \"019ab999\""));
}

}  // namespace
}  // namespace secure_exec
