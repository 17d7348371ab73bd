// Goes through the lines of one frame, or of its tail segment, as verify does: the form of each
// line (docs/format.md section 2), its time, its decoded bytes, and the salted tree of section 3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "recorder/cast/line_reader.h"
#include "recorder/container/merkle.h"
#include "recorder/container/salt_tree.h"

namespace secure_exec {

// What stands before a line's payload.
struct LinePrefix {
  size_t size = 0;  // up to and with the second comma
  uint64_t t_us = 0;
  char code = 0;
};
// nullopt unless `line` (without LF) has exactly the form that recordings are written in.
std::optional<LinePrefix> ParseLinePrefix(std::string_view line);

class FrameCheck {
 public:
  // `last_us`: the time of the line before the frame's first.
  FrameCheck(const Hash& seed, uint64_t last_us);

  // The header line, which has no prefix. `line` without LF, here and below.
  void AddHeader(std::string_view line);
  // What is wrong with the line, or nothing.
  std::optional<std::string> Add(std::string_view line);

  uint32_t lines() const { return tree_.size(); }
  Hash root() const { return tree_.Root(); }
  uint64_t t_first_us() const { return t_first_us_; }
  uint64_t t_last_us() const { return last_us_; }
  const uint32_t* payload_bytes() const { return payload_bytes_; }
  // The last line was the exit event.
  bool ended() const { return ended_; }

 private:
  void AddLeaf(std::string_view prefix, std::string_view payload);

  SaltSequence salts_;
  MerkleTree tree_;
  LineReader reader_{2};
  Event event_;
  uint64_t last_us_;
  uint64_t t_first_us_ = 0;
  uint32_t payload_bytes_[kChannels] = {0, 0, 0};
  bool ended_ = false;
};

}  // namespace secure_exec
