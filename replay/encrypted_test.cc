// Encrypted recordings in the commands: with the right identity, with none, with a stranger's.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/clock.h"
#include "recorder/recorder.h"
#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

class EncryptedReplayTest : public ReplayTest {
 protected:
  EncryptedReplayTest() {
    std::filesystem::create_directories(Place());
    directory.Write("key",
                    std::string("# a test's\n") + std::string(identity_.Text().view()) + "\n");
    directory.Write("other",
                    AgeIdentity::FromScalar(Secret<32>::Random(RandomBytes)).Text().view());
    user_key_pem_ = directory.Write("signer.pem", user_key_.PublicPem());
  }
  std::string Place() const { return directory / "store/prod/shop/web-0"; }

  // A recording in the store, and its path.
  std::string Record(bool seal, std::string_view text = "made by echo\r\n") {
    Recorder::Options options;
    options.directory = Place();
    SessionInfo& session = options.header.session.emplace();
    session.id = MakeUuidV7(Clock::System().WallNs());
    session.pod = "web-0";
    session.container = "app";
    session.start_wall_ns = Clock::System().WallNs();
    options.user_key = &user_key_;
    options.recipients = {identity_.recipient()};
    auto recorder = Recorder::Create(options).value();
    const auto ticket = recorder->Append(Channel::kStdout, text);
    recorder->Flush();
    while (recorder->Written() < ticket) std::this_thread::yield();
    const std::string path = recorder->path();
    if (seal) {
      EXPECT_TRUE(recorder->Seal({3, true, "exit"}, Clock::System().BootNs() + 20 * kSecond));
    }
    return path;
  }
  std::vector<std::string> With(std::string_view key, std::vector<std::string> words) {
    words.insert(words.end(), {"--identity", directory / key});
    return words;
  }

  AgeIdentity identity_ = AgeIdentity::FromScalar(Secret<32>::Random(RandomBytes));
  SigningKey user_key_ = SigningKey::Generate();
  std::string user_key_pem_;
};

TEST_F(EncryptedReplayTest, EveryCommandReadsItWithAnIdentity) {
  const std::string path = Record(true);
  EXPECT_EQ(Run(With("key", {"cat", path})).out, "made by echo\n");
  EXPECT_EQ(Run(With("key", {"cat", "--raw", "--channel", "stdout", path})).out,
            "made by echo\r\n");
  EXPECT_EQ(Run(With("key", {"grep", "echo"})).code, 0);
  EXPECT_NE(Run(With("key", {"play", path})).out.find("made by echo"), std::string::npos);
  const Outcome info = Run(With("key", {"info", path}));
  EXPECT_NE(info.out.find("recipient     " + identity_.recipient().Text()), std::string::npos);
  EXPECT_NE(info.out.find("3, from the remote command"), std::string::npos);
  const Outcome list = Run(With("key", {"ls"}));
  EXPECT_EQ(list.code, 0);
  EXPECT_NE(list.out.find("app"), std::string::npos) << list.out;
  EXPECT_EQ(list.out.find("encrypted"), std::string::npos) << list.out;
  const Outcome verified = Run(With("key", {"verify", path, "--signer", user_key_pem_}));
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
}

TEST_F(EncryptedReplayTest, ACutOneIsReadWithItsSegments) {
  const std::string path = Record(false);
  EXPECT_EQ(Run(With("key", {"cat", path})).out, "made by echo\n");
  EXPECT_EQ(Run(With("key", {"verify", path})).code, 1);
  EXPECT_NE(Run(With("key", {"ls"})).out.find("no seal"), std::string::npos);
}

TEST_F(EncryptedReplayTest, SeveralIdentitiesAreTried) {
  const std::string path = Record(true);
  EXPECT_EQ(Run(With("key", With("other", {"cat", path}))).code, 0);
}

TEST_F(EncryptedReplayTest, WithoutAnIdentityItIsSaidWhatIsNeeded) {
  const std::string path = Record(true);
  for (const char* command : {"cat", "info", "play", "verify"}) {
    const Outcome outcome = Run({command, path});
    EXPECT_NE(outcome.code, 0) << command;
    EXPECT_EQ(outcome.out, "") << command;
    EXPECT_EQ(outcome.err,
              "error: " + path + " is encrypted: name an identity with --identity FILE\n")
        << command;
  }
  EXPECT_EQ(Run({"verify", path}).code, 4);
}

TEST_F(EncryptedReplayTest, AStrangersIdentityIsSaid) {
  const std::string path = Record(true);
  const Outcome outcome = Run(With("other", {"cat", path}));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err,
            "error: " + path + ": it is encrypted for others than the identities given\n");
}

TEST_F(EncryptedReplayTest, AnIdentityFileThatIsNoneIsNamed) {
  const std::string path = Record(true);
  const Outcome missing = Run(With("missing", {"cat", path}));
  EXPECT_NE(missing.err.find(directory / "missing"), std::string::npos) << missing.err;
  directory.Write("bad", "AGE-SECRET-KEY-1QQQQ");
  const Outcome bad = Run(With("bad", {"cat", path}));
  EXPECT_NE(bad.err.find("line 1"), std::string::npos) << bad.err;
  EXPECT_EQ(bad.err.find("QQQQ"), std::string::npos) << bad.err;
  EXPECT_EQ(Run(With("bad", {"ls"})).code, 1);
}

TEST_F(EncryptedReplayTest, AnIdentityFileIsLeftAloneWhereNothingIsEncrypted) {
  Store({R"([0.5, "o", "plain\r\n"])"});
  EXPECT_EQ(Run(With("missing", {"cat", "last"})).code, 0);
  EXPECT_EQ(Run(With("missing", {"ls"})).code, 0);
}

TEST_F(EncryptedReplayTest, ListsWhatItsNameAndItsSealTell) {
  const std::string sealed = Record(true), cut = Record(false);
  for (const Outcome& list : {Run({"ls"}), Run(With("other", {"ls"}))}) {
    EXPECT_EQ(list.code, 0) << list.err;
    EXPECT_EQ(list.err, "");
    EXPECT_NE(list.out.find("prod/shop/web-0"), std::string::npos) << list.out;
    EXPECT_NE(list.out.find("sealed, encrypted"), std::string::npos) << list.out;
    EXPECT_NE(list.out.find("no seal, encrypted"), std::string::npos) << list.out;
    EXPECT_EQ(list.out.find("app"), std::string::npos);
  }
  const Outcome json = Run({"ls", "--json"});
  EXPECT_NE(json.out.find(Fingerprint(user_key_.spki())), std::string::npos) << json.out;
  std::filesystem::resize_file(sealed, 300);
  EXPECT_NE(Run({"ls"}).out.find("damaged, encrypted"), std::string::npos);
}

TEST_F(EncryptedReplayTest, TheEndOfALongOneIsReadWithoutWhatIsBefore) {
  std::string text;
  for (uint32_t i = 1, state = 1; i < 1'300'000; ++i) {
    state = state * 1664525 + 1013904223;
    text += static_cast<char>(33 + (state >> 26));
  }
  const std::string path = Record(true, text);
  // A chunk in the middle is spoilt, and a list does not notice.
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(200 + 70'000);
  file.put('\0').put('\1');
  file.close();
  const Outcome list = Run(With("key", {"ls"}));
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_NE(list.out.find("sealed"), std::string::npos) << list.out;
  EXPECT_EQ(Run(With("key", {"verify", path})).code, 2);
}

}  // namespace
}  // namespace secure_exec
