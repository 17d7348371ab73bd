// File system calls that keep nothing: every one succeeds, and what is written is gone.
//
// For a session that a policy lets run unrecorded and whose user asked for that (docs/policy.md). It
// goes the way of every session, through a Recorder whose channels are off, over these files: so
// there is one loop with one set of rules, and its tickets mean what they say, that all which was to
// be kept has been. Nothing else may use them: a recording that is wanted is never written here.
#pragma once

#include "base/file_ops.h"

namespace secure_exec {

class DiscardingFiles final : public FileOps {
 public:
  int MakeDirectory(const std::string&, mode_t) override { return 0; }
  int Open(const std::string&, int, mode_t) override { return kNoFile; }
  ssize_t Write(int, const void*, size_t size) override { return static_cast<ssize_t>(size); }
  int Truncate(int, off_t) override { return 0; }
  int DataSync(int) override { return 0; }
  int Reserve(int, off_t, off_t) override { return 0; }
  int Unlink(const std::string&) override { return 0; }
  int Close(int) override { return 0; }
  int FreeBytes(const std::string&, uint64_t* bytes) override {
    *bytes = UINT64_MAX;
    return 0;
  }

 private:
  // A number to hand back here, and no descriptor of the process: nobody may use it elsewhere.
  static constexpr int kNoFile = 1 << 30;
};

}  // namespace secure_exec
