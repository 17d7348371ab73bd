#include "recorder/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "recorder/testing/recording_builder.h"
#include "recorder/testing/temp_directory.h"

namespace secure_exec {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

using Texts = std::vector<std::string>;
constexpr int64_t kS = 1'000'000;  // a second, µs

std::string Out(int64_t t_us, std::string_view text) { return EventLine(t_us, 'o', text); }

RecordingBuilder Small() {
  RecordingBuilder builder;
  builder.Header();
  builder.Frame({Out(1 * kS, "a"), Out(2 * kS, "b"), EventLine(2 * kS, 'I', "AP8=")});
  builder.Frame({Out(3 * kS, "c")});
  builder.Frame({Out(4 * kS, "d"), EventLine(5 * kS, 'e', "e")});
  return builder;
}

// For the tests that try every byte: each look at it costs a few signatures.
RecordingBuilder Tiny() {
  RecordingBuilder builder;
  builder.Header();
  builder.Frame({Out(1 * kS, "a"), EventLine(2 * kS, 'I', "AP8=")});
  return builder;
}

std::string Join(const Texts& parts) {
  std::string out;
  for (const std::string& part : parts) out += part;
  return out;
}

VerifyOptions Trusting(const Spki& key) { return {.signers = Signers::Of({key})}; }

VerifyReport Verify(const std::string& main, std::map<uint64_t, std::string> tails = {},
                    bool trusted = true) {
  MemoryRecording source(main);
  source.tails = std::move(tails);
  const RecordingBuilder builder;
  const auto report = VerifyRecording(source, builder.id() + ".cast.zst",
                                      trusted ? Trusting(builder.user_key()) : VerifyOptions{});
  EXPECT_TRUE(report);
  return report.value_or(VerifyReport{});
}

TEST(Verify, TrustsASealedRecordingByAKnownSigner) {
  const VerifyReport report = Verify(Small().Seal(6 * kS).Bytes());
  EXPECT_EQ(report.verdict, Verdict::kTrusted) << report.summary;
  EXPECT_THAT(report.summary, StartsWith("sealed and intact, 8 lines, signed by SHA256:"));
  EXPECT_EQ(report.signer, Fingerprint(Small().user_key()));
  EXPECT_EQ(report.frames, 5u);
  EXPECT_EQ(report.lines, 8u);
  EXPECT_EQ(report.intact_until_wall_ns,
            static_cast<int64_t>(RecordingBuilder::kStartNs + 6'000'000'000));
  EXPECT_FALSE(report.altered_frame);
  EXPECT_THAT(report.remarks, IsEmpty());
  ASSERT_TRUE(report.header);
  EXPECT_EQ(report.header->session->pod, "web-0");
}
TEST(Verify, TheKeyInTheFileIsNoReasonToTrust) {
  const VerifyReport report = Verify(Small().Seal(6 * kS).Bytes(), {}, false);
  EXPECT_EQ(report.verdict, Verdict::kUnknownSigner);
  EXPECT_THAT(report.summary, StartsWith("consistent, 8 lines, signed by unknown SHA256:"));
}
TEST(Verify, ACutRecordingIsIntactAsFarAsItGoes) {
  const VerifyReport report = Verify(Small().Bytes(), {}, false);
  EXPECT_EQ(report.verdict, Verdict::kNoSeal) << "an unknown signer does not change that";
  EXPECT_EQ(report.summary,
            "no seal, intact up to 2025-11-23 14:03:05Z: a crash, a running session or a cut "
            "cannot be told apart without an anchor");
  EXPECT_THAT(report.remarks, ElementsAre(HasSubstr("signed by unknown SHA256:")));
}
TEST(Verify, EveryPrefixIsCutAndNeverAltered) {
  const std::string whole = Tiny().Seal(3 * kS).Bytes();
  for (size_t size = 0; size < whole.size(); ++size) {
    for (const size_t zeros : {0, 700}) {
      const VerifyReport report = Verify(whole.substr(0, size) + std::string(zeros, '\0'));
      // A table whose first bytes are cut and whose others are zero may be whole again.
      if (report.verdict == Verdict::kTrusted && zeros > 0) continue;
      EXPECT_EQ(report.verdict, Verdict::kNoSeal) << size << ": " << report.summary;
    }
  }
}
TEST(Verify, EveryFlippedByteIsFoundAndPlaced) {
  RecordingBuilder builder = Tiny();
  builder.Seal(3 * kS);
  const std::string whole = builder.Bytes();
  size_t begin = 0;
  for (size_t unit = 0; unit < builder.units.size(); ++unit) {
    for (size_t at = begin; at < begin + builder.units[unit].size(); ++at) {
      std::string bad = whole;
      bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
      const VerifyReport report = Verify(bad);
      if (unit == 0 && report.verdict == Verdict::kUnreadable) continue;
      ASSERT_EQ(report.verdict, Verdict::kAltered) << at << ": " << report.summary;
      if (unit + 1 < builder.units.size()) {
        EXPECT_EQ(report.altered_frame, unit) << at << ": " << report.summary;
      } else {
        EXPECT_FALSE(report.altered_frame);
        EXPECT_THAT(report.summary, HasSubstr("after the seal of 2025-11-23 14:03:03Z"));
      }
    }
    begin += builder.units[unit].size();
  }
}
TEST(Verify, SaysBetweenWhichSignedTimes) {
  RecordingBuilder builder = Small();
  builder.Seal(6 * kS);
  builder.units[2][12] ^= 1;
  EXPECT_THAT(
      Verify(builder.Bytes()).summary,
      StartsWith("altered in frame 2, at byte 1125, between 2025-11-23 14:03:02Z and 2025-11-23 "
                 "14:03:03Z: "));
  builder.units[2].back() ^= 1;  // its own signature is still good, its seed is not
  EXPECT_THAT(Verify(builder.Bytes()).summary, HasSubstr("14:03:03Z: "));
  builder.units[2][builder.units[2].size() - 380 + 12 + 100] ^= 1;  // its body: no longer signed
  EXPECT_THAT(
      Verify(builder.Bytes()).summary,
      StartsWith("altered in frame 2, at byte 1125, between 2025-11-23 14:03:02Z and 2025-11-23 "
                 "14:03:05Z: "));
}
TEST(Verify, SaysAfterWhenIfNothingSignedFollows) {
  EXPECT_THAT(Verify(Small().Bytes() + "junk").summary,
              StartsWith("altered in frame 4, at byte 1965, after 2025-11-23 14:03:05Z: "));
}
TEST(Verify, MeetsDroppedDoubledSwappedAndAppendedFrames) {
  const Texts u = Small().Seal(6 * kS).units;
  const auto altered = [](const Texts& units) {
    const VerifyReport report = Verify(Join(units));
    EXPECT_EQ(report.verdict, Verdict::kAltered) << report.summary;
    return report.altered_frame.value_or(99);
  };
  EXPECT_EQ(altered({u[0], u[1], u[3], u[4], u[5]}), 2u);
  EXPECT_EQ(altered({u[0], u[1], u[1], u[2], u[3], u[4], u[5]}), 2u);
  EXPECT_EQ(altered({u[0], u[2], u[1], u[3], u[4], u[5]}), 1u);
  EXPECT_EQ(altered({u[0], u[1], u[2], u[3], u[5]}), 4u) << "a seek table without the seal";
  EXPECT_EQ(altered({u[0], u[1], u[2], u[3], u[4], u[5], u[1]}), 99u);
  EXPECT_EQ(altered({u[0], u[1], u[2], u[3], u[4], u[1]}), 99u);
}
TEST(Verify, MeetsFramesOfAnotherRecording) {
  const Texts u = Small().Seal(6 * kS).units;
  RecordingBuilder other(2);
  other.Header().Frame({Out(1 * kS, "x")}).Frame({Out(2 * kS, "y")}).Seal(3 * kS);
  const VerifyReport report = Verify(Join({u[0], other.units[1], other.units[2]}));
  EXPECT_EQ(report.verdict, Verdict::kAltered);
  EXPECT_EQ(report.altered_frame, 1u);
  // With this recording's id, kind and place, but its own session key.
  RecordingBuilder forged = Small();
  const std::string good = forged.units[1];
  const size_t k = other.units[1].size() - 380;
  std::string spliced = other.units[1];
  spliced.replace(k + 12 + 24, 16, good.substr(good.size() - 380 + 12 + 24, 16));
  EXPECT_THAT(Verify(u[0] + spliced).summary, HasSubstr("signature is wrong"));
}
TEST(Verify, ALineOfAnotherFrameDoesNotFit) {
  RecordingBuilder builder = Small();
  RecordingBuilder twin;
  twin.Header();
  twin.Frame({Out(1 * kS, "A"), Out(2 * kS, "b"), EventLine(2 * kS, 'I', "AP8=")});
  const std::string& z = twin.units[1];
  const std::string& good = builder.units[1];
  const std::string mixed = z.substr(0, z.size() - 380) + good.substr(good.size() - 380);
  EXPECT_THAT(Verify(builder.units[0] + mixed).summary,
              HasSubstr("the frame's hash does not match its checkpoint"));
}

// Checkpoints that the session key signed, but that say what is not so.
struct Lie {
  const char* what;
  size_t offset;  // in the body
  const char* problem;
};
class SignedLies : public testing::TestWithParam<Lie> {};
TEST_P(SignedLies, AreAlterations) {
  RecordingBuilder builder = Small();
  builder.patch_body = {{GetParam().offset, '\x7'}};
  builder.Frame({Out(6 * kS, "f")});
  builder.Frame({Out(7 * kS, "g")});
  const VerifyReport report = Verify(builder.Bytes());
  EXPECT_EQ(report.verdict, Verdict::kAltered);
  EXPECT_EQ(report.altered_frame, 4u);
  EXPECT_THAT(report.summary, HasSubstr(GetParam().problem));
}
INSTANTIATE_TEST_SUITE_P(
    Body, SignedLies,
    testing::Values(Lie{"id", 30, "recording"}, Lie{"kind", 40, "kind"},
                    Lie{"reserved", 42, "reserved"}, Lie{"lines", 44, "counts other lines"},
                    Lie{"k", 48, "frame 7 stands there"},
                    Lie{"first line", 57, "counts other lines"}, Lie{"t_first", 64, "other times"},
                    Lie{"t_last", 72, "other times"}, Lie{"root", 90, "not those that were signed"},
                    Lie{"facts", 125, "facts"}, Lie{"prev", 160, "does not follow"}));

TEST(Verify, RefusesLinesOutOfOrderOrForm) {
  const auto problem = [](const Texts& lines, uint8_t kind = 1) {
    RecordingBuilder builder = Small();
    builder.Frame(lines, kind);
    const VerifyReport report = Verify(builder.Bytes());
    EXPECT_EQ(report.verdict, Verdict::kAltered) << report.summary;
    return report.summary;
  };
  EXPECT_THAT(problem({Out(4 * kS, "back")}), HasSubstr("back in time"));
  EXPECT_THAT(problem({Out(7 * kS, "x"), Out(6 * kS, "y")}), HasSubstr("line 1 goes back in time"));
  EXPECT_THAT(problem({"[6.000000,\"o\",\"x\"]\n"}), HasSubstr("form"));
  EXPECT_THAT(problem({"[6.00000, \"o\", \"x\"]\n"}), HasSubstr("form"));
  EXPECT_THAT(problem({Out(6 * kS, "\\q")}), HasSubstr("not an event"));
  EXPECT_THAT(problem({EventLine(6 * kS, 'O', "!!!!")}), HasSubstr("not an event"));
  EXPECT_THAT(problem({EventLine(6 * kS, 'x', "0 remote exit")}), HasSubstr("not in the sealed"));
  EXPECT_THAT(problem({EventLine(6 * kS, 'x', "0 remote exit"), Out(6 * kS, "x")}),
              HasSubstr("follows the exit event"));
  EXPECT_THAT(problem({Out(6 * kS, "x")}, 2), HasSubstr("does not end with the exit event"));
  EXPECT_THAT(problem({Out(6 * kS, "x")}, 4), HasSubstr("kind"));
}

TEST(Verify, SignedLinesOfTheTailCount) {
  RecordingBuilder builder = Small();
  const std::string tail = builder.Tail({Out(6 * kS, "f"), Out(7 * kS, "g"), Out(8 * kS, "h")}, 2);
  const VerifyReport report = Verify(builder.Bytes(), {{4, tail}});
  EXPECT_EQ(report.verdict, Verdict::kNoSeal) << report.summary;
  EXPECT_EQ(report.lines, 7u + 2u);
  EXPECT_THAT(report.summary,
              StartsWith("no seal, intact up to 2025-11-23 14:03:07Z (1 later lines "
                         "are not signed): "));
}
TEST(Verify, EveryTornTailIsCut) {
  RecordingBuilder builder = Tiny();
  const std::string tail = builder.Tail({Out(6 * kS, "f"), Out(7 * kS, "g"), Out(8 * kS, "h")}, 2);
  for (size_t size = 0; size <= tail.size(); ++size) {
    for (const size_t zeros : {0, 9}) {
      const VerifyReport report =
          Verify(builder.Bytes(), {{2, tail.substr(0, size) + std::string(zeros, '\0')}});
      EXPECT_EQ(report.verdict, Verdict::kNoSeal) << size << ": " << report.summary;
    }
  }
}
TEST(Verify, EveryFlippedByteOfTheSignedTailIsFound) {
  RecordingBuilder builder = Tiny();
  const std::string tail = builder.Tail({Out(6 * kS, "f"), Out(7 * kS, "g")}, 2);
  for (size_t at = 0; at + 1 < tail.size(); ++at) {
    std::string bad = tail;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    const VerifyReport report = Verify(builder.Bytes(), {{2, bad}});
    EXPECT_EQ(report.verdict, Verdict::kAltered) << at << ": " << report.summary;
    EXPECT_EQ(report.altered_frame, 2u);
    EXPECT_THAT(report.summary, HasSubstr("tail segment of frame 2, after 2025-11-23 14:03:02Z"));
  }
}
TEST(Verify, TheTailOfAFrameThatIsThereDoesNotCount) {
  RecordingBuilder builder = Small();
  const Texts lines = {Out(6 * kS, "f")};
  const std::string tail = builder.Tail(lines, 1);
  builder.Frame(lines);
  EXPECT_EQ(Verify(builder.Bytes(), {{4, tail}}).lines, 8u);
  EXPECT_EQ(Verify(builder.Bytes(), {{4, "junk\n"}}).verdict, Verdict::kNoSeal);
  const std::string sealed = builder.Seal(7 * kS).Bytes();
  EXPECT_EQ(Verify(sealed, {{4, tail}}).verdict, Verdict::kTrusted);
}
TEST(Verify, TheTailOfATornFrameCounts) {
  RecordingBuilder builder = Tiny();
  const Texts lines = {Out(6 * kS, "f")};
  const std::string tail = builder.Tail(lines, 1);
  builder.Frame(lines);
  const std::string whole = builder.Bytes();
  for (size_t torn = 1; torn <= builder.units.back().size(); ++torn) {
    for (const size_t zeros : {size_t{0}, torn, torn + 5}) {
      const VerifyReport report =
          Verify(whole.substr(0, whole.size() - torn) + std::string(zeros, '\0'), {{2, tail}});
      EXPECT_EQ(report.verdict, Verdict::kNoSeal) << torn << ": " << report.summary;
      EXPECT_EQ(report.lines, 4u) << torn;
    }
  }
}
TEST(Verify, TellsOfLinesThatAreLost) {
  RecordingBuilder builder = Small();
  const std::string before = builder.Bytes();
  builder.Frame({Out(6 * kS, "f"), Out(6 * kS, "g")});
  const VerifyReport report = Verify(before, {{5, builder.Tail({Out(7 * kS, "h")}, 1)}});
  EXPECT_EQ(report.verdict, Verdict::kNoSeal) << report.summary;
  EXPECT_THAT(report.remarks, Contains(HasSubstr("2 lines before tail segment 5 are lost")));
  const VerifyReport gap = Verify(before, {{4, builder.Tail({Out(7 * kS, "h")}, 1)}});
  EXPECT_EQ(gap.verdict, Verdict::kAltered);
}
TEST(Verify, AFrameThatIsClosedMeanwhileIsTakenInstead) {
  RecordingBuilder builder = Small();
  const Texts lines = {Out(6 * kS, "f"), Out(7 * kS, "g")};
  MemoryRecording source(builder.Bytes());
  source.tails = {{4, builder.Tail({lines[0]}, 1)}};
  source.after_listing = [&] {
    if (!source.tails.contains(4)) return;
    source.after_opening = [&] {
      if (builder.k() > 4) return;
      builder.Frame(lines);
      source.SetMain(builder.Bytes());
      source.tails.clear();
    };
  };
  const auto report = VerifyRecording(source, "X", {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, Verdict::kNoSeal);
  EXPECT_EQ(report->lines, 9u);
}

TEST(Verify, KnowsWhatItCannotRead) {
  EXPECT_EQ(Verify("hello").verdict, Verdict::kUnreadable);
  EXPECT_THAT(Verify("hello").summary, HasSubstr("not a recording"));
  EXPECT_EQ(Verify("{\"version\":2}\n").verdict, Verdict::kUnreadable);
  std::string next = Small().Bytes();
  const size_t k0 = Small().units[0].size() - 532;
  next[k0 + 11] = '2';
  EXPECT_EQ(Verify(next).verdict, Verdict::kUnreadable);
  EXPECT_THAT(Verify(next).summary, HasSubstr("version"));
  RecordingBuilder newer;
  newer.format = "2.0";
  EXPECT_EQ(Verify(newer.Header().Bytes()).verdict, Verdict::kUnreadable);
  RecordingBuilder minor;
  minor.format = "1.7";
  EXPECT_EQ(Verify(minor.Header().Seal(1).Bytes()).verdict, Verdict::kTrusted);
}
TEST(Verify, WhatALaterMinorVersionAddsIsNotAnAlteration) {
  const auto with_kind_5 = [](const char* format) {
    RecordingBuilder builder;
    builder.format = format;
    builder.Header().Frame({Out(1 * kS, "a")});
    builder.patch_body = {{40, '\x5'}};
    return Verify(builder.Frame({Out(2 * kS, "b")}).Bytes());
  };
  EXPECT_EQ(with_kind_5("1.0").verdict, Verdict::kAltered);
  EXPECT_EQ(with_kind_5("1.7").verdict, Verdict::kUnreadable);
  EXPECT_THAT(with_kind_5("1.7").summary, HasSubstr("version 1.7"));
}
TEST(Verify, AKeyIsTrustedForItsTimeOnly) {
  const std::string sealed = Small().Seal(6 * kS).Bytes();
  const auto with = [&](std::string_view times) {
    const std::string line =
        Base64Encode(AsView(RecordingBuilder().user_key())) + " alice " + std::string(times);
    return VerifyRecording(MemoryRecording(sealed), RecordingBuilder().id() + ".cast.zst",
                           {.signers = Signers::Parse(line, "f").value()})
        .value();
  };
  EXPECT_EQ(with("2025-11-23 2025-11-23").verdict, Verdict::kTrusted);
  EXPECT_THAT(with("- -").summary, HasSubstr("(alice)"));
  EXPECT_EQ(with("- -").principal, "alice");
  EXPECT_EQ(with("2025-11-24 -").verdict, Verdict::kUnknownSigner);
  EXPECT_THAT(with("- 2025-11-22").summary,
              HasSubstr("(alice), whose key is not trusted for 2025-11-23 14:03:00Z"));
}
TEST(Verify, CountsWhatIsDone) {
  const std::string sealed = Small().Seal(6 * kS).Bytes();
  std::atomic<uint64_t> done{0};
  VerifyOptions options;
  options.progress = &done;
  ASSERT_TRUE(VerifyRecording(MemoryRecording(sealed), "x", options));
  EXPECT_EQ(done, sealed.size() - Small().Seal(6 * kS).units.back().size());
}
TEST(Verify, NothingIsSignedBeforeTheFirstCheckpoint) {
  const VerifyReport report = Verify(Small().Bytes().substr(0, 60));
  EXPECT_EQ(report.verdict, Verdict::kNoSeal);
  EXPECT_THAT(report.summary, HasSubstr("nothing in it is signed"));
  EXPECT_FALSE(report.header);
}
TEST(Verify, ASealWhoseTableIsCutIsSaidToBeThere) {
  const std::string whole = Small().Seal(6 * kS).Bytes();
  const VerifyReport report = Verify(whole.substr(0, whole.size() - 3));
  EXPECT_EQ(report.verdict, Verdict::kNoSeal);
  EXPECT_THAT(report.summary, HasSubstr("the seal is there"));
}
TEST(Verify, TheHeaderAndItsCheckpointNameTheSameRecording) {
  RecordingBuilder builder;
  builder.header_id = "01890000-0000-7000-8000-0000000000ff";
  const VerifyReport report = Verify(builder.Header().Seal(1).Bytes());
  EXPECT_EQ(report.verdict, Verdict::kAltered);
  EXPECT_EQ(report.altered_frame, 0u);
}
TEST(Verify, TellsOfAnotherFileName) {
  TempDirectory temp;
  RecordingBuilder builder = Small();
  const std::string whole = builder.Seal(6 * kS).Bytes();
  const auto other = VerifyRecording(temp.Write("x.cast.zst", whole), Trusting(builder.user_key()));
  ASSERT_TRUE(other);
  EXPECT_EQ(other->verdict, Verdict::kTrusted);
  EXPECT_THAT(other->remarks, ElementsAre(HasSubstr("the file's name is not the id inside")));
  const auto same =
      VerifyRecording(temp.Write(builder.id() + ".cast.zst", whole), Trusting(builder.user_key()));
  ASSERT_TRUE(same);
  EXPECT_THAT(same->remarks, IsEmpty());
}
TEST(Verify, FailsOnlyWhereThereIsNothingToRead) {
  TempDirectory temp;
  EXPECT_EQ(VerifyRecording(temp / "none", {}).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(VerifyRecording(temp.path(), {}).error().kind, ErrorKind::kIo);
}

class ClockSteps : public testing::Test {
 protected:
  // Remarks about a recording whose wall clock is ahead by these seconds at its frames.
  Texts Remarks(const std::vector<int64_t>& ahead) {
    RecordingBuilder builder;
    builder.Header();
    for (size_t i = 0; i < ahead.size(); ++i) {
      builder.wall_step_ns = ahead[i] * 1'000'000'000;
      builder.Frame({Out(static_cast<int64_t>(i + 1) * 100 * kS, "x")});
    }
    builder.Seal(static_cast<int64_t>(ahead.size() + 1) * 100 * kS);
    const VerifyReport report = Verify(builder.Bytes());
    EXPECT_EQ(report.verdict, Verdict::kTrusted) << report.summary;
    return report.remarks;
  }
};
TEST_F(ClockSteps, ASteadyClockIsNotRemarkedOn) {
  EXPECT_THAT(Remarks({0, 0, 0}), IsEmpty());
  EXPECT_THAT(Remarks({1, 1, -1}), IsEmpty());
}
TEST_F(ClockSteps, AFrameMaySignedLongAfterItsLastLine) {
  EXPECT_THAT(Remarks({90, 0, 0}), IsEmpty());
}
TEST_F(ClockSteps, EachStepIsToldOnce) {
  EXPECT_THAT(Remarks({-60, -60, -60}), ElementsAre(HasSubstr("set at least 60.0 s back")));
  EXPECT_THAT(Remarks({3600, 3600, 3600}), ElementsAre(HasSubstr("s ahead")));
}

}  // namespace
}  // namespace secure_exec
