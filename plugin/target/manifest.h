// -f: the object that manifest files name. YAML or JSON, several documents a file, folders (their
// .json, .yaml and .yml files, not those of folders in them), patterns. As with kubectl it must be
// one object in one file, and none is taken from standard input. Unlike kubectl, URLs are not
// fetched. Reads files; asks no server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace secure_exec {

struct ManifestObject {
  std::string file;
  std::string api_version, kind;
  std::string name, name_space;  // empty where it has none
  std::string spec_json;         // {"spec":{"selector":…}} as far as it goes; strings are exact
};

// Errors (kUsage, kVerbatim) are in kubectl's words: "the path "x" does not exist", "cannot exec
// into multiple objects at a time". They never quote the file, which may hold a secret.
Result<ManifestObject> ReadManifests(const std::vector<std::string>& files);

// All objects of one file of at most 4 MiB; `path` is for messages. Aliases are followed up to
// 10000 nodes and 100 levels, nesting up to yaml-cpp's own limit.
Result<std::vector<ManifestObject>> ParseManifest(std::string_view text, const std::string& path);

}  // namespace secure_exec
