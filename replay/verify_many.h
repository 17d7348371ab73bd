// Many recordings through verify at once, one thread a processor, results in the order of the
// files.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "recorder/verify.h"

namespace secure_exec {

// The recordings below a directory, by name: *.cast.zst and *.cast.zst.age, in directories of any
// depth, never through a symlink. `on_error` hears of what could not be read; the rest goes on.
std::vector<std::string> FindRecordingsBelow(const std::string& directory,
                                             const std::function<void(const Error&)>& on_error);

struct VerifyMany {
  std::vector<std::string> paths;
  VerifyOptions options;  // `progress` is set here
  // From the caller's thread: path `index` is done. In order, each once.
  std::function<void(size_t index, Result<VerifyReport> report)> done;
  // From the caller's thread, while it waits: about ten times a second.
  std::function<void(uint64_t bytes, size_t files)> waiting;

  void Run();
};

}  // namespace secure_exec
