#include "replay/progress.h"

#include <algorithm>

#include "base/clock.h"
#include "replay/format.h"

namespace secure_exec {
namespace {

constexpr int64_t kShowAfter = kSecond;
constexpr int64_t kRedraw = 100 * kMillisecond;
constexpr size_t kBarWidth = 20;
constexpr std::string_view kEraseLine = "\r\x1b[K";

}  // namespace

std::string ProgressLine(uint64_t bytes, uint64_t total_bytes, size_t files, size_t total_files) {
  // A file may have grown since it was measured.
  const double done =
      total_bytes == 0
          ? 1
          : std::min(1.0, static_cast<double>(bytes) / static_cast<double>(total_bytes));
  const auto filled = static_cast<size_t>(done * static_cast<double>(kBarWidth));
  std::string bar(filled, '=');
  if (filled < kBarWidth) bar += '>';
  bar.resize(kBarWidth, ' ');
  return fmt::format("verify [{}] {:3}%  {} of {}, {} of {} recordings", bar,
                     static_cast<int>(done * 100), FormatSize(std::min(bytes, total_bytes)),
                     FormatSize(total_bytes), files, total_files);
}

Progress::Progress(Output& terminal, uint64_t total_bytes, size_t total_files, int64_t now_ns)
    : terminal_(terminal),
      total_bytes_(total_bytes),
      total_files_(total_files),
      due_ns_(now_ns + kShowAfter) {}

void Progress::Update(uint64_t bytes, size_t files, int64_t now_ns) {
  if (!terminal_.is_terminal() || now_ns < due_ns_) return;
  due_ns_ = now_ns + kRedraw;
  shown_ = true;
  terminal_.Write(kEraseLine);
  terminal_.Write(ProgressLine(bytes, total_bytes_, files, total_files_));
  terminal_.Flush();
}

void Progress::Clear() {
  if (!shown_) return;
  shown_ = false;
  terminal_.Write(kEraseLine);
  terminal_.Flush();
}

}  // namespace secure_exec
