// Where --output of show and export goes: a new file, or standard output without it, with "-" or
// with "/dev/stdout".
#pragma once

#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "replay/command.h"

namespace secure_exec {

class OutputFile {
 public:
  // `recording` is never overwritten, whatever --force says. kUsage, kIo.
  static Result<OutputFile> Open(const Arguments& arguments, World& world,
                                 const std::string& recording);
  // True where it would go to standard output.
  static bool IsStandard(const Arguments& arguments);

  Output& out() { return file_ ? *file_ : world_->out; }
  // Flushes; what went wrong with a file. (Standard output's failure is RunReplay's.)
  Result<void> Close();

 private:
  explicit OutputFile(World& world) : world_(&world) {}

  World* world_;
  UniqueFd fd_;
  std::unique_ptr<FdOutput> file_;
};

}  // namespace secure_exec
