#include <fcntl.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "base/file_ops.h"
#include "recorder/container/crypto.h"
#include "recorder/testing/recording_builder.h"
#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class RecoverTest : public ReplayTest {
 protected:
  RecoverTest() {
    RecordingBuilder builder;
    builder.Header();
    const std::string tail = builder.Tail({EventLine(2'000'000, 'o', "tail\\n")}, 0);
    id_ = builder.id();
    cut_ = directory.Write("store/c/n/p/" + id_ + ".cast.zst", builder.Bytes());
    directory.Write("store/c/n/p/" + id_ + ".tail.1", tail);
    recovered_ = directory / ("store/c/n/p/" + id_ + ".recovered.cast.zst");
    key_ = directory.Write("key.pem", SigningKey::FromSeed(Hash{1}).ToPem().value());
    std::filesystem::permissions(key_, std::filesystem::perms(0600));
  }
  std::string id_, cut_, recovered_, key_;
};

TEST_F(RecoverTest, EveryCommandReadsTheResult) {
  const Outcome recover = Run({"recover", id_, "--key", key_});
  EXPECT_EQ(recover.code, 0) << recover.err;
  EXPECT_EQ(recover.out, recovered_ + "\n");
  EXPECT_THAT(recover.err,
              HasSubstr("1 lines signed by the session, 1 more vouched for by SHA256:"));
  const Outcome cat = Run({"cat", recovered_});
  EXPECT_EQ(cat.code, 0);
  EXPECT_THAT(cat.out, StartsWith("tail\n"));
  EXPECT_THAT(cat.err, HasSubstr("recovered"));
  EXPECT_EQ(Run({"grep", "tail", recovered_}).code, 0);
  EXPECT_THAT(Run({"info", recovered_}).out, HasSubstr("recovered"));
  EXPECT_EQ(Run({"verify", recovered_}).code, 1);
  EXPECT_EQ(Run({"play", recovered_}).code, 0);
}
TEST_F(RecoverTest, AnIdStillMeansTheOriginal) {
  ASSERT_EQ(Run({"recover", id_, "--key", key_}).code, 0);
  const Outcome ls = Run({"ls"});
  EXPECT_THAT(ls.out, HasSubstr("no seal"));
  EXPECT_THAT(ls.out, HasSubstr("recovered"));
  EXPECT_THAT(Run({"info", "last", "--json"}).out, HasSubstr(cut_));
  EXPECT_EQ(Run({"recover", id_, "--key", key_}).code, 0) << "again";
  EXPECT_EQ(Run({"grep", "-l", "tail"}).out, id_ + "\n") << "found once";
  std::filesystem::remove(cut_);
  EXPECT_THAT(Run({"info", id_, "--json"}).out, HasSubstr(recovered_));
}
TEST_F(RecoverTest, ASessionThatRunsIsLeftAlone) {
  const std::string bytes = directory.Read("store/c/n/p/" + id_ + ".cast.zst");
  std::filesystem::remove(cut_);
  const int fd = FileOps::System().Open(cut_, O_WRONLY | O_CREAT | O_EXCL, 0600);
  FileOps::System().Write(fd, bytes.data(), bytes.size());
  const Outcome recover = Run({"recover", id_, "--key", key_});
  FileOps::System().Close(fd);
  EXPECT_EQ(recover.code, 1);
  EXPECT_THAT(recover.err, HasSubstr("is being written"));
}
TEST_F(RecoverTest, APathIsSafeForATerminal) {
  const std::string cut = directory.Write("\x1b]0;x\a/" + id_ + ".cast.zst",
                                          directory.Read("store/c/n/p/" + id_ + ".cast.zst"));
  terminal = true;
  const Outcome recover = Run({"recover", cut, "--key", key_});
  EXPECT_EQ(recover.code, 0) << recover.err;
  EXPECT_THAT(recover.out, HasSubstr("/\\x1b]0;x\\x07/" + id_ + ".recovered.cast.zst\n"));
}
TEST_F(RecoverTest, NeedsAKey) {
  EXPECT_THAT(Run({"recover", id_}).err, HasSubstr("HOME"));
  EXPECT_THAT(Run({"recover", id_, "--key", "/nonexistent"}).err, HasSubstr("/nonexistent"));
}

}  // namespace
}  // namespace secure_exec
