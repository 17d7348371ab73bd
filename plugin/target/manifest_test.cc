#include "plugin/target/manifest.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace secure_exec {
namespace {

std::string Why(std::string_view text) {
  const auto parsed = ParseManifest(text, "f.yaml");
  return parsed ? "" : parsed.error().message;
}

TEST(ParseManifest, ReadsYamlAndJson) {
  for (const char* text :
       {"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: dev\n"
        "spec:\n  selector: {matchLabels: {app: \"1\"}}\n",
        "{\n\t\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":"
        "{\"name\":\"w\\u0065b\",\"namespace\":\"dev\"},\"spec\":{\"replicas\":3,\"selector\":"
        "{\"matchLabels\":{\"app\":\"1\"}}}}"}) {
    const auto parsed = ParseManifest(text, "f");
    ASSERT_TRUE(parsed) << parsed.error().message;
    ASSERT_EQ(1u, parsed->size());
    const ManifestObject& object = parsed->front();
    EXPECT_EQ("apps/v1", object.api_version);
    EXPECT_EQ("Deployment", object.kind);
    EXPECT_EQ("web", object.name);
    EXPECT_EQ("dev", object.name_space);
    EXPECT_EQ(R"({"spec":{"selector":{"matchLabels":{"app":"1"}}}})", object.spec_json);
  }
}

TEST(ParseManifest, PassesOverEmptyDocuments) {
  const auto parsed =
      ParseManifest("---\n# no\n---\napiVersion: v1\nkind: Pod\n---\n---\nnull\n", "f");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(1u, parsed->size());
  EXPECT_EQ(0u, ParseManifest("", "f")->size());
}

TEST(ParseManifest, FailsInKubectlsWordsWithoutQuotingTheFile) {
  EXPECT_EQ("unable to decode \"f.yaml\": Object 'Kind' is missing", Why("password: secret"));
  EXPECT_EQ("unable to decode \"f.yaml\": Object 'apiVersion' is missing", Why("kind: Pod"));
  EXPECT_EQ(
      "unable to decode \"f.yaml\": json: cannot unmarshal number into Go struct field "
      "ObjectMeta.metadata.name of type string",
      Why("apiVersion: v1\nkind: Pod\nmetadata: {name: 5}"));
  EXPECT_TRUE(
      Why("a: [").starts_with("error parsing f.yaml: error converting YAML to JSON: yaml:"));
  EXPECT_TRUE(Why("a word").starts_with("unable to decode \"f.yaml\": couldn't get version/kind"));
}

TEST(ParseManifest, KeepsTheFilesTextOutOfYamlErrors) {
  const std::string kNoYaml = "error parsing f.yaml: error converting YAML to JSON: yaml: line 1: ";
  EXPECT_EQ(kNoYaml + "unknown escape character", Why("a: \"\\\x1b[2J\""));
  EXPECT_EQ(kNoYaml + "bad YAML version", Why("%YAML 9.\x1b[2J\n---\n"));
}

TEST(ParseManifest, IsBounded) {
  EXPECT_EQ("error parsing f.yaml: more than 4 MiB", Why(std::string((4 << 20) + 1, ' ')));
  std::string bomb = "apiVersion: v1\nkind: Pod\na: &a0 [x]\n";
  for (int i = 1; i < 30; ++i) bomb += fmt::format("b{}: &a{} [*a{}, *a{}]\n", i, i, i - 1, i - 1);
  bomb += "spec: {selector: *a29}\n";
  EXPECT_EQ("unable to decode \"f.yaml\": yaml: the selector is too large", Why(bomb));
}

TEST(ParseManifest, BoundsNesting) {
  const std::string nested = std::string(200'000, '[') + std::string(200'000, ']');
  const std::string kNoYaml = "error parsing f.yaml: error converting YAML to JSON: yaml: ";
  EXPECT_TRUE(Why("a: " + nested).starts_with(kNoYaml));
  EXPECT_TRUE(Why("{\"a\":" + nested + "}").starts_with(kNoYaml));
  std::string chain = "apiVersion: v1\nkind: Pod\na: &a0 [x]\n";
  for (int i = 1; i < 2000; ++i) chain += fmt::format("b{}: &a{} [*a{}]\n", i, i, i - 1);
  EXPECT_EQ("unable to decode \"f.yaml\": yaml: the selector is too large",
            Why(chain + "spec: {selector: *a1999}\n"));
  EXPECT_EQ("", Why(chain + "spec: {selector: *a90}\n"));
}

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/secure-exec-manifest-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name) << text;
    return path_ + "/" + name;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

constexpr char kPod[] = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n";

std::string Outcome(const std::vector<std::string>& files) {
  const auto read = ReadManifests(files);
  return read ? read->name : read.error().message;
}

TEST(ReadManifests, TakesAFileAFolderOrAPattern) {
  const Folder folder;
  const std::string file = folder.Write("p.yml", kPod);
  folder.Write("notes.txt", "no manifest");
  std::filesystem::create_directory(folder.path() + "/deeper.yaml");
  EXPECT_EQ("p", Outcome({file}));
  EXPECT_EQ("p", Outcome({folder.path()}));
  EXPECT_EQ("p", Outcome({folder.path() + "/*.yml"}));
}

TEST(ReadManifests, WantsOneObject) {
  const Folder folder;
  const std::string file = folder.Write("p.yaml", kPod);
  const std::string kMany = "cannot exec into multiple objects at a time";
  EXPECT_EQ(kMany, Outcome({file, file}));
  EXPECT_EQ(kMany, Outcome({folder.Write("2.yaml", std::string(kPod) + "---\n" + kPod)}));
  EXPECT_EQ(kMany, Outcome({folder.Write("0.yaml", "")}));
  EXPECT_EQ(kMany, Outcome({folder.Write("l.yaml", "apiVersion: v1\nkind: PodList\n")}));
  EXPECT_EQ(kMany, Outcome({"-"}));
}

// yaml-cpp finds documents without end in these.
TEST(ParseManifest, DocumentsWithoutEndAreRefused) {
  for (const char* text : {",", ",: a", "}", "]"}) {
    const auto parsed = ParseManifest(text, "f");
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(0u, parsed.error().message.find("error parsing f: ")) << parsed.error().message;
  }
}

TEST(ReadManifests, NamesEveryPathThatIsNotThere) {
  EXPECT_EQ("the path \"/no/a\" does not exist", Outcome({"/no/a"}));
  EXPECT_EQ("the path \"/no/a\" does not exist\nthe path \"/no/b*\" does not exist",
            Outcome({"/no/a", "/no/b*"}));
  EXPECT_EQ("standard input cannot be used for multiple arguments", Outcome({"-", "-"}));
  const Folder folder;
  EXPECT_EQ(
      "error reading [" + folder.path() + "]: recognized file extensions are [.json .yaml .yml]",
      Outcome({folder.path()}));
  EXPECT_NE(std::string::npos, Outcome({"https://h/x"}).find("not fetched"));
}

}  // namespace
}  // namespace secure_exec
