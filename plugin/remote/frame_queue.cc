#include "plugin/remote/frame_queue.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace secure_exec {
namespace {

constexpr uint8_t kBinary = 0x2;

// out[i] = in[i] ^ the mask's byte number i + phase.
void Mask(const char* in, size_t size, uint32_t mask, size_t phase, char* out) {
  unsigned char bytes[8];
  for (size_t i = 0; i < sizeof bytes; ++i) {
    bytes[i] = reinterpret_cast<const unsigned char*>(&mask)[(i + phase) & 3];
  }
  uint64_t wide = 0;
  std::memcpy(&wide, bytes, sizeof wide);
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, in + i, 8);
    word ^= wide;
    std::memcpy(out + i, &word, 8);
  }
  for (; i < size; ++i) out[i] = static_cast<char>(in[i] ^ static_cast<char>(bytes[i & 7]));
}

}  // namespace

uint32_t FrameQueue::NextMask() {
  if (random_used_ == random_.size()) {
    // Masks must not be guessable (RFC 6455 section 5.3). Up to 256 bytes this fails only where the
    // kernel has no random numbers at all.
    if (getentropy(random_.data(), random_.size()) != 0) std::abort();
    random_used_ = 0;
  }
  uint32_t mask = 0;
  std::memcpy(&mask, random_.data() + random_used_, sizeof mask);
  random_used_ += sizeof mask;
  return mask;
}

void FrameQueue::AppendFrame(uint8_t opcode, const uint8_t* channel, std::string_view payload) {
  const size_t size = payload.size() + (channel != nullptr ? 1 : 0);
  char header[8];
  size_t used = 0;
  header[used++] = static_cast<char>(0x80 | opcode);  // FIN
  if (size < 126) {
    header[used++] = static_cast<char>(0x80 | size);  // masked
  } else {
    header[used++] = static_cast<char>(0x80 | 126);
    header[used++] = static_cast<char>(size >> 8);
    header[used++] = static_cast<char>(size);
  }
  const uint32_t mask = NextMask();
  std::memcpy(header + used, &mask, sizeof mask);
  used += sizeof mask;
  std::string& tail = queue_.tail();
  tail.append(header, used);
  const size_t start = tail.size();
  tail.resize(start + size);
  char* out = tail.data() + start;
  size_t phase = 0;
  if (channel != nullptr) {
    const char byte = static_cast<char>(*channel);
    Mask(&byte, 1, mask, 0, out++);
    phase = 1;
  }
  Mask(payload.data(), payload.size(), mask, phase, out);
}

void FrameQueue::PushMessage(uint8_t channel, std::string_view payload) {
  AppendFrame(kBinary, &channel, payload);
  if (channel == 0) queue_.MarkStdin(payload.size());
}

void FrameQueue::PushEmpty() { AppendFrame(kBinary, nullptr, {}); }

void FrameQueue::PushControl(uint8_t opcode, std::string_view payload) {
  AppendFrame(opcode, nullptr, payload);
}

}  // namespace secure_exec
