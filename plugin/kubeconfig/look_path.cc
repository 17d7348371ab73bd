#include "plugin/kubeconfig/look_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/result.h"

namespace secure_exec {
namespace {

// Empty: it can be run.
std::string Problem(const std::string& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) {
    return fmt::format("stat {}: {}", file, GoErrnoText(errno));
  }
  if (S_ISDIR(about.st_mode)) return GoErrnoText(EISDIR);
  return ::access(file.c_str(), X_OK) == 0 ? "" : GoErrnoText(errno);
}

}  // namespace

tl::expected<std::string, std::string> LookPath(const std::string& command) {
  if (command.find('/') != std::string::npos) {
    std::string problem = Problem(command);
    if (!problem.empty()) return tl::unexpected(std::move(problem));
    return command;
  }
  const char* variable = ::getenv("PATH");
  const std::string path = variable == nullptr ? "" : variable;
  for (size_t from = 0; from <= path.size();) {
    const size_t colon = std::min(path.find(':', from), path.size());
    const std::string file = path.substr(from, colon - from) + "/" + command;
    if (path[from] == '/' && Problem(file).empty()) return file;
    from = colon + 1;
  }
  return tl::unexpected<std::string>("executable file not found in $PATH");
}

}  // namespace secure_exec
