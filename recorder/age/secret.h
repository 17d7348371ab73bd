// Key material: in memory that is locked where the system allows it, wiped when it goes, never
// copied by accident. Move-only; a moved-from secret is empty and must not be read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "recorder/container/crypto.h"

namespace secure_exec {

// A block of OpenSSL's secure heap. Where that is full or could not be locked: of the ordinary
// heap.
void* AllocateSecret(size_t size);
void FreeSecret(void* block, size_t size);  // wipes it

template <size_t N>
class Secret {
 public:
  Secret() : bytes_(static_cast<uint8_t*>(AllocateSecret(N))) {}
  static Secret Random(const RandomSource& random) {
    Secret secret;
    random(secret.data(), N);
    return secret;
  }
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&&) noexcept = default;

  uint8_t* data() { return bytes_.get(); }
  const uint8_t* data() const { return bytes_.get(); }
  static constexpr size_t size() { return N; }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes_.get()), N}; }
  bool empty() const { return bytes_ == nullptr; }

 private:
  struct Free {
    void operator()(uint8_t* block) const { FreeSecret(block, N); }
  };
  std::unique_ptr<uint8_t, Free> bytes_;
};

// A text that is a secret (an identity file, a pass phrase): wiped when it goes, in ordinary
// memory.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string text) : text_(std::move(text)) {}
  SecretText(SecretText&& other) noexcept { *this = std::move(other); }
  SecretText& operator=(SecretText&& other) noexcept;
  ~SecretText() { Clear(); }

  std::string& text() { return text_; }
  std::string_view view() const { return text_; }
  void Clear();

 private:
  std::string text_;
};

}  // namespace secure_exec
