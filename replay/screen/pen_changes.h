// What SGR sequences made of the pen, by the numbers that its styles have in the palette: programs
// write the same few again and again. Forgets without a word; a number that the palette gives anew
// must not be found (Forget).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace secure_exec {

class PenChanges {
 public:
  static constexpr uint32_t kUnknown = UINT32_MAX;

  // `params` as of ParserHandler::ShortSgr().
  uint32_t Find(uint64_t params, uint32_t before) const {
    const Change& change = changes_[Place(params, before)];
    return change.params == params && change.before == before ? change.after : kUnknown;
  }
  void Remember(uint64_t params, uint32_t before, uint32_t after) {
    changes_[Place(params, before)] = {.params = params, .before = before, .after = after};
  }
  void Forget() { changes_ = {}; }

 private:
  static constexpr size_t kBits = 10;

  struct Change {
    uint64_t params = 0;
    uint32_t before = 0;
    uint32_t after = kUnknown;
  };

  static size_t Place(uint64_t params, uint32_t before) {
    return (params * 0x9E3779B97F4A7C15u + before * uint64_t{0xBF58476D1CE4E5B9u}) >> (64 - kBits);
  }

  std::array<Change, 1 << kBits> changes_{};  // one for each place: the last
};

}  // namespace secure_exec
