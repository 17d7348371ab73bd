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

  static std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }
  static std::string SealOf(const std::string& path) {
    return path.substr(0, path.size() - std::string_view(".cast.zst.age").size()) + ".seal";
  }
  std::string PrivateKey() const {
    const std::string path =
        directory.Write("recoverer.pem", SigningKey::FromSeed(Hash{1}).ToPem().value());
    std::filesystem::permissions(path, std::filesystem::perms(0600));
    return path;
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

TEST_F(EncryptedReplayTest, GrepLeavesALockedOneAloneThatTheFiltersRuleOut) {
  Record(true);
  const Outcome needed = Run({"grep", "echo"});
  EXPECT_EQ(needed.code, 2);
  EXPECT_NE(needed.err.find("--identity"), std::string::npos) << needed.err;
  const Outcome other = Run({"grep", "--pod", "db-*", "echo"});
  EXPECT_EQ(other.code, 1) << other.err;
  EXPECT_EQ(other.err.find("--identity"), std::string::npos) << other.err;
}

TEST_F(EncryptedReplayTest, ACutOneIsReadWithItsSegments) {
  const std::string path = Record(false);
  EXPECT_EQ(Run(With("key", {"grep", "-c", "by echo", path})).out, "1\n");
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
  for (const char* command : {"cat", "info", "play"}) {
    const Outcome outcome = Run({command, path});
    EXPECT_NE(outcome.code, 0) << command;
    EXPECT_EQ(outcome.out, "") << command;
    EXPECT_EQ(outcome.err,
              "error: " + path + " is encrypted: name an identity with --identity FILE\n")
        << command;
  }
}

TEST_F(EncryptedReplayTest, WithoutAnIdentityVerifyTellsWhatTheSealTells) {
  const std::string path = Record(true);
  const std::string signer = Fingerprint(user_key_.spki());
  Outcome outcome = Run({"verify", path});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_EQ(outcome.out, path +
                             ": unreadable: encrypted: name an identity with --identity FILE to "
                             "read it; as its seal says, it is whole, 3 lines, signed by unknown " +
                             signer + "\n");
  outcome = Run(With("other", {"verify", path, "--signer", user_key_pem_}));
  EXPECT_EQ(outcome.code, 4);
  EXPECT_NE(outcome.out.find("it is encrypted for others than the identities given; as its seal "
                             "says, it is whole, 3 lines, signed by " +
                             signer),
            std::string::npos)
      << outcome.out;
  std::filesystem::remove(SealOf(path));
  outcome = Run({"verify", path});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_NE(outcome.out.find("without a seal nothing else can be said of it"), std::string::npos);
}

// Its last chunk is shorter than the others, and cannot be told from one that is cut but by the
// seal.
TEST_F(EncryptedReplayTest, TheSealTellsAnAlteredLastChunk) {
  const std::string path = Record(true);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(-1, std::ios::end);
    const char last = static_cast<char>(file.get() ^ 1);
    file.seekp(-1, std::ios::end);
    file.put(last);
  }
  for (const Outcome& outcome : {Run({"verify", path}), Run(With("key", {"verify", path}))}) {
    EXPECT_EQ(outcome.code, 2) << outcome.out << outcome.err;
    EXPECT_NE(outcome.out.find("its bytes are not those that its seal was made for"),
              std::string::npos)
        << outcome.out;
  }
  std::filesystem::remove(SealOf(path));
  EXPECT_EQ(Run(With("key", {"verify", path})).code, 1);
}

TEST_F(EncryptedReplayTest, ACutFileContradictsItsSeal) {
  const std::string path = Record(true);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  for (const Outcome& outcome : {Run({"verify", path}), Run(With("key", {"verify", path}))}) {
    EXPECT_EQ(outcome.code, 2);
    EXPECT_NE(outcome.out.find("bytes, its seal says"), std::string::npos) << outcome.out;
  }
  EXPECT_NE(Run(With("key", {"recover", path, "--key", PrivateKey()})).code, 0);
}

TEST_F(EncryptedReplayTest, ASealThatContradictsIsAltered) {
  const std::string path = Record(true), other = Record(true);
  const auto right = directory.Read("store/prod/shop/web-0/" + NameOf(SealOf(path)));
  const auto wrong = directory.Read("store/prod/shop/web-0/" + NameOf(SealOf(other)));
  const auto with_seal = [&](const std::string& text, const char* key) {
    std::ofstream(SealOf(path), std::ios::binary) << text;
    return key == nullptr ? Run({"verify", path}) : Run(With(key, {"verify", path}));
  };
  for (const char* key : {static_cast<const char*>(nullptr), "key"}) {
    EXPECT_EQ(with_seal(wrong, key).code, 2) << "another recording's";
    // One character after the other. Without the word of the last line it reads as torn.
    for (size_t i = 0; i < right.size(); i += 7) {
      if (right[i] == '\n') continue;
      std::string text = right;
      text[i] = text[i] == 'x' ? 'y' : 'x';
      const Outcome outcome = with_seal(text, key);
      const bool last_word = text.rfind("\nsignature ") == std::string::npos;
      EXPECT_EQ(outcome.code, last_word ? (key == nullptr ? 4 : 3) : 2) << i << outcome.out;
    }
  }
  // One that a power cut tore says nothing.
  for (const std::string& torn : {std::string(), right.substr(0, right.size() / 2),
                                  right.substr(0, 512) + std::string(right.size() - 512, '\0')}) {
    const Outcome outcome = with_seal(torn, "key");
    EXPECT_EQ(outcome.code, 3) << outcome.out;
    EXPECT_NE(outcome.out.find("is torn"), std::string::npos) << outcome.out;
  }
  EXPECT_EQ(with_seal(right, "key").code, 3);
}

TEST_F(EncryptedReplayTest, ACutOneIsRecoveredForItsRecipients) {
  const std::string path = Record(false, "made by echo\r\n");
  EXPECT_NE(Run({"recover", path, "--key", PrivateKey()}).code, 0);
  EXPECT_NE(Run({"recover", path, "--key", PrivateKey()}).err.find("--identity FILE"),
            std::string::npos);
  const auto recover = [&] { return Run(With("key", {"recover", path, "--key", PrivateKey()})); };
  const Outcome first = recover();
  ASSERT_EQ(first.code, 0) << first.err;
  const std::string recovered = path.substr(0, path.size() - 13) + ".recovered.cast.zst.age";
  EXPECT_EQ(first.out, recovered + "\n");
  EXPECT_NE(Run(With("key", {"cat", recovered})).out.find("made by echo\n"), std::string::npos);
  EXPECT_NE(Run({"cat", recovered}).code, 0);
  const Outcome verified = Run(With("key", {"verify", recovered}));
  EXPECT_EQ(verified.code, 1);
  EXPECT_NE(verified.out.find("recovered from a recording without a seal"), std::string::npos);
  EXPECT_EQ(verified.out.find("the file's name"), std::string::npos) << verified.out;

  // Another file key every time, so the bytes differ; one that is there with the same in it stays.
  const auto bytes = directory.Read("store/prod/shop/web-0/" + NameOf(recovered));
  EXPECT_EQ(bytes.substr(0, 21), "age-encryption.org/v1");
  const Outcome again = recover();
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_NE(again.err.find("it was there already"), std::string::npos);
  EXPECT_EQ(directory.Read("store/prod/shop/web-0/" + NameOf(recovered)), bytes);
  std::filesystem::remove(recovered);
  ASSERT_EQ(recover().code, 0);
  EXPECT_NE(directory.Read("store/prod/shop/web-0/" + NameOf(recovered)), bytes);

  std::ofstream(recovered, std::ios::binary | std::ios::trunc) << "something else";
  EXPECT_NE(recover().err.find("is there already and differs"), std::string::npos);
}

TEST_F(EncryptedReplayTest, ARecoveredOneStandsBehindItsOriginal) {
  const std::string path = Record(false);
  ASSERT_EQ(Run(With("key", {"recover", path, "--key", PrivateKey()})).code, 0);
  const std::string id = NameOf(path).substr(0, 36);
  EXPECT_NE(Run(With("key", {"info", "last", "--json"})).out.find(path), std::string::npos);
  EXPECT_NE(Run(With("key", {"info", id, "--json"})).out.find(path), std::string::npos);
  const Outcome list = Run({"ls"});
  EXPECT_EQ(list.code, 0) << list.err;
  std::filesystem::remove(path);
  EXPECT_NE(Run(With("key", {"info", id, "--json"})).out.find(".recovered.cast.zst.age"),
            std::string::npos);
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
