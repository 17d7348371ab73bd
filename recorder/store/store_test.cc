#include "recorder/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <set>

#include "recorder/testing/temp_directory.h"

namespace secure_exec {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr char kOld[] = "01890000-0000-7000-8000-000000000001";
constexpr char kNew[] = "01890000-0001-7000-8000-000000000002";
constexpr char kNewest[] = "01990000-0000-7000-8000-000000000003";

Environment Fixed(std::map<std::string, std::string> values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto it = values.find(name);
    if (it == values.end()) return std::nullopt;
    return it->second;
  };
}

std::string Recorded(const std::string& id) { return id + ".cast.zst"; }

TEST(StoreRoot, PrefersItsOwnVariable) {
  EXPECT_EQ(*StoreRoot(Fixed({{"SECURE_EXEC_STORE", "/s"}, {"XDG_DATA_HOME", "/x"}})), "/s");
}
TEST(StoreRoot, FallsBackToDataHomeAndHome) {
  EXPECT_EQ(*StoreRoot(Fixed({{"XDG_DATA_HOME", "/x"}})), "/x/secure-exec/recordings");
  EXPECT_EQ(*StoreRoot(Fixed({{"HOME", "/h"}})), "/h/.local/share/secure-exec/recordings");
}
TEST(StoreRoot, RefusesRelativePathsAndNoHome) {
  for (const char* name : {"SECURE_EXEC_STORE", "XDG_DATA_HOME", "HOME"}) {
    const auto root = StoreRoot(Fixed({{name, "rel"}}));
    ASSERT_FALSE(root) << name;
    EXPECT_EQ(root.error().kind, ErrorKind::kRecording);
    EXPECT_THAT(root.error().message, HasSubstr(name));
  }
  EXPECT_FALSE(StoreRoot(Fixed({})));
}
TEST(KeyDirectory, IsBesideTheRecordings) {
  EXPECT_EQ(*KeyDirectory(Fixed({{"XDG_DATA_HOME", "/x"}, {"SECURE_EXEC_STORE", "/s"}})),
            "/x/secure-exec");
}

TEST(SafeName, KeepsWhatIsSafe) { EXPECT_EQ(SafeName("web-0.a_b@C"), "web-0.a_b@C"); }
TEST(SafeName, EscapesTheRest) {
  EXPECT_EQ(SafeName("a/b"), "a%2Fb");
  EXPECT_EQ(SafeName("arn:aws"), "arn%3Aaws");
  EXPECT_EQ(SafeName("%2F"), "%252F");
  EXPECT_EQ(SafeName(std::string_view("\0\xff", 2)), "%00%FF");
}
TEST(SafeName, CannotBeADotDirectory) {
  EXPECT_EQ(SafeName("."), "%2E");
  EXPECT_EQ(SafeName(".."), "%2E.");
  EXPECT_EQ(SafeName(""), "%");
}
TEST(SafeName, LongNamesStayApart) {
  const std::string a(300, 'a');
  const std::string b = a + "b";
  EXPECT_LE(SafeName(a).size(), 200u);
  EXPECT_NE(SafeName(a), SafeName(b));
  EXPECT_EQ(SafeName(a), SafeName(a));
  EXPECT_NE(SafeName(SafeName(a)), SafeName(a)) << "the cut name itself is another name";
  EXPECT_EQ(SafeName(std::string(200, 'a')), std::string(200, 'a'));
}
TEST(SafeName, IsInjectiveOnSmallNames) {
  constexpr char kBytes[] = {'a', '.', '%', '-', '2', 'E', '/', '\0'};
  std::set<std::string> safe = {SafeName("")};
  size_t names = 1;
  for (char x : kBytes) {
    safe.insert(SafeName(std::string{x}));
    ++names;
    for (char y : kBytes) {
      safe.insert(SafeName(std::string{x, y}));
      ++names;
      for (char z : kBytes) {
        safe.insert(SafeName(std::string{x, y, z}));
        ++names;
      }
    }
  }
  EXPECT_EQ(safe.size(), names);
}

TEST(MakeRecordingDirectory, HasModeWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    TempDirectory temp;
    const mode_t old = ::umask(mask);
    const auto made = MakeRecordingDirectory(temp / "a/store", "c", "n", "p", FileOps::System());
    ::umask(old);
    ASSERT_TRUE(made) << made.error().message;
    for (const char* name : {"a", "a/store", "a/store/c", "a/store/c/n", "a/store/c/n/p"}) {
      struct stat info {};
      ASSERT_EQ(::stat((temp / name).c_str(), &info), 0);
      EXPECT_EQ(info.st_mode & 07777, 0700u) << name << " with umask " << mask;
    }
  }
}
TEST(MakeRecordingDirectory, MakesAllOfItForItsOwnerAlone) {
  TempDirectory temp;
  const auto made =
      MakeRecordingDirectory(temp / "new/store", "ctx/1", "ns", "..", FileOps::System());
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(*made, temp / "new/store/ctx%2F1/ns/%2E.");
  for (const char* part : {"new", "new/store", "new/store/ctx%2F1", "new/store/ctx%2F1/ns/%2E."}) {
    struct stat info {};
    ASSERT_EQ(::stat((temp / part).c_str(), &info), 0) << part;
    EXPECT_EQ(info.st_mode & 07777, 0700u) << part;
  }
  EXPECT_TRUE(MakeRecordingDirectory(temp / "new/store", "ctx/1", "ns", "..", FileOps::System()))
      << "a second time";
}
TEST(MakeRecordingDirectory, RefusesASymlinkBelowTheRoot) {
  TempDirectory temp;
  fs::create_directories(temp / "elsewhere");
  fs::create_directories(temp / "store/ctx");
  fs::create_directory_symlink(temp / "elsewhere", temp / "store/ctx/ns");
  const auto made = MakeRecordingDirectory(temp / "store", "ctx", "ns", "pod", FileOps::System());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kRecording);
  EXPECT_THAT(made.error().message, HasSubstr("ctx/ns is a symbolic link"));
  EXPECT_FALSE(fs::exists(temp / "elsewhere/pod"));
}
TEST(MakeRecordingDirectory, TakesARootThatIsALink) {
  TempDirectory temp;
  fs::create_directories(temp / "real");
  fs::create_directory_symlink(temp / "real", temp / "store");
  EXPECT_TRUE(MakeRecordingDirectory(temp / "store", "c", "n", "p", FileOps::System()));
}
TEST(MakeRecordingDirectory, NamesThePathThatFailed) {
  TempDirectory temp;
  temp.Write("store/ctx", "a file");
  const auto made = MakeRecordingDirectory(temp / "store", "ctx", "n", "p", FileOps::System());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kRecording);
  EXPECT_THAT(made.error().message, HasSubstr(temp / "store/ctx"));
}

TEST(ListRecordings, AMissingStoreIsEmpty) {
  TempDirectory temp;
  const auto all = ListRecordings(temp / "none");
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->empty());
}
TEST(ListRecordings, AreInTheOrderOfTheirIds) {
  TempDirectory temp;
  temp.Write("z/n/p/" + Recorded(kOld), "");
  temp.Write("a/n/p/" + Recorded(kNewest), "");
  temp.Write("b/n/p/" + Recorded(kNew), "");
  const auto all = ListRecordings(temp.path());
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ(FormatUuid((*all)[0].id), kOld);
  EXPECT_EQ(FormatUuid((*all)[2].id), kNewest);
  EXPECT_EQ((*all)[0].path, temp / ("z/n/p/" + Recorded(kOld)));
}
TEST(ListRecordings, TellsOfTails) {
  TempDirectory temp;
  temp.Write("c/n/p/" + Recorded(kOld), "");
  temp.Write("c/n/p/" + Recorded(kNew), "");
  temp.Write(std::string("c/n/p/") + kNew + ".tail.3", "");
  const auto all = ListRecordings(temp.path());
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_FALSE((*all)[0].has_tail);
  EXPECT_TRUE((*all)[1].has_tail);
}
TEST(ListRecordings, KnowsEncryptedAndRecoveredOnes) {
  TempDirectory store;
  const std::string pod = "c/n/p/";
  for (const char* suffix : {".cast.zst.age", ".recovered.cast.zst.age", ".rest.0", ".seal"}) {
    store.Write(pod + kOld + suffix, "");
  }
  store.Write(pod + kNew + ".recovered.cast.zst.age", "");  // the original is gone
  const auto list = ListRecordings(store.path()).value();
  ASSERT_EQ(list.size(), 3u);
  for (const StoredRecording& recording : list) {
    EXPECT_TRUE(recording.encrypted) << recording.path;
    EXPECT_EQ(recording.has_tail, recording.id == ParseUuid(kOld)) << recording.path;
  }
  EXPECT_FALSE(list[0].beside_original);
  EXPECT_TRUE(list[1].beside_original);
  EXPECT_FALSE(list[2].beside_original);
  EXPECT_EQ(*ResolveRecording(store.path(), kOld), store / (pod + kOld + ".cast.zst.age"));
  EXPECT_EQ(*ResolveRecording(store.path(), "last"),
            store / (pod + kNew + ".recovered.cast.zst.age"));
}
TEST(ListRecordings, PassesOverJunk) {
  TempDirectory temp;
  temp.Write("file", "");
  temp.Write("c/file", "");
  temp.Write("c/n/file", "");
  temp.Write("c/n/p/notes.cast.zst", "");
  temp.Write(std::string("c/n/p/") + kNew, "");
  temp.Write(std::string("c/n/p/") + kNew + ".cast.zst.bak", "");
  temp.Write("c/n/p/deeper/" + Recorded(kNew), "");
  fs::create_directories(temp / ("c/n/p/" + Recorded(kNewest)));
  fs::create_directory_symlink(temp / "c", temp / "loop");
  temp.Write("c/n/p/" + Recorded(kOld), "");
  const auto all = ListRecordings(temp.path());
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ(FormatUuid((*all)[0].id), kOld);
}

class Resolve : public testing::Test {
 protected:
  Resolve() {
    for (const char* id : {kOld, kNew, kNewest}) temp_.Write("c/n/p/" + Recorded(id), "");
  }
  Result<std::string> Find(std::string_view name) { return ResolveRecording(temp_.path(), name); }
  std::string PathOf(const char* id) { return temp_ / ("c/n/p/" + Recorded(id)); }
  TempDirectory temp_;
};

TEST_F(Resolve, TakesLastAnIdAndAPrefix) {
  EXPECT_EQ(*Find("last"), PathOf(kNewest));
  EXPECT_EQ(*Find(kNew), PathOf(kNew));
  EXPECT_EQ(*Find("0199"), PathOf(kNewest));
  EXPECT_EQ(*Find("01890000-0001"), PathOf(kNew));
}
TEST_F(Resolve, TakesIdsInUpperCase) {
  temp_.Write("c/n/p/" + Recorded("abcd0000-0000-7000-8000-000000000004"), "");
  EXPECT_EQ(*Find("ABCD"), PathOf("abcd0000-0000-7000-8000-000000000004"));
}
TEST_F(Resolve, TakesAPath) {
  EXPECT_EQ(*Find(PathOf(kOld)), PathOf(kOld));
  const auto missing = Find("./none.cast.zst");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
}
TEST_F(Resolve, NamesTheCandidatesOfAnAmbiguousPrefix) {
  const auto found = Find("0189");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(found.error().message, HasSubstr(kOld));
  EXPECT_THAT(found.error().message, HasSubstr(kNew));
}
TEST_F(Resolve, RefusesShortAndUnknownNames) {
  EXPECT_EQ(Find("018").error().kind, ErrorKind::kUsage);
  EXPECT_EQ(Find("").error().kind, ErrorKind::kUsage);
  EXPECT_EQ(Find("ffff").error().kind, ErrorKind::kNotFound);
}
TEST_F(Resolve, AnEmptyStoreHasNoLast) {
  TempDirectory empty;
  EXPECT_EQ(ResolveRecording(empty.path(), "last").error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace secure_exec
