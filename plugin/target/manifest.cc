#include "plugin/target/manifest.h"

#include <fmt/ranges.h>
#include <glob.h>
#include <sys/stat.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "base/go_quote.h"
#include "base/json.h"
#include "plugin/kubeconfig/local_file.h"
#include "plugin/kubeconfig/yaml_mapping.h"

namespace secure_exec {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxManifest = 4 << 20;
constexpr size_t kMaxSelectorNodes = 10'000;
constexpr int kMaxSelectorDepth = 100;  // of aliases; yaml-cpp bounds what is written out
constexpr size_t kMaxObjects = 10'000;
constexpr size_t kMaxDocuments = 10'000;

// YAML to JSON, as far as a selector needs it: numbers and booleans keep their type, not their
// value, for where they stand they are wrong.
Json ToJson(const YAML::Node& node, size_t& budget, int levels = kMaxSelectorDepth) {
  if (budget-- == 0 || levels == 0) throw YamlError{"yaml: the selector is too large"};
  switch (KindOf(node)) {
    case YamlKind::kString:
      return node.Scalar();
    case YamlKind::kSequence: {
      Json list = Json::array();
      for (const auto& item : node) list.push_back(ToJson(item, budget, levels - 1));
      return list;
    }
    case YamlKind::kMap: {
      Json object = Json::object();
      for (const auto& entry : node) {
        if (!entry.first.IsScalar()) throw YamlError{"yaml: invalid map key"};
        object[entry.first.Scalar()] = ToJson(entry.second, budget, levels - 1);
      }
      return object;
    }
    case YamlKind::kBool:
      return false;
    case YamlKind::kNumber:
      return 0;
    case YamlKind::kNull:
    case YamlKind::kForeign:
      break;
  }
  return nullptr;
}

tl::unexpected<Error> Undecodable(const std::string& path, std::string_view why) {
  return Fail(ErrorKind::kUsage, "unable to decode {}: {}", GoQuote(path), why);
}

Result<ManifestObject> ReadObject(const YAML::Node& document, const std::string& path) {
  if (!document.IsMap()) return Undecodable(path, NoVersionAndKind(JsonName(KindOf(document))));
  ManifestObject object;
  object.file = path;
  try {
    const YamlMapping top(document, "TypeMeta", "v1.TypeMeta");
    object.api_version = top.String("apiVersion");
    object.kind = top.String("kind");
    if (const auto metadata = top.Find("metadata")) {
      const YamlMapping fields(*metadata, "ObjectMeta.metadata", "v1.ObjectMeta");
      object.name = fields.String("name");
      object.name_space = fields.String("namespace");
    }
    size_t budget = kMaxSelectorNodes;
    Json spec = Json::object();
    if (const auto node = top.Find("spec"); node && node->IsMap()) {
      const YamlMapping fields(*node, "spec", "Spec");
      if (const auto selector = fields.Find("selector"))
        spec["selector"] = ToJson(*selector, budget);
    }
    object.spec_json = JsonDump(Json{{"spec", spec}});
  } catch (const YamlError& error) {
    return Undecodable(path, error.message);
  }
  if (object.kind.empty()) return Undecodable(path, "Object 'Kind' is missing");
  if (object.api_version.empty()) return Undecodable(path, "Object 'apiVersion' is missing");
  return object;
}

tl::unexpected<Error> Multiple() {
  return Fail(ErrorKind::kUsage, "cannot exec into multiple objects at a time");
}

bool IsManifestName(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".json" || extension == ".yaml" || extension == ".yml";
}

// -f's values as files. What is wrong with them is gathered, as kubectl reports it together.
class Paths {
 public:
  void Add(const std::string& value) {
    struct stat info {};
    if (::stat(value.c_str(), &info) == 0) return AddFileOrFolder(value);
    glob_t matches{};
    const int found = ::glob(value.c_str(), 0, nullptr, &matches);
    const size_t count = found == 0 ? matches.gl_pathc : 0;
    for (size_t i = 0; i < count; ++i) AddFileOrFolder(matches.gl_pathv[i]);
    ::globfree(&matches);
    if (count == 0) problems_.push_back(fmt::format("the path {} does not exist", GoQuote(value)));
  }
  void AddProblem(std::string problem) { problems_.push_back(std::move(problem)); }

  const std::vector<std::string>& files() const { return files_; }
  Result<void> Check() const {
    if (problems_.empty()) return {};
    if (problems_.size() == 1) return Fail(ErrorKind::kUsage, "{}", problems_[0]);
    return Fail(ErrorKind::kVerbatim, "{}", fmt::join(problems_, "\n"));
  }

 private:
  void AddFileOrFolder(const std::string& path) {
    std::error_code problem;
    if (!std::filesystem::is_directory(path, problem)) {
      files_.push_back(path);
      return;
    }
    std::vector<std::string> inside;
    std::filesystem::directory_iterator entry(path, problem);
    for (; !problem && entry != std::filesystem::directory_iterator(); entry.increment(problem)) {
      std::error_code ignored;
      if (!entry->is_directory(ignored) && IsManifestName(entry->path()))
        inside.push_back(entry->path().string());
    }
    if (problem)
      return AddProblem(fmt::format("error reading {}: {}", GoQuote(path), problem.message()));
    std::sort(inside.begin(), inside.end());
    files_.insert(files_.end(), inside.begin(), inside.end());
    if (files_.empty() && problems_.empty())
      AddProblem(fmt::format(
          "error reading [{}]: recognized file extensions are [.json .yaml .yml]", path));
  }

  std::vector<std::string> files_, problems_;
};

// Reads a document for its end alone.
class IgnoreEvents final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

}  // namespace

Result<std::vector<ManifestObject>> ParseManifest(std::string_view text, const std::string& path) {
  std::string source(text.substr(0, kMaxManifest + 1));
  if (source.size() > kMaxManifest)
    return Fail(ErrorKind::kUsage, "error parsing {}: more than {} MiB", path, kMaxManifest >> 20);
  // JSON is YAML but for tabs and some escapes: those are gone once it is written anew.
  if (const size_t start = source.find_first_not_of(" \t\r\n");
      start != std::string::npos && source[start] == '{') {
    const Json json = Json::parse(source, nullptr, /*allow_exceptions=*/false);
    // What nests too deep for that, yaml-cpp refuses.
    if (!json.is_discarded() && !NestsDeeper(json, kMaxJsonDepth)) source = JsonDump(json);
  }
  std::string why;
  try {
    // yaml-cpp finds documents without end in some texts (","): LoadAll would fill the memory.
    std::istringstream stream(source);
    YAML::Parser parser(stream);
    IgnoreEvents ignore;
    for (size_t documents = 0; parser.HandleNextDocument(ignore);) {
      if (++documents > kMaxDocuments) {
        return Fail(ErrorKind::kUsage, "error parsing {}: more than {} documents", path,
                    kMaxDocuments);
      }
    }
    std::vector<ManifestObject> objects;
    for (const YAML::Node& document : YAML::LoadAll(source)) {
      if (KindOf(document) == YamlKind::kNull) continue;
      auto object = ReadObject(document, path);
      if (!object) return tl::unexpected(object.error());
      objects.push_back(std::move(*object));
      if (objects.size() > kMaxObjects) return Multiple();
    }
    return objects;
  } catch (const YAML::Exception& error) {
    why = YamlWords(error);
    if (!error.mark.is_null()) why = fmt::format("line {}: {}", error.mark.line + 1, why);
  } catch (const std::exception& error) {
    why = error.what();
  }
  return Fail(ErrorKind::kUsage, "error parsing {}: error converting YAML to JSON: yaml: {}", path,
              why);
}

Result<ManifestObject> ReadManifests(const std::vector<std::string>& files) {
  Paths paths;
  int stdin_uses = 0;
  for (const std::string& file : files) {
    if (file.starts_with("http://") || file.starts_with("https://"))
      return Fail(ErrorKind::kUsage,
                  "-f {}: manifests are not fetched from URLs: download it, and name the file",
                  GoQuote(file));
    if (file != "-") {
      paths.Add(file);
    } else if (++stdin_uses > 1) {
      paths.AddProblem("standard input cannot be used for multiple arguments");
    }
  }
  if (auto fine = paths.Check(); !fine) return tl::unexpected(fine.error());
  std::vector<ManifestObject> objects;
  for (const std::string& path : paths.files()) {
    const auto text = ReadLocalFile(path, kMaxManifest);
    if (!text) return Fail(ErrorKind::kUsage, "{}", text.error().text);
    auto parsed = ParseManifest(*text, path);
    if (!parsed) return tl::unexpected(parsed.error());
    std::move(parsed->begin(), parsed->end(), std::back_inserter(objects));
  }
  // A file without an object counts as well, as does standard input, of which kubectl makes a list.
  if (stdin_uses > 0 || paths.files().size() != 1 || objects.size() != 1 ||
      objects[0].kind.ends_with("List"))
    return Multiple();
  return std::move(objects[0]);
}

}  // namespace secure_exec
