// The seal beside an encrypted recording, `<id>.seal`: clear text, signed, so that somebody who
// holds no identity can tell that the encrypted file is whole and whose it is (docs/format.md
// section 12). It says nothing of what was typed or shown but how much.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "recorder/container/checkpoint.h"

namespace secure_exec {

struct OuterSeal {
  Uuid id{};
  uint64_t size = 0;  // of the encrypted file
  Hash sha256{};      // of all its bytes
  uint64_t frames = 0;
  uint64_t lines = 0;
  uint64_t bytes[3] = {0, 0, 0};  // recorded of stdin, stdout, stderr
  uint64_t duration_us = 0;       // the exit event's time
  uint64_t wall_ns = 0;           // when it was sealed
  Hash genesis_link{};            // H(body_0)
  Hash seal_link{};               // H(body_N)
  GenesisKeys keys;
  Signature signature{};

  // The lines that are signed.
  std::string SignedText() const;
  std::string Encode() const;
  // kFormat unless it is exactly what Encode() makes, and signed and certified by the keys in it.
  // Whether those are to be trusted is for the caller to know.
  static Result<OuterSeal> Parse(std::string_view text);
};

inline constexpr size_t kMaxOuterSeal = 4096;

}  // namespace secure_exec
