#include "recorder/recover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "recorder/recording.h"
#include "recorder/testing/recording_builder.h"
#include "recorder/testing/temp_directory.h"
#include "recorder/verify.h"

namespace secure_exec {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::StartsWith;
using Texts = std::vector<std::string>;
constexpr int64_t kS = 1'000'000;

std::string Out(int64_t t_us, std::string_view text) { return EventLine(t_us, 'o', text); }

class Recover : public testing::Test {
 protected:
  Recover() { builder_.Header().Frame({Out(1 * kS, "a")}).Frame({Out(2 * kS, "b")}); }

  void Write(const std::string& main, const std::map<uint64_t, std::string>& tails = {}) {
    path_ = directory_.Write(builder_.id() + ".cast.zst", main);
    for (const auto& [k, text] : tails) {
      directory_.Write(fmt::format("{}.tail.{}", builder_.id(), k), text);
    }
  }
  std::string OutputName() const { return builder_.id() + ".recovered.cast.zst"; }
  Result<Recovery> Run(const std::string& output = "") {
    return RecoverRecording(path_, output, key_);
  }
  VerifyReport Verify(const std::string& bytes) const {
    return VerifyRecording(MemoryRecording(bytes), OutputName(),
                           {.signers = Signers::Of({builder_.user_key()})})
        .value();
  }
  // Codes and data of all events.
  static Texts Events(const std::string& path) {
    auto recording = Recording::Open(path).value();
    Texts texts;
    Event event;
    while (recording->Next(event).value()) texts.push_back(std::string(1, event.code) + event.data);
    return texts;
  }

  RecordingBuilder builder_;
  SigningKey key_ = SigningKey::FromSeed(Hash{7});
  TempDirectory directory_;
  std::string path_;
};

TEST_F(Recover, TheOpenFrameKeepsItsSignature) {
  const std::string tail = builder_.Tail({Out(3 * kS, "c"), Out(4 * kS, "d"), Out(5 * kS, "e")}, 2);
  Write(builder_.Bytes(), {{3, tail}});
  const Texts before = Events(path_);
  const auto recovery = Run();
  ASSERT_TRUE(recovery) << recovery.error().message;
  EXPECT_EQ(recovery->path, directory_ / OutputName());
  EXPECT_EQ(recovery->signed_lines, 3u + 2u);
  EXPECT_EQ(recovery->unsigned_lines, 1u);

  const std::string bytes = directory_.Read(OutputName());
  EXPECT_THAT(bytes, StartsWith(builder_.Bytes())) << "frames verbatim";
  const VerifyReport report = Verify(bytes);
  EXPECT_EQ(report.verdict, Verdict::kNoSeal);
  EXPECT_THAT(
      report.summary,
      StartsWith("recovered from a recording without a seal, intact up to 2025-11-23 14:03:04Z; "
                 "the last 2 lines are the word of who recovered it, unknown SHA256:"));
  EXPECT_EQ(report.recovered_by, Fingerprint(key_.spki()));
  EXPECT_TRUE(report.signer_trusted);

  Texts after = Events(recovery->path);
  ASSERT_EQ(after.size(), before.size() + 1);
  EXPECT_THAT(after.back(), StartsWith("msecure-exec: recovered: "));
  after.pop_back();
  EXPECT_THAT(after, ElementsAreArray(before));
  EXPECT_EQ(Recording::Open(recovery->path).value()->header().session->pod, "web-0");
}
TEST_F(Recover, TheOldFilesStayAsTheyAre) {
  const std::string tail = builder_.Tail({Out(3 * kS, "c")}, 1);
  Write(builder_.Bytes() + std::string("\x28\xB5", 2), {{3, tail}});
  ASSERT_TRUE(Run());
  EXPECT_EQ(directory_.Read(builder_.id() + ".cast.zst"),
            builder_.Bytes() + std::string("\x28\xB5", 2));
  EXPECT_EQ(directory_.Read(builder_.id() + ".tail.3"), tail);
}
TEST_F(Recover, TwiceGivesTheSame) {
  Write(builder_.Bytes(), {{3, builder_.Tail({Out(3 * kS, "c"), Out(4 * kS, "d")}, 1)}});
  ASSERT_TRUE(Run());
  const std::string first = directory_.Read(OutputName());
  const auto again = Run();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->was_there);
  const auto elsewhere = Run(directory_ / "x/../elsewhere");
  EXPECT_EQ(elsewhere.error().kind, ErrorKind::kIo) << "a directory that is not there";
  ASSERT_TRUE(Run(directory_ / "elsewhere"));
  EXPECT_EQ(directory_.Read("elsewhere"), first);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 4)
      << "nothing else is left";
}
TEST_F(Recover, NothingIsOverwritten) {
  Write(builder_.Bytes(), {{3, builder_.Tail({Out(3 * kS, "c")}, 0)}});
  ASSERT_TRUE(Run());
  const std::string first = directory_.Read(OutputName());
  key_ = SigningKey::FromSeed(Hash{8});
  const auto other = Run();
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("is there already and differs"));
  EXPECT_EQ(directory_.Read(OutputName()), first);
  std::filesystem::create_symlink(directory_ / "victim", directory_ / "link");
  EXPECT_FALSE(Run(directory_ / "link"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "victim"));
}
TEST_F(Recover, IsForItsOwnerAlone) {
  Write(builder_.Bytes());
  const mode_t before = ::umask(0);
  ASSERT_TRUE(Run());
  ::umask(before);
  struct stat info {};
  ASSERT_EQ(::stat((directory_ / OutputName()).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
}
TEST_F(Recover, WithoutATailThereIsTheMarker) {
  Write(builder_.Bytes());
  const auto recovery = Run();
  ASSERT_TRUE(recovery) << recovery.error().message;
  EXPECT_EQ(recovery->unsigned_lines, 0u);
  EXPECT_THAT(Events(recovery->path),
              ElementsAre("oa", "ob", StartsWith("msecure-exec: recovered")));
  EXPECT_EQ(Verify(directory_.Read(OutputName())).verdict, Verdict::kNoSeal);
}
// Power loss took frame 3 from the main file; its segment and the next are still there.
TEST_F(Recover, SeveralSegmentsFollowEachOther) {
  const std::string before = builder_.Bytes();
  const Texts third = {Out(3 * kS, "c"), Out(4 * kS, "d")};
  const std::string tail3 = builder_.Tail(third, 1);
  builder_.Frame(third);
  const std::string tail4 = builder_.Tail({Out(5 * kS, "e"), Out(6 * kS, "f")}, 1);
  Write(before, {{3, tail3}, {4, tail4}});
  const auto recovery = Run();
  ASSERT_TRUE(recovery) << recovery.error().message;
  EXPECT_THAT(Events(recovery->path),
              ElementsAre("oa", "ob", "oc", "od", "oe", "of", StartsWith("msecure-exec")));
  const VerifyReport report = Verify(directory_.Read(OutputName()));
  EXPECT_EQ(report.verdict, Verdict::kNoSeal) << report.summary;
  EXPECT_EQ(report.lines, 5u);
  EXPECT_EQ(report.unsigned_lines, 3u);
}
TEST_F(Recover, LostLinesLeaveAGap) {
  const std::string before = builder_.Bytes();
  builder_.Frame({Out(3 * kS, "lost")});
  Write(before, {{4, builder_.Tail({Out(5 * kS, "e"), Out(6 * kS, "f")}, 1)}});
  const auto recovery = Run();
  ASSERT_TRUE(recovery) << recovery.error().message;
  EXPECT_THAT(Events(recovery->path), ElementsAre("oa", "ob", "oe", "of", StartsWith("msecure")));
  EXPECT_EQ(Verify(directory_.Read(OutputName())).verdict, Verdict::kNoSeal);
}
// … and so does the end of a segment that is followed by another.
TEST_F(Recover, LostLinesOfASegmentLeaveAGap) {
  const std::string before = builder_.Bytes();
  const Texts third = {Out(3 * kS, "c"), Out(4 * kS, "lost")};
  const std::string tail3 = builder_.Tail({third[0]}, 1);
  builder_.Frame(third);
  const std::string tail4 = builder_.Tail({Out(5 * kS, "e")}, 1);
  Write(before, {{3, tail3}, {4, tail4}});
  const auto recovery = Run();
  ASSERT_TRUE(recovery) << recovery.error().message;
  EXPECT_THAT(Events(recovery->path), ElementsAre("oa", "ob", "oc", "oe", StartsWith("msecure")));
  EXPECT_EQ(Verify(directory_.Read(OutputName())).lines, 5u);
}
TEST_F(Recover, ATornFrameIsTakenFromItsTail) {
  const Texts third = {Out(3 * kS, "c")};
  const std::string tail = builder_.Tail(third, 1);
  const std::string whole = builder_.Frame(third).Bytes();
  for (const size_t cut : {size_t{1}, size_t{40}, builder_.units.back().size() - 1}) {
    for (const size_t zeros : {size_t{0}, cut}) {
      SCOPED_TRACE(cut);
      TempDirectory directory;
      const std::string path =
          directory.Write(builder_.id() + ".cast.zst",
                          whole.substr(0, whole.size() - cut) + std::string(zeros, '\0'));
      directory.Write(builder_.id() + ".tail.3", tail);
      const auto recovery = RecoverRecording(path, "", key_);
      ASSERT_TRUE(recovery) << recovery.error().message;
      EXPECT_EQ(recovery->signed_lines, 4u);
      EXPECT_THAT(Events(recovery->path), ElementsAre("oa", "ob", "oc", StartsWith("msecure")));
    }
  }
}
TEST_F(Recover, ASealWithoutItsTableIsSealedAgain) {
  const std::string whole = builder_.Seal(3 * kS).Bytes();
  Write(whole.substr(0, whole.size() - 5));
  const auto recovery = Run();
  ASSERT_TRUE(recovery) << recovery.error().message;
  EXPECT_TRUE(recovery->sealed);
  EXPECT_EQ(directory_.Read(OutputName()), whole);
}
TEST_F(Recover, RefusesWhatIsNotCut) {
  const std::string cut = builder_.Bytes();
  const auto refused = [&](const std::string& main) {
    Write(main);
    const auto recovery = Run();
    EXPECT_FALSE(recovery);
    EXPECT_FALSE(std::filesystem::exists(directory_ / OutputName()));
    return recovery ? "" : recovery.error().message;
  };
  EXPECT_THAT(refused(cut + "junk"), HasSubstr("recovering would hide that"));
  EXPECT_THAT(refused(cut.substr(0, 50)), HasSubstr("nothing in it is signed"));
  EXPECT_THAT(refused("hello"), HasSubstr("not a recording"));
  EXPECT_THAT(refused(builder_.Seal(3 * kS).Bytes()), HasSubstr("nothing to recover"));
  Write(cut);
  ASSERT_TRUE(Run());
  path_ = directory_ / OutputName();
  EXPECT_THAT(Run(directory_ / "twice").error().message, HasSubstr("was recovered already"));
}
TEST_F(Recover, EveryFlippedByteOfTheResultIsFound) {
  Write(builder_.Bytes(), {{3, builder_.Tail({Out(3 * kS, "c"), Out(4 * kS, "d")}, 1)}});
  ASSERT_TRUE(Run());
  const std::string whole = directory_.Read(OutputName());
  const std::string honest = Verify(whole).summary;
  for (size_t at = builder_.Bytes().size(); at < whole.size(); ++at) {
    std::string bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ 1 << at % 8);
    const VerifyReport report = Verify(bad);
    ASSERT_EQ(report.verdict, Verdict::kAltered) << at << ": " << report.summary;
  }
  for (size_t size = builder_.Bytes().size(); size < whole.size(); ++size) {
    ASSERT_EQ(Verify(whole.substr(0, size)).verdict, Verdict::kNoSeal) << size;
  }
}
// Whoever recovers can say what they like in the last lines, under their own name, and nothing
// else.
TEST_F(Recover, FramesOfTheSessionCannotFollowRecoveredOnes) {
  Write(builder_.Bytes(), {{3, builder_.Tail({Out(3 * kS, "c"), Out(4 * kS, "d")}, 1)}});
  ASSERT_TRUE(Run());
  std::string recovered = directory_.Read(OutputName());
  const size_t table = recovered.rfind(std::string("\x5E\x2A\x4D\x18", 4));
  recovered.resize(table);
  builder_.Frame({Out(3 * kS, "c")});
  EXPECT_EQ(Verify(recovered + builder_.units.back()).verdict, Verdict::kAltered);
}

}  // namespace
}  // namespace secure_exec
