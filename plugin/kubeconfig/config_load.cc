#include "plugin/kubeconfig/config_load.h"

#include <algorithm>
#include <cerrno>

#include "plugin/kubeconfig/local_file.h"

namespace secure_exec {
namespace {

// $KUBECONFIG's files, or the one in the home directory.
std::vector<std::string> DefaultFiles(const Environment& environment) {
  std::vector<std::string> files;
  const auto list = environment("KUBECONFIG");
  if (!list) {
    if (const auto home = environment("HOME")) files.push_back(*home + "/.kube/config");
    return files;
  }
  for (size_t from = 0; from <= list->size();) {
    const size_t colon = std::min(list->find(':', from), list->size());
    const std::string file = list->substr(from, colon - from);
    if (!file.empty() && std::find(files.begin(), files.end(), file) == files.end()) {
      files.push_back(file);
    }
    from = colon + 1;
  }
  return files;
}

}  // namespace

Result<LoadedConfig> LoadKubeconfig(const AccessFlags& flags, const Environment& environment) {
  LoadedConfig loaded;
  const std::string* only = Given(flags.kubeconfig);
  loaded.looked_at = only ? std::vector{*only} : DefaultFiles(environment);
  std::string problems;
  int count = 0;
  for (const std::string& file : loaded.looked_at) {
    const auto text = ReadLocalFile(file, kMaxKubeconfigBytes);
    std::string problem;
    if (text) {
      auto config = ParseKubeconfig(*text, file);
      if (config) {
        MergeKubeconfig(loaded.config, std::move(*config));
        continue;
      }
      problem = config.error().message;
    } else if (text.error().error_number == ENOENT) {
      if (!only) continue;
      problem = fmt::format("stat {}: no such file or directory", file);
    } else {
      problem = fmt::format("error loading config file \"{}\": {}", file, text.error().text);
    }
    problems += (count++ > 0 ? "\n" : "") + problem;
  }
  if (count == 0) return loaded;
  // kubectl prints its "error: " in front of a single problem alone.
  return Fail(count == 1 ? ErrorKind::kConfig : ErrorKind::kVerbatim, "{}", problems);
}

}  // namespace secure_exec
