// Memory for what was typed and may be a secret: vectors whose blocks are wiped when they are given
// back, those included that a vector grew out of. Vectors and not strings: a short string keeps its
// bytes in the object itself. Not locked: swap space can get them.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "recorder/container/crypto.h"

namespace secure_exec {

template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) {}  // NOLINT: allocators convert
  T* allocate(size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* block, size_t count) {
    Wipe(block, count * sizeof(T));
    std::allocator<T>().deallocate(block, count);
  }
  bool operator==(const WipingAllocator&) const { return true; }
};

template <class T>
using WipedVector = std::vector<T, WipingAllocator<T>>;
using WipedBytes = WipedVector<char>;

inline std::string_view View(const WipedBytes& bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace secure_exec
