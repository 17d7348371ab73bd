#include "plugin/remote/send_queue.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace secure_exec {
namespace {

// One Write() at most: keeps stdin_written() fine-grained though TLS would take more at once.
constexpr size_t kMaxWrite = 64 * 1024;

}  // namespace

Result<bool> SendQueue::Flush(ByteStream& stream) {
  while (true) {
    if (sent_ == sending_.size()) {
      // It may have been a password.
      OPENSSL_cleanse(sending_.data(), sending_.size());
      sending_.clear();
      sent_ = 0;
      if (waiting_.empty()) return true;
      std::swap(sending_, waiting_);
    }
    const auto span = std::string_view(sending_).substr(sent_, kMaxWrite);
    const Result<IoResult> result = stream.Write(span);
    if (!result) return tl::unexpected(result.error());
    if (result->bytes == 0) return false;
    sent_ += std::min(result->bytes, span.size());
    written_ += std::min(result->bytes, span.size());
    while (!stdin_marks_.empty() && stdin_marks_.front().end <= written_) {
      stdin_written_ += stdin_marks_.front().bytes;
      stdin_marks_.pop_front();
    }
  }
}

void SendQueue::Clear() {
  // What was typed may be a secret.
  OPENSSL_cleanse(sending_.data(), sending_.size());
  OPENSSL_cleanse(waiting_.data(), waiting_.size());
  sending_.clear();
  waiting_.clear();
  sent_ = 0;
  stdin_marks_.clear();
}

}  // namespace secure_exec
