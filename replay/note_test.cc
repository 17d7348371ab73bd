#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "replay/notes.h"
#include "replay/testing/replay_fixture.h"

namespace secure_exec {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class NoteTest : public ReplayTest {
 protected:
  NoteTest() : path_(Store({R"([1.0, "o", "a"])"})) {}
  const std::string path_;
  const std::string id_{kId};
};

TEST_F(NoteTest, WrittenAndShown) {
  EXPECT_EQ(Run({"note", id_, "here", "he deletes it", "--at", "14:03:07Z"}).code, 0);
  EXPECT_EQ(Run({"note", id_, "second"}).code, 0);
  const Outcome shown = Run({"note", id_});
  EXPECT_THAT(shown.out,
              ContainsRegex("Z  [a-z0-9]+  at 0:00:07.000  here he deletes it\n.*second\n"));
  EXPECT_THAT(Run({"info", id_}).out, HasSubstr("at 0:00:07.000  here he deletes it"));
  const auto json = nlohmann::json::parse(Run({"note", id_, "--json"}).out);
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0]["at"], 7.0);
  EXPECT_EQ(json[1]["text"], "second");
}

TEST_F(NoteTest, TheRecordingStaysAsItIs) {
  struct stat before {
  }, after{}, notes{};
  ASSERT_EQ(::stat(path_.c_str(), &before), 0);
  EXPECT_EQ(Run({"note", id_, "text"}).code, 0);
  ASSERT_EQ(::stat(path_.c_str(), &after), 0);
  EXPECT_EQ(before.st_size, after.st_size);
  ASSERT_EQ(::stat(NotesPath(path_).c_str(), &notes), 0);
  EXPECT_EQ(notes.st_mode & 0777, 0600u);
}

TEST_F(NoteTest, HostileNotesAreSafe) {
  directory.Write(
      fmt::format("store/prod/shop/web-0/{}.notes", id_),
      "not json\n{\"text\":1}\n{\"text\":\"\\u001b]0;x\\u0007\",\"author\":\"\\u009b\"}\n");
  const Outcome shown = Run({"note", id_});
  EXPECT_THAT(shown.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(shown.out, Not(HasSubstr("\u009b")));
  EXPECT_THAT(shown.err, HasSubstr("2 lines of"));
}

TEST_F(NoteTest, NoLinkIsFollowed) {
  const std::string victim = directory.Write("victim", "");
  ASSERT_EQ(::symlink(victim.c_str(), NotesPath(path_).c_str()), 0);
  EXPECT_EQ(Run({"note", id_, "text"}).code, 1);
  struct stat info {};
  ASSERT_EQ(::stat(victim.c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 0);
}

TEST_F(NoteTest, ALineThatWasCutCostsNoOther) {
  directory.Write(fmt::format("store/prod/shop/web-0/{}.notes", id_),
                  "{\"text\":\"whole\"}\n{\"text\":\"cu");
  EXPECT_EQ(Run({"note", id_, "after it"}).code, 0);
  const Outcome shown = Run({"note", id_});
  EXPECT_THAT(shown.out, ContainsRegex("whole\n.*after it\n"));
  EXPECT_THAT(shown.err, HasSubstr("1 lines of"));
}

TEST_F(NoteTest, OnlyOfARecording) {
  const std::string path = directory.Write("passwords.txt", "secret");
  const Outcome done = Run({"note", path, "text"});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, HasSubstr("neither a recording nor an asciicast"));
  EXPECT_FALSE(std::filesystem::exists(NotesPath(path)));
}

TEST_F(NoteTest, AnEncryptedRecordingNeedsNoIdentity) {
  const std::string locked = directory.Write("x.cast.zst.age", "age-encryption.org/v1\n-> X25519 ");
  EXPECT_EQ(Run({"note", locked, "text"}).code, 0);
  EXPECT_THAT(Run({"note", locked}).out, HasSubstr("text"));
}

TEST_F(NoteTest, TooLong) {
  EXPECT_THAT(Run({"note", id_, std::string(kMaxNoteText + 1, 'x')}).err, HasSubstr("at most"));
}

TEST(NotesPath, BesideTheRecording) {
  EXPECT_EQ(NotesPath("/s/x.cast.zst"), "/s/x.notes");
  EXPECT_EQ(NotesPath("/s/x.cast.zst.age"), "/s/x.notes");
  EXPECT_EQ(NotesPath("/s/x.recovered.cast.zst"), "/s/x.notes");
  EXPECT_EQ(NotesPath("x.cast"), "x.notes");
}

TEST_F(NoteTest, OneWithoutTextIsNone) {
  for (const char* text : {"", "  "}) {
    EXPECT_THAT(Run({"note", id_, text}).err, HasSubstr("a note without text"));
  }
  EXPECT_THAT(Run({"note", id_, "--at", "1"}).err, HasSubstr("note REC TEXT --at TIME"));
  EXPECT_THAT(Run({"note", id_}).err, HasSubstr("no notes"));
}

}  // namespace
}  // namespace secure_exec
