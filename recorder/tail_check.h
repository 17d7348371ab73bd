// Checks the tail segments behind the main file's end as verify does: the form and order of their
// lines, and their interim signatures. docs/format.md section 5.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "recorder/frame_chain.h"
#include "recorder/tail_reader.h"

namespace secure_exec {

class FrameCheck;

class TailCheck {
 public:
  // The main file's next frame and its first line; `chain` outlives this.
  TailCheck(const FrameChain& chain, uint64_t next_k, uint64_t next_line)
      : chain_(chain), next_k_(next_k), next_line_(next_line) {}

  // The next segment. What is wrong with it, or nothing; kIo.
  Result<Problem> Check(TailReader& tail);

  uint64_t signed_lines() const { return signed_; }
  uint64_t unsigned_lines() const { return unsigned_; }  // behind the last signature of a segment
  uint64_t wall_ns() const { return wall_ns_; }          // of the last good signature; 0: none
  // Lines before the segment last checked that are in no file.
  uint64_t lost_lines() const { return lost_; }

 private:
  Problem CheckInterim(const TailReader& tail, const FrameCheck& check);

  const FrameChain& chain_;
  const uint64_t next_k_, next_line_;
  uint64_t signed_ = 0, unsigned_ = 0, lost_ = 0;
  uint64_t wall_ns_ = 0;
};

}  // namespace secure_exec
