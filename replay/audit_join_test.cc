#include "replay/audit_join.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/leash_script.h"
#include "recorder/testing/recording_builder.h"
#include "replay/format.h"

namespace secure_exec {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int64_t kS = 1'000'000;
constexpr auto kStart = static_cast<int64_t>(RecordingBuilder::kStartNs);

class AuditJoinTest : public testing::Test {
 protected:
  AuditJoinTest() {
    builder_.session_keys =
        R"(,"namespace":"shop","user":{"local":"al","certificate":"CN=alice,O=dev"})";
    builder_.Header().Frame({EventLine(1 * kS, 'o', "a")}).Frame({EventLine(2 * kS, 'o', "b")});
    cut_ = Verify();
    builder_.Seal(3 * kS);
    sealed_ = Verify();
  }
  VerifyReport Verify() const {
    VerifyOptions options;
    options.keep_links = true;
    return VerifyRecording(MemoryRecording(builder_.Bytes()), builder_.id() + ".cast.zst", options)
        .value();
  }

  struct Said {
    Anchor::Kind kind = Anchor::Kind::kStart;
    Hash link{};
    uint64_t k = 0;
    std::string user = "alice";
    std::string verb = "get";
    std::string path = "shop/pods/web-0/exec";
    int64_t after_ns = kSecond;
    int code = 101;
  };
  // A line of the log.
  void Log(const Said& said) {
    const Anchor anchor{said.kind, *ParseUuid(builder_.id()), said.k, said.link};
    std::string time = FormatWallMillis(kStart + said.after_ns);
    time[10] = 'T';
    text_ += fmt::format(
        R"({{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a{}","stage":"x",)"
        R"("requestURI":"/api/v1/namespaces/{}","verb":"{}","user":{{"username":"{}"}},)"
        R"("userAgent":"{}","requestReceivedTimestamp":"{}","responseStatus":{{"code":{}}}}})"
        "\n",
        events_++, said.path, said.verb, said.user, AnchorUserAgent(anchor, "1"), time, said.code);
  }
  Said Start() const { return {.link = *sealed_.genesis_link}; }
  Said Seal(const Hash& link) const {
    return {.kind = Anchor::Kind::kSeal,
            .link = link,
            .path = "shop/pods/web-0",
            .after_ns = 4 * kSecond,
            .code = 200};
  }

  VerifyReport Join(VerifyReport report) {
    AuditLog log;
    EXPECT_TRUE(log.Read(MemorySource(text_), "log"));
    EXPECT_EQ(log.foreign_lines(), 0u);
    AuditJoin join(log);
    anchored_ = join.Join(report) != nullptr;
    unrecorded_.clear();
    for (const AuditEvent* event : join.Unrecorded()) unrecorded_.push_back(event->audit_id);
    leashes_.clear();
    for (const AuditEvent* event : join.Leashes()) leashes_.push_back(event->audit_id);
    return report;
  }

  RecordingBuilder builder_;
  VerifyReport cut_, sealed_;
  std::string text_;
  int events_ = 0;
  bool anchored_ = false;
  std::vector<std::string> unrecorded_, leashes_;
};

TEST_F(AuditJoinTest, AnAnchoredSignerIsTrusted) {
  ASSERT_EQ(sealed_.verdict, Verdict::kUnknownSigner);
  Log(Start());
  const VerifyReport report = Join(sealed_);
  EXPECT_TRUE(anchored_);
  EXPECT_EQ(report.verdict, Verdict::kTrusted);
  EXPECT_THAT(report.summary, HasSubstr("anchored by the audit log"));
  EXPECT_THAT(report.remarks, Contains("anchored: the audit log has alice exec'ing into "
                                       "shop/web-0, 2025-11-23 14:03:01Z"));
  EXPECT_THAT(unrecorded_, IsEmpty());
}
TEST_F(AuditJoinTest, EveryFieldMustAgree) {
  const auto differs = [&](const Said& said) {
    text_.clear();
    Log(said);
    const VerifyReport report = Join(sealed_);
    EXPECT_FALSE(anchored_);
    EXPECT_EQ(report.verdict, Verdict::kUnknownSigner);
    return report.remarks.back();
  };
  Said said = Start();
  said.link[0] ^= 1;
  EXPECT_THAT(differs(said), HasSubstr("another beginning"));
  said = Start(), said.path = "prod/pods/web-0/exec";
  EXPECT_THAT(differs(said), HasSubstr("another pod"));
  said = Start(), said.path = "shop/pods/web-1/exec";
  EXPECT_THAT(differs(said), HasSubstr("another pod"));
  said = Start(), said.path = "shop/pods/web-0";
  EXPECT_THAT(differs(said), HasSubstr("another verb"));
  said = Start(), said.verb = "delete";
  EXPECT_THAT(differs(said), HasSubstr("another verb"));
  said = Start(), said.user = "mallory";
  EXPECT_THAT(differs(said), HasSubstr("another user"));
  said = Start(), said.after_ns = 301 * kSecond;
  EXPECT_THAT(differs(said), HasSubstr("another time"));
  said = Start(), said.after_ns = -301 * kSecond;
  EXPECT_THAT(differs(said), HasSubstr("another time"));
  said = Start(), said.code = 403;
  EXPECT_THAT(differs(said), HasSubstr("not anchored"));
  EXPECT_THAT(unrecorded_, IsEmpty()) << "a refused exec needs no recording";
}
TEST_F(AuditJoinTest, AForeignEventWithTheIdDoesNotHideTheTrueOne) {
  Said forged = Start();
  forged.user = "mallory";
  Log(forged);
  Log(Start());
  EXPECT_EQ(Join(sealed_).verdict, Verdict::kTrusted);
  EXPECT_THAT(unrecorded_, ElementsAre("a0"));
}
TEST_F(AuditJoinTest, AnExecStandsForOneSession) {
  Log(Start());
  Said again = Start();
  again.after_ns = 2 * kSecond;
  Log(again);
  EXPECT_EQ(Join(sealed_).verdict, Verdict::kTrusted);
  EXPECT_THAT(unrecorded_, ElementsAre("a1")) << "two sessions, one recording";
}
TEST_F(AuditJoinTest, TheLeashOfARecordingIsNoExecThatIsMissing) {
  const auto leash = [&](const std::string& script, const std::string& id) {
    Said said = Start();
    said.path += "?command=sh&command=-c";
    for (const std::string& word : {script, std::string(kLeashName), id}) {
      said.path += "&command=";
      for (const char c : word) said.path += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    }
    said.after_ns = 3 * kSecond;
    return said;
  };
  const std::string script(kLeashScript);
  Log(Start());
  Log(leash(script, builder_.id()));
  EXPECT_EQ(Join(sealed_).verdict, Verdict::kTrusted);
  EXPECT_THAT(unrecorded_, IsEmpty());
  EXPECT_THAT(leashes_, ElementsAre("a1"));
  // Anything else is an exec as any other.
  Said said = leash(script, builder_.id());
  said.user = "bob";
  Log(said);
  Log(leash(script + ";reboot", builder_.id()));
  Log(leash(script, "018bcfe5-6800-7000-8000-00000000000f"));
  Join(sealed_);
  EXPECT_THAT(unrecorded_, ElementsAre("a2", "a3", "a4"));
  EXPECT_THAT(leashes_, ElementsAre("a1"));
}
TEST_F(AuditJoinTest, TheSealSaysThatTheEndWasCutOff) {
  Log(Start());
  Log(Seal(*sealed_.seal_link));
  EXPECT_THAT(Join(sealed_).remarks, Contains("its seal is anchored too, 2025-11-23 14:03:04Z"));
  const VerifyReport report = Join(cut_);
  EXPECT_EQ(report.verdict, Verdict::kAltered);
  EXPECT_THAT(report.summary, HasSubstr("its end was cut off"));
}
TEST_F(AuditJoinTest, AnotherSealIsAnAlteration) {
  Log(Start());
  Log(Seal(Sha256::Of("another")));
  EXPECT_THAT(Join(sealed_).summary, HasSubstr("another seal"));
}
TEST_F(AuditJoinTest, SealsOfOthersDoNotCount) {
  Log(Start());
  Said seal = Seal(Sha256::Of("another"));
  seal.user = "mallory";
  Log(seal);
  EXPECT_EQ(Join(sealed_).verdict, Verdict::kTrusted);
}
TEST_F(AuditJoinTest, AFrameAnchorBoundsWhatACutCanHide) {
  ASSERT_THAT(cut_.links, SizeIs(3));
  Log(Start());
  Said frame = Seal(cut_.links[2]);
  frame.kind = Anchor::Kind::kFrame;
  frame.k = 2;
  Log(frame);
  EXPECT_EQ(Join(cut_).verdict, Verdict::kNoSeal);
  EXPECT_EQ(Join(sealed_).verdict, Verdict::kTrusted);
  VerifyReport shorter = cut_;
  shorter.links.pop_back();
  EXPECT_EQ(Join(shorter).verdict, Verdict::kAltered);
  shorter = cut_;
  shorter.links[2][0] ^= 1;
  EXPECT_THAT(Join(shorter).summary, HasSubstr("has frame 2 of it"));
}
// What the seal beside an encrypted recording tells.
TEST_F(AuditJoinTest, ALockedRecordingStandsForItsExec) {
  VerifyReport locked;
  locked.locked = true;
  locked.id = sealed_.id;
  locked.genesis_link = sealed_.genesis_link;
  locked.seal_link = sealed_.seal_link;
  locked.genesis_wall_ns = sealed_.genesis_wall_ns;
  Log(Start());
  Log(Seal(*sealed_.seal_link));
  const VerifyReport report = Join(locked);
  EXPECT_TRUE(anchored_);
  EXPECT_EQ(report.verdict, Verdict::kUnreadable) << "what is inside is still not known";
  EXPECT_THAT(report.remarks, Contains(HasSubstr("alice exec'ing into shop/web-0")));
  EXPECT_THAT(report.remarks, Contains(HasSubstr("only an identity can show")));
  EXPECT_THAT(unrecorded_, IsEmpty());

  locked.seal_link = Sha256::Of("another");
  EXPECT_EQ(Join(locked).verdict, Verdict::kAltered);
  locked.genesis_link = Sha256::Of("another");
  EXPECT_THAT(Join(locked).remarks.back(), HasSubstr("another beginning"));
}
TEST_F(AuditJoinTest, WithoutAnEventItIsNotAnchored) {
  EXPECT_THAT(Join(sealed_).remarks.back(), HasSubstr("not anchored"));
  VerifyReport unreadable;
  EXPECT_EQ(Join(unreadable).verdict, Verdict::kUnreadable);
}

}  // namespace
}  // namespace secure_exec
