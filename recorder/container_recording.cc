#include "recorder/container_recording.h"

#include <algorithm>

namespace secure_exec {
namespace {

// How often a segment may vanish between listing and opening before the reader gives up: each time
// the writer has closed a frame.
constexpr int kMaxVanished = 100;

}  // namespace

Result<std::unique_ptr<Recording>> ContainerRecording::Open(std::unique_ptr<RecordingSource> source,
                                                            const std::string& path) {
  std::unique_ptr<ContainerRecording> recording(new ContainerRecording(std::move(source)));
  auto line = recording->reader_.ReadHeaderLine();
  if (!line) return Fail(line.error().kind, "{}: {}", path, line.error().message);
  auto header = ParseHeader(*line);
  if (!header) return Fail(header.error().kind, "{}: {}", path, header.error().message);
  if (!header->session) {
    return Fail(ErrorKind::kFormat, "{}: its header has no session; unpack it with zstd -d first",
                path);
  }
  recording->path_ = path;
  recording->header_ = std::move(*header);
  return recording;
}

void ContainerRecording::UseFrame() {
  const FrameReader::Unit& unit = reader_.unit();
  rest_ = unit.k == 0 ? std::string_view() : unit.lines;  // Z0 is the header
  // What its segment has given already is passed over.
  uint64_t given = tail_ != nullptr && tail_->k() == unit.k ? tail_->lines() : 0;
  tail_.reset();
  line_in_frame_ = 0;
  for (; given > 0 && !rest_.empty(); --given, ++line_in_frame_) {
    rest_.remove_prefix(rest_.find('\n') + 1);
  }
}

Result<bool> ContainerRecording::TailLine() {
  while (true) {
    const auto item = tail_->Next();
    if (!item) {
      return Fail(item.error().kind, "tail segment {}: {}", tail_->k(), item.error().message);
    }
    if (*item == TailReader::Item::kEnd) return false;
    if (*item == TailReader::Item::kSignature) continue;
    if (tail_->k() == reader_.next_k() && tail_->first_line() != reader_.next_line()) {
      return Fail(ErrorKind::kFormat, "tail segment {} begins with line {} instead of {}",
                  tail_->k(), tail_->first_line(), reader_.next_line());
    }
    line_ = tail_->line();
    return true;
  }
}

Result<std::unique_ptr<TailReader>> ContainerRecording::NextTail(bool& listed) {
  const Uuid& id = header_.session->id;
  const uint64_t from = tail_ != nullptr ? tail_->k() + 1 : reader_.next_k();
  const auto k = source_->FirstTail(id, from);
  if (!k) return tl::unexpected(k.error());
  listed = k->has_value();
  if (!listed) return nullptr;
  auto source = source_->OpenTail(id, **k);
  if (!source) return tl::unexpected(source.error());
  if (*source == nullptr) return nullptr;
  return std::make_unique<TailReader>(std::move(*source), id, **k);
}

Result<ContainerRecording::Found> ContainerRecording::Advance() {
  bool at_the_end = tail_ != nullptr;  // of the main file, when it was last seen
  for (int vanished = 0; vanished < kMaxVanished;) {
    // First the segment, then the main file: had its frame been closed before the segment was
    // opened, the main file has it.
    bool listed = false;
    std::unique_ptr<TailReader> next;
    // A recovered copy has in it what stands in the segments beside it.
    if (at_the_end && !reader_.recovered()) {
      auto found = NextTail(listed);
      if (!found) return tl::unexpected(found.error());
      next = std::move(*found);
    }
    if (tail_ != nullptr) {  // lines may have come since its end was met
      const auto late = TailLine();
      if (!late) return tl::unexpected(late.error());
      if (*late) return Found::kLine;
    }
    const auto step = reader_.Next();
    if (!step) return tl::unexpected(step.error());
    switch (*step) {
      case FrameReader::Step::kFrame:
        UseFrame();
        return Found::kSource;
      case FrameReader::Step::kSealed:
        ending_ = reader_.recovered() ? Ending::kRecovered : Ending::kSealed;
        return Found::kEnd;
      case FrameReader::Step::kAltered:
      case FrameReader::Step::kForeign:
        return Fail(ErrorKind::kFormat, "altered in frame {}, at byte {}: {}", reader_.next_k(),
                    reader_.offset(), reader_.problem());
      case FrameReader::Step::kCut:
        break;
    }
    if (next != nullptr) {
      tail_ = std::move(next);
      return Found::kSource;
    }
    if (at_the_end && !listed) return Found::kEnd;
    vanished += at_the_end;
    at_the_end = true;
  }
  return Found::kEnd;
}

Result<bool> ContainerRecording::NextLine() {
  while (true) {
    if (!rest_.empty()) {
      const size_t end = rest_.find('\n');
      line_ = rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      ++line_in_frame_;
      return true;
    }
    if (tail_ != nullptr) {
      const auto line = TailLine();
      if (!line || *line) return line;
    }
    const auto found = Advance();
    if (!found) return tl::unexpected(found.error());
    if (*found != Found::kSource) return *found == Found::kLine;
  }
}

std::string ContainerRecording::PlaceText() const {
  if (tail_ != nullptr)
    return fmt::format("line {} of tail segment {}", tail_->lines(), tail_->k());
  return fmt::format("line {} of frame {}, at byte {}", line_in_frame_, reader_.unit().k,
                     reader_.unit().offset);
}

Result<bool> ContainerRecording::Next(Event& event) {
  while (!done_) {
    const auto read = NextLine();
    if (!read || !*read) {
      done_ = true;
      failed_ = !read;
      if (!read) return Fail(read.error().kind, "{}: {}", path_, read.error().message);
      break;
    }
    const auto parsed = lines_.Read(line_, event);
    if (!parsed) {
      done_ = failed_ = true;
      return Fail(ErrorKind::kFormat, "{}: {}: {}", path_, PlaceText(), parsed.error().message);
    }
    if (!*parsed) continue;
    event.t_us = last_us_ = std::max(last_us_, event.t_us);
    return true;
  }
  return false;
}

std::optional<Recording::Place> ContainerRecording::place() const {
  if (!rest_.empty() || tail_ != nullptr) return std::nullopt;
  return Place{.frame = reader_.mark(), .last_us = last_us_};
}

void ContainerRecording::GoTo(const Place& place) {
  reader_.GoTo(place.frame);
  tail_.reset();
  rest_ = {};
  last_us_ = place.last_us;
  ending_ = Ending::kCut;
  done_ = failed_ = false;
}

uint64_t ContainerRecording::size() const {
  uint64_t size = source_->main().Size().value_or(0);
  const Uuid& id = header_.session->id;
  for (auto k = source_->FirstTail(id, 0); k && k->has_value();
       k = source_->FirstTail(id, **k + 1)) {
    const auto tail = source_->OpenTail(id, **k);
    if (tail && *tail != nullptr) size += (*tail)->Size().value_or(0);
  }
  return size;
}

}  // namespace secure_exec
