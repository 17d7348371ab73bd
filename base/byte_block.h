// Sixteen bytes at once, by the compiler's vectors: what SSE2 and NEON have instructions for, and
// right everywhere.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace secure_exec {

using ByteBlock = unsigned char __attribute__((vector_size(16)));
// Of a comparison: each byte 0xFF or 0. Marks are combined with |.
using BlockMarks = signed char __attribute__((vector_size(16)));

inline ByteBlock LoadBlock(const char* from) {
  ByteBlock block;
  std::memcpy(&block, from, sizeof block);
  return block;
}

inline void StoreBlock(ByteBlock block, char* to) { std::memcpy(to, &block, sizeof block); }

inline ByteBlock BlockOf(unsigned char byte) { return ByteBlock{} + byte; }

// Where the first marked byte is; sizeof(ByteBlock): nowhere.
inline size_t FirstMarked(BlockMarks marks) {
  constexpr bool kLittle = std::endian::native == std::endian::little;
  std::array<uint64_t, 2> halves;
  std::memcpy(halves.data(), &marks, sizeof marks);
  for (size_t i = 0; i < halves.size(); ++i) {
    const uint64_t half = halves[i];
    if (half != 0) {
      const int bits = kLittle ? std::countr_zero(half) : std::countl_zero(half);
      return 8 * i + static_cast<size_t>(bits) / 8;
    }
  }
  return sizeof marks;
}

inline bool AnyMarked(BlockMarks marks) { return FirstMarked(marks) != sizeof marks; }

}  // namespace secure_exec
