// Sixteen bytes at once, by the compiler's vectors: what SSE2 and NEON have instructions for, and
// right everywhere.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace secure_exec {

using ByteBlock = unsigned char __attribute__((vector_size(16)));
// Of a comparison with a byte: each is 0xFF or 0. Marks are combined with |.
using BlockMarks = signed char __attribute__((vector_size(16)));

inline ByteBlock LoadBlock(const char* from) {
  ByteBlock block;
  std::memcpy(&block, from, sizeof block);
  return block;
}

inline void StoreBlock(ByteBlock block, char* to) { std::memcpy(to, &block, sizeof block); }

// Where the first marked byte is; sizeof(ByteBlock): nowhere.
inline size_t FirstMarked(BlockMarks marks) {
  using Words = uint64_t __attribute__((vector_size(sizeof(ByteBlock))));
  const auto words = reinterpret_cast<Words>(marks);
  const auto first = [](uint64_t word) {
    const bool little = std::endian::native == std::endian::little;
    return static_cast<size_t>(little ? std::countr_zero(word) : std::countl_zero(word)) / 8;
  };
  if (words[0] != 0) return first(words[0]);
  if (words[1] != 0) return 8 + first(words[1]);
  return sizeof marks;
}

inline bool AnyMarked(BlockMarks marks) { return FirstMarked(marks) != sizeof marks; }

}  // namespace secure_exec
