#include "recorder/plain_recording.h"

#include <algorithm>

namespace secure_exec {
namespace {

constexpr size_t kPiece = 256 * 1024;

}  // namespace

Result<std::unique_ptr<Recording>> PlainRecording::Open(std::unique_ptr<RecordingSource> source,
                                                        const std::string& path) {
  std::unique_ptr<PlainRecording> recording(new PlainRecording(std::move(source)));
  const auto read = recording->ReadLine();
  if (!read) return tl::unexpected(read.error());
  auto header = ParseHeader(*read ? recording->line_ : std::string_view());
  if (!header) return Fail(header.error().kind, "{}: {}", path, header.error().message);
  recording->path_ = path;
  recording->header_ = std::move(*header);
  recording->reader_ = std::make_unique<LineReader>(recording->header_.version);
  return recording;
}

Result<bool> PlainRecording::ReadLine() {
  size_t searched = at_;
  while (true) {
    const size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      line_ = std::string_view(buffer_).substr(at_, end - at_);
      at_ = end + 1;
      whole_line_ = true;
      ++line_number_;
      return true;
    }
    if (buffer_.size() - at_ > kMaxForeignLine) {
      return Fail(ErrorKind::kFormat, "line {} is longer than 16 MiB", line_number_ + 1);
    }
    buffer_.erase(0, at_);
    at_ = 0;
    searched = buffer_.size();
    buffer_.resize(searched + kPiece);
    const auto size = source_->main().ReadAt(offset_, buffer_.data() + searched, kPiece);
    if (!size) return tl::unexpected(size.error());
    buffer_.resize(searched + *size);
    offset_ += *size;
    if (*size > 0) continue;
    line_ = buffer_;
    at_ = buffer_.size();
    whole_line_ = false;
    ++line_number_;
    return !line_.empty();
  }
}

Result<bool> PlainRecording::Next(Event& event) {
  while (!done_) {
    const auto read = ReadLine();
    if (!read || !*read) {
      done_ = true;
      failed_ = !read;
      if (!read) return Fail(read.error().kind, "{}: {}", path_, read.error().message);
      break;
    }
    const auto parsed = reader_->Read(line_, event);
    if (!parsed) {
      done_ = true;
      if (!whole_line_) break;  // cut in the middle of a line
      failed_ = true;
      return Fail(ErrorKind::kFormat, "{}: line {}: {}", path_, line_number_,
                  parsed.error().message);
    }
    if (!*parsed) continue;
    event.t_us = last_us_ = std::max(last_us_, event.t_us);
    return true;
  }
  return false;
}

std::optional<Recording::Place> PlainRecording::place() const {
  return Place{
      .offset = offset_ - (buffer_.size() - at_), .line = line_number_, .last_us = last_us_};
}

void PlainRecording::GoTo(const Place& place) {
  offset_ = place.offset;
  buffer_.clear();
  at_ = 0;
  line_number_ = place.line;
  last_us_ = place.last_us;
  // Relative times, of version 3, count from the last event's.
  reader_ = std::make_unique<LineReader>(header_.version, place.last_us);
  done_ = failed_ = false;
}

void PlainRecording::Retry() {
  done_ = failed_;
  // The line that was cut may be whole now.
  if (failed_ || whole_line_) return;
  at_ -= line_.size();
  --line_number_;
}

uint64_t PlainRecording::size() const { return source_->main().Size().value_or(0); }

}  // namespace secure_exec
