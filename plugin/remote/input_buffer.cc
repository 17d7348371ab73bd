#include "plugin/remote/input_buffer.h"

#include <algorithm>
#include <span>
#include <utility>

namespace secure_exec {

InputBuffer::InputBuffer(std::string_view early)
    : buffer_(std::max(kBytes, early.size())), filled_(early.size()) {
  std::copy(early.begin(), early.end(), buffer_.begin());
}

void InputBuffer::Fill(ByteStream& stream) {
  maybe_more_ = true;
  while (filled_ < buffer_.size() && !ended_ && !error_) {
    auto result = stream.Read(std::span(buffer_).subspan(filled_));
    if (!result) {
      error_ = std::move(result.error());
    } else if (result->bytes > 0) {
      filled_ += std::min(result->bytes, buffer_.size() - filled_);
    } else if (result->would_block) {
      maybe_more_ = false;
      return;
    } else {
      ended_ = true;
    }
  }
}

std::string_view InputBuffer::Take() { return {buffer_.data(), std::exchange(filled_, 0)}; }

}  // namespace secure_exec
