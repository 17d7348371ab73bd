// What verify must say of every way to tamper with a small recording: verdict, place and time. The
// oracle is the layout of docs/format.md written out below as a table; it shares no code with
// verify.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "recorder/testing/recording_builder.h"
#include "recorder/verify.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Texts = std::vector<std::string>;
constexpr int64_t kS = 1'000'000;

// Frame k is signed k seconds after 14:03:00: genesis, three frames, the seal.
constexpr size_t kSealUnit = 4;
constexpr size_t kTableUnit = 5;
std::string SignedAt(size_t k) { return "2025-11-23 14:03:0" + std::to_string(k) + "Z"; }

RecordingBuilder Whole(uint8_t number = 1) {
  RecordingBuilder builder(number);
  builder.Header();
  builder.Frame({EventLine(kS / 2, 'o', "a"), EventLine(1 * kS, 'I', "AP8=")});
  builder.Frame({EventLine(2 * kS, 'o', "b")});
  builder.Frame({EventLine(2 * kS, 'o', "c"), EventLine(3 * kS, 'e', "d")});
  builder.Seal(4 * kS);
  return builder;
}

std::string Join(const Texts& parts) {
  std::string out;
  for (const std::string& part : parts) out += part;
  return out;
}

VerifyReport Verify(const std::string& bytes, bool quick = false) {
  const RecordingBuilder builder;
  const VerifyOptions options{.signers = Signers::Of({builder.user_key()}), .quick = quick};
  const auto report = VerifyRecording(MemoryRecording(bytes), builder.id() + ".cast.zst", options);
  EXPECT_TRUE(report);
  return report.value_or(VerifyReport{});
}

// The parts of `Zk Kk`, from its end: docs/format.md section 4.
enum class Part {
  kFrame,
  kHeader,
  kMagic,
  kContext,
  kBody,
  kSignature,
  kFlags,
  kFacts,
  kSeed,
  kKeys
};
struct Span {
  Part part;
  size_t size;
};
std::vector<Span> Layout(size_t unit, size_t unit_size) {
  std::vector<Span> spans = {{Part::kHeader, 8},      {Part::kMagic, 4},      {Part::kContext, 24},
                             {Part::kBody, 184 - 24}, {Part::kSignature, 64}, {Part::kFlags, 4},
                             {Part::kFacts, 52 + 32}, {Part::kSeed, 32}};
  if (unit == 0) spans.push_back({Part::kKeys, 44 + 44 + 64});
  size_t checkpoint = 0;
  for (const Span& span : spans) checkpoint += span.size;
  spans.insert(spans.begin(), {Part::kFrame, unit_size - checkpoint});
  return spans;
}

struct Expected {
  Verdict verdict;
  std::string summary;  // how it begins
};
// One byte of `part` in `unit` is another one; the part's last or not.
Expected Oracle(size_t unit, size_t unit_begin, Part part, bool last, bool quick) {
  if (unit == 0) {
    // What tells that this is a recording, and of which version.
    const bool version = (part == Part::kMagic || part == Part::kContext) && last;
    if (version) return {Verdict::kUnreadable, "a recording of version 0x"};
    if (part == Part::kHeader) return {Verdict::kUnreadable, "no checkpoint follows the frame"};
    return {Verdict::kAltered, "altered in frame 0, at byte 0: "};
  }
  // The seed serves to check lines, and lines that are not unpacked are not checked.
  if (quick && part == Part::kSeed && unit < kSealUnit) {
    return {Verdict::kTrusted, "sealed and intact, "};
  }
  // The frame's own signature is still good where only what it does not cover is damaged.
  const bool own = part == Part::kFrame || part == Part::kFacts || part == Part::kSeed;
  const size_t next = own ? unit : unit + 1;
  const std::string when = next > kSealUnit
                               ? ", after " + SignedAt(unit - 1)
                               : ", between " + SignedAt(unit - 1) + " and " + SignedAt(next);
  return {Verdict::kAltered, "altered in frame " + std::to_string(unit) + ", at byte " +
                                 std::to_string(unit_begin) + when + ": "};
}

class EveryByte : public testing::TestWithParam<bool> {};
TEST_P(EveryByte, FlippedIsFoundPlacedAndTimed) {
  const bool quick = GetParam();
  const RecordingBuilder builder = Whole();
  const std::string whole = builder.Bytes();
  size_t begin = 0;
  for (size_t unit = 0; unit < builder.units.size(); begin += builder.units[unit++].size()) {
    const size_t unit_size = builder.units[unit].size();
    std::vector<Span> spans = Layout(unit, unit_size);
    if (unit == kTableUnit) spans = {{Part::kFrame, unit_size}};
    size_t at = begin;
    for (const Span& span : spans) {
      for (size_t i = 0; i < span.size; ++i, ++at) {
        const Expected expected =
            unit == kTableUnit
                ? Expected{Verdict::kAltered, "altered after the seal of " + SignedAt(kSealUnit)}
                : Oracle(unit, begin, span.part, i + 1 == span.size, quick);
        for (const int mask : {1 << at % 8, 0xFF}) {
          std::string bad = whole;
          bad[at] = static_cast<char>(bad[at] ^ mask);
          const VerifyReport report = Verify(bad, quick);
          ASSERT_EQ(report.verdict, expected.verdict)
              << "byte " << at << " ^ " << mask << " of unit " << unit << ": " << report.summary;
          ASSERT_THAT(report.summary, StartsWith(expected.summary))
              << "byte " << at << " ^ " << mask << " of unit " << unit;
        }
      }
    }
  }
}
INSTANTIATE_TEST_SUITE_P(WholeAndQuick, EveryByte, testing::Bool());

TEST(VerifyOracle, EveryPrefixIsCutAndSaysUpToWhen) {
  const RecordingBuilder builder = Whole();
  const std::string whole = builder.Bytes();
  size_t unit = 0;  // whole units in the prefix
  size_t unit_end = builder.units[0].size();
  for (size_t size = 0; size < whole.size(); ++size) {
    if (size == unit_end) unit_end += builder.units[++unit].size();
    const VerifyReport report = Verify(whole.substr(0, size));
    ASSERT_EQ(report.verdict, Verdict::kNoSeal) << size << ": " << report.summary;
    ASSERT_EQ(report.frames, unit) << size;
    ASSERT_THAT(report.summary,
                StartsWith(unit == 0 ? "no seal, cut before the first checkpoint"
                                     : "no seal, intact up to " + SignedAt(unit - 1) + ": "))
        << size;
  }
  EXPECT_EQ(Verify(whole).verdict, Verdict::kTrusted);
}

// Units in another order than 0 1 2 3 4 5: met at the first place that differs, in time between
// what stands before and the first later frame that is signed.
void ExpectMet(const Texts& units, const std::vector<size_t>& order) {
  Texts parts;
  for (const size_t unit : order) parts.push_back(units[unit]);
  std::string text;
  for (const size_t unit : order) text += std::to_string(unit) + " ";
  const VerifyReport report = Verify(Join(parts));
  size_t same = 0;
  while (same < order.size() && order[same] == same) ++same;
  ASSERT_LT(same, units.size()) << text;
  if (same == order.size()) {  // nothing but a prefix
    EXPECT_EQ(report.verdict, Verdict::kNoSeal) << text << report.summary;
    return;
  }
  if (same == 0) {
    // Genesis further on still vouches for itself; without it there is nothing to check against.
    const bool genesis = std::find(order.begin(), order.end(), 0) != order.end();
    EXPECT_EQ(report.verdict, genesis ? Verdict::kAltered : Verdict::kUnreadable)
        << text << report.summary;
    return;
  }
  ASSERT_EQ(report.verdict, Verdict::kAltered) << text << report.summary;
  if (same > kSealUnit) {
    EXPECT_THAT(report.summary, StartsWith("altered after the seal of " + SignedAt(kSealUnit)))
        << text;
    return;
  }
  size_t begin = 0;
  for (size_t i = 0; i < same; ++i) begin += units[i].size();
  EXPECT_EQ(report.altered_frame, same) << text;
  EXPECT_EQ(report.altered_at, begin) << text;
  std::string when = ", after " + SignedAt(same - 1) + ": ";
  for (size_t i = order.size(); i-- > same;) {
    if (order[i] >= same && order[i] <= kSealUnit) {
      when = ", between " + SignedAt(same - 1) + " and " + SignedAt(order[i]) + ": ";
    }
  }
  EXPECT_THAT(report.summary, HasSubstr(when)) << text;
}

TEST(VerifyOracle, EveryPairOfUnitsSwapped) {
  const Texts units = Whole().units;
  for (size_t a = 0; a < units.size(); ++a) {
    for (size_t b = a + 1; b < units.size(); ++b) {
      std::vector<size_t> order = {0, 1, 2, 3, 4, 5};
      std::swap(order[a], order[b]);
      ExpectMet(units, order);
    }
  }
}
TEST(VerifyOracle, EveryUnitDropped) {
  const Texts units = Whole().units;
  for (size_t a = 0; a < units.size(); ++a) {
    std::vector<size_t> order = {0, 1, 2, 3, 4, 5};
    order.erase(order.begin() + static_cast<ptrdiff_t>(a));
    ExpectMet(units, order);
  }
}
TEST(VerifyOracle, EveryUnitDoubledAnywhere) {
  const Texts units = Whole().units;
  for (size_t a = 0; a < units.size(); ++a) {
    for (size_t at = 0; at <= units.size(); ++at) {
      std::vector<size_t> order = {0, 1, 2, 3, 4, 5};
      order.insert(order.begin() + static_cast<ptrdiff_t>(at), a);
      bool in_place = true;  // 0 1 1 2 … differs from the second 1 on
      for (size_t i = 0; i < units.size(); ++i) in_place = in_place && order[i] == i;
      if (in_place) {
        const VerifyReport report = Verify(Whole().Bytes() + units[a]);
        EXPECT_EQ(report.verdict, Verdict::kAltered);
        EXPECT_THAT(report.summary, HasSubstr("bytes follow the seek table"));
        continue;
      }
      ExpectMet(units, order);
    }
  }
}
TEST(VerifyOracle, AnythingAppendedOrInserted) {
  const Texts units = Whole().units;
  const std::string foreign_skippable("\x50\x2A\x4D\x18\x01\x00\x00\x00x", 9);
  for (const std::string& junk : {std::string("x"), std::string(1, '\0'), foreign_skippable}) {
    for (size_t at = 1; at <= units.size(); ++at) {
      Texts parts = units;
      parts.insert(parts.begin() + static_cast<ptrdiff_t>(at), junk);
      const VerifyReport report = Verify(Join(parts));
      ASSERT_EQ(report.verdict, Verdict::kAltered) << at << ": " << report.summary;
      if (at > kSealUnit) {
        EXPECT_FALSE(report.altered_frame) << at;
      } else {
        EXPECT_EQ(report.altered_frame, at);
        EXPECT_THAT(report.summary,
                    HasSubstr("between " + SignedAt(at - 1) + " and " + SignedAt(at)));
      }
    }
  }
}
TEST(VerifyOracle, FramesOfAnotherRecordingOfTheSameUser) {
  const Texts units = Whole().units;
  const Texts others = Whole(2).units;
  for (size_t at = 1; at <= kSealUnit; ++at) {
    Texts replaced = units;
    replaced[at] = others[at];
    Texts inserted = units;
    inserted.insert(inserted.begin() + static_cast<ptrdiff_t>(at), others[at]);
    for (const Texts& parts : {replaced, inserted}) {
      const VerifyReport report = Verify(Join(parts));
      ASSERT_EQ(report.verdict, Verdict::kAltered) << at;
      EXPECT_EQ(report.altered_frame, at);
      EXPECT_THAT(report.summary,
                  HasSubstr("is of recording 01890000-0000-7000-8000-000000000002"));
    }
  }
  // A start of one and the rest of the other.
  Texts spliced = others;
  spliced[0] = units[0];
  EXPECT_EQ(Verify(Join(spliced)).altered_frame, 1u);
}
TEST(VerifyOracle, SignedAnewByAnotherKey) {
  RecordingBuilder builder;
  builder.user = 201;  // a key of their own certifies a session key of their own
  builder.Header();
  builder.Frame({EventLine(1 * kS, 'o', "nothing happened")});
  builder.Seal(4 * kS);
  const VerifyReport report = Verify(builder.Bytes());
  EXPECT_EQ(report.verdict, Verdict::kUnknownSigner);
  EXPECT_EQ(report.signer, Fingerprint(builder.user_key()));
  EXPECT_NE(report.signer, Fingerprint(Whole().user_key()));
}
// Whoever has a key can put it in the place of the user's. The header names that one, and the
// session signed the header.
TEST(VerifyOracle, CertifiedAnewByAnotherKey) {
  const Spki right = RecordingBuilder().user_key();
  const std::string named = R"(,"user_key":")" + Fingerprint(right) + "\"";
  for (const bool trusted : {false, true}) {
    RecordingBuilder other;
    other.session_keys = named;
    other.Header().Frame({EventLine(1 * kS, 'o', "a")}).Seal(2 * kS);
    EXPECT_EQ(Verify(other.Bytes()).verdict, Verdict::kTrusted);
    RecordingBuilder builder;
    builder.session_keys = named;
    builder.user = 201;
    other.units[0] = builder.Header().units[0];
    const Spki wrong = builder.user_key();
    const VerifyOptions options{.signers = trusted ? Signers::Of({right, wrong}) : Signers()};
    const auto report =
        VerifyRecording(MemoryRecording(other.Bytes()), builder.id() + ".cast.zst", options);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, Verdict::kAltered);
    EXPECT_EQ(report->altered_frame, 0u);
    EXPECT_THAT(report->summary, HasSubstr("certified by " + Fingerprint(right)));
    EXPECT_THAT(report->summary, HasSubstr(Fingerprint(wrong) + " put another certificate"));
  }
}
// Older recordings do not name it. The verdict names the key that stands there, and so whoever
// vouches for it.
TEST(VerifyOracle, CertifiedAnewByAnotherKeyBeforeTheHeaderNamedIt) {
  RecordingBuilder other = Whole();
  RecordingBuilder builder;
  builder.user = 201;
  builder.Header();
  other.units[0] = builder.units[0];
  const VerifyReport report = Verify(other.Bytes());
  EXPECT_EQ(report.verdict, Verdict::kUnknownSigner);
  EXPECT_EQ(report.signer, Fingerprint(builder.user_key()));
}
TEST(VerifyOracle, RolledBackToAnOlderState) {
  const Texts units = Whole().units;
  for (size_t kept = 1; kept <= kSealUnit; ++kept) {
    const VerifyReport report =
        Verify(Join({units.begin(), units.begin() + static_cast<ptrdiff_t>(kept)}));
    EXPECT_EQ(report.verdict, Verdict::kNoSeal);
    EXPECT_THAT(report.summary, StartsWith("no seal, intact up to " + SignedAt(kept - 1)));
    EXPECT_THAT(report.summary, HasSubstr("cannot be told apart without an anchor"));
  }
}
// Later frames reached the disk, earlier ones did not: what was there reads as cut. But all frames
// are on the disk before the seal is written.
TEST(VerifyOracle, FramesThatPowerLossTookAreCutUnlessASealFollows) {
  const Texts units = Whole().units;
  for (const bool sealed : {false, true}) {
    for (size_t from = 1; from <= 3; ++from) {
      for (size_t to = from + 1; to <= (sealed ? kSealUnit : 3); ++to) {
        Texts parts = units;
        if (!sealed) parts.resize(kSealUnit);
        for (size_t i = from; i < to; ++i) parts[i].assign(parts[i].size(), '\0');
        const VerifyReport report = Verify(Join(parts));
        if (sealed) {
          EXPECT_EQ(report.verdict, Verdict::kAltered) << report.summary;
          EXPECT_THAT(report.summary, HasSubstr("the seal follows"));
          continue;
        }
        EXPECT_EQ(report.verdict, Verdict::kNoSeal) << report.summary;
        EXPECT_THAT(report.summary, StartsWith("no seal, intact up to " + SignedAt(from - 1)));
        EXPECT_THAT(report.remarks,
                    testing::Contains(HasSubstr("are zeros where a frame should be")));
      }
    }
  }
}

}  // namespace
}  // namespace secure_exec
