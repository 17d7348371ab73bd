#include "recorder/writer.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "recorder/outer_seal.h"

namespace secure_exec {
namespace {

constexpr int64_t kInterimInterval = 5 * kSecond;
constexpr int64_t kSyncInterval = 5 * kSecond;
constexpr uint64_t kMaxRetiredBytes = 64 << 20;
// Bulk: a frame was filled straight away this recently. Then lines wait this long for the rest of
// their frame before they go to a tail segment.
constexpr int64_t kBulkWindow = 10 * kMillisecond;
constexpr int64_t kBulkWait = 3 * kMillisecond;
// A frame that took less than this filled at more than about 20 MB/s.
constexpr int64_t kFastFrame = 25 * kMillisecond;
// Batches smaller than this are put together in the queue.
constexpr size_t kMergeBytes = 64 * 1024;
constexpr size_t kSpares = 2;
constexpr int kLevel = 3;
constexpr int kFastLevel = 1;
// A thread that is told to stop counts as stuck after so long in one system call.
constexpr int64_t kStuck = 2 * kSecond;

std::chrono::nanoseconds Nanoseconds(int64_t ns) { return std::chrono::nanoseconds(ns); }

}  // namespace

Writer::Writer(std::unique_ptr<RecordingFiles> files, std::unique_ptr<FrameWriter> frames,
               const Clock& clock, int64_t start_boot_ns, UniqueFd event_fd,
               const WriterLimits& limits)
    : files_(std::move(files)),
      frames_(std::move(frames)),
      clock_(clock),
      start_boot_ns_(start_boot_ns),
      limits_(limits),
      event_fd_(std::move(event_fd)),
      whole_{0, frames_->link()} {}

void Writer::Hand(LineBatch& batch) {
  if (batch.empty() && (next_timer_ == INT64_MAX || clock_.BootNs() < next_timer_)) return;
  {
    const std::lock_guard lock(mutex_);
    Enqueue(batch);
  }
  wake_.notify_one();
}

void Writer::Enqueue(LineBatch& batch) {
  if (!queue_.empty() && queue_.back().lines.size() < kMergeBytes) {
    queue_.back().lines += batch.lines;
    queue_.back().infos.insert(queue_.back().infos.end(), batch.infos.begin(), batch.infos.end());
  } else if (!batch.empty()) {
    queue_.push_back(std::move(batch));
    batch = {};
    if (!spare_.empty()) {
      std::swap(batch, spare_.back());
      spare_.pop_back();
    }
  }
  batch.Clear();
}

Result<Writer::Sealed> Writer::Seal(LineBatch& last, int64_t deadline_ns) {
  std::unique_lock lock(mutex_);
  Enqueue(last);
  seal_ = true;
  wake_.notify_one();
  while (!done_flag_) {
    const int64_t left = deadline_ns - clock_.BootNs();
    if (left <= 0) break;
    // In steps, because the clock that counts is not the one that this waits by.
    done_.wait_for(lock, Nanoseconds(std::min(left, 20 * kMillisecond)));
  }
  if (error_) return tl::unexpected(*error_);
  if (sealed_) return *sealed_;
  return Fail(ErrorKind::kRecording,
              "recording: {}: the disk did not answer in time, so the recording may have no seal; "
              "what was shown until then is in it",
              path());
}

void Writer::CloseFrameSoon() {
  {
    const std::lock_guard lock(mutex_);
    close_ = true;
  }
  wake_.notify_one();
}

Writer::Whole Writer::whole() const {
  const std::lock_guard lock(mutex_);
  return whole_;
}

bool Writer::Stop() {
  const auto stalled = stalled_since();
  const bool stuck = stalled && clock_.BootNs() - *stalled > kStuck;
  std::unique_lock lock(mutex_);
  stop_ = true;
  wake_.notify_one();
  const auto wait = Nanoseconds(stuck ? 0 : kStuck);
  if (done_.wait_for(lock, wait, [this] { return done_flag_; })) return true;
  files_->Abandon();
  return false;
}

std::optional<Error> Writer::failed() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

std::optional<int64_t> Writer::stalled_since() const {
  const int64_t since = files_->busy_since();
  return since == 0 ? std::nullopt : std::optional(since);
}

void Writer::Run() {
  std::vector<LineBatch> batches;
  Result<void> ok = files_->SyncCreated();
  if (ok) last_sync_ = clock_.BootNs();
  while (ok) {
    const Orders orders = Await(batches);
    if (orders.stop) break;
    for (size_t i = 0; ok && i < batches.size(); ++i) ok = Record(batches[i]);
    if (ok && orders.seal) {
      ok = SealFile();
      if (ok) break;
    } else if (ok && orders.close && frames_->line_count() > 0) {
      ok = CloseFrame();
    } else if (ok && (orders.waited || !HoldsBack())) {
      ok = WriteTail();
    }
    if (ok) ok = RunTimers();
  }
  if (!ok && !files_->abandoned()) EndAfterFailure(ok.error());
  {
    const std::lock_guard lock(mutex_);
    done_flag_ = true;
  }
  done_.notify_all();
  Notify();
}

Writer::Orders Writer::Await(std::vector<LineBatch>& batches) {
  const bool holds_back = !OpenLinesNotInTail().empty();
  const int64_t timer = NextTimer();
  next_timer_ = timer;
  std::unique_lock lock(mutex_);
  while (!batches.empty() && spare_.size() < kSpares) {
    batches.back().Clear();
    spare_.push_back(std::move(batches.back()));
    batches.pop_back();
  }
  batches.clear();
  const auto has_work = [this] { return !queue_.empty() || seal_ || stop_ || close_; };
  Orders orders;
  if (holds_back) {
    orders.waited = !wake_.wait_for(lock, Nanoseconds(kBulkWait), has_work);
  } else if (timer == INT64_MAX) {
    wake_.wait(lock, has_work);
  } else if (!has_work()) {
    // Wakes without work when the timer is due by either clock.
    const int64_t left = timer - clock_.BootNs();
    if (left > 0) wake_.wait_for(lock, Nanoseconds(left));
  }
  std::swap(batches, queue_);
  orders.seal = seal_;
  orders.close = std::exchange(close_, false);
  orders.stop = stop_;
  return orders;
}

std::string_view Writer::OpenLinesNotInTail() const { return frames_->lines().substr(tail_bytes_); }

// Whether lines stay out of the tail because the rest of their frame is likely to follow at once.
bool Writer::HoldsBack() const {
  if (OpenLinesNotInTail().empty()) return false;
  const int64_t now = clock_.BootNs();
  return now - closed_straight_ < kBulkWindow && now - held_since_ < kBulkWait;
}

int64_t Writer::NextTimer() const { return std::min(interim_due_, sync_due_); }

void Writer::Notify() {
  // Fails only when the counter is full, and then it is readable anyway.
  (void)::eventfd_write(event_fd_.get(), 1);
}

void Writer::Publish() {
  next_timer_ = NextTimer();
  const uint64_t recorded = closed_bytes_ + tail_bytes_;
  if (has_failed_ || recorded == recorded_.load(std::memory_order_relaxed)) return;
  recorded_.store(recorded, std::memory_order_release);
  Notify();
}

Result<void> Writer::Record(const LineBatch& batch) {
  std::string_view lines = batch.lines;
  for (const LineInfo& info : batch.infos) {
    if (frames_->lines().size() + info.size > limits_.frame_bytes) {
      if (auto ok = CloseFrame(); !ok) return ok;
    }
    if (frames_->line_count() == 0) frame_began_ = clock_.BootNs();
    if (frames_->line_count() == tail_lines_) held_since_ = clock_.BootNs();
    frames_->Add(lines.substr(0, info.size), info);
    lines.remove_prefix(info.size);
    last_t_us_ = info.t_us;
  }
  return {};
}

Result<void> Writer::CloseFrame() {
  // The last two are for the ending.
  if (frames_->k() + 2 >= limits_.frames && !has_failed_) {
    return Fail(
        ErrorKind::kRecording,
        "recording: {}: it is as long as a recording can be, {} frames; start a new session",
        path(), limits_.frames);
  }
  const int64_t now = clock_.BootNs();
  const int by_speed = now - frame_began_ < kFastFrame ? kFastLevel : kLevel;
  const int level = limits_.level != 0 ? limits_.level : by_speed;
  const auto bytes = frames_->Close(CheckpointKind::kFrame, level, clock_.WallNs());
  if (!bytes) return tl::unexpected(bytes.error());
  if (auto ok = files_->AppendMain(*bytes); !ok) {
    if (files_->keeps_failed_bytes()) {
      // The frame stands in the file once that can be written; the ending comes behind it. Its tail
      // segment stays until then.
      frames_->Commit();
      tail_bytes_ = 0;
      tail_lines_ = 0;
    }
    return ok;
  }
  if (!OpenLinesNotInTail().empty()) closed_straight_ = now;
  closed_bytes_ += frames_->lines().size();
  tail_bytes_ = 0;
  tail_lines_ = 0;
  interim_due_ = INT64_MAX;
  frames_->Commit();
  {
    const std::lock_guard lock(mutex_);
    whole_ = {frames_->k() - 1, frames_->link()};
  }
  if (sync_due_ == INT64_MAX) sync_due_ = last_sync_ + kSyncInterval;
  Publish();
  files_->RetireTail();
  if (files_->retired_bytes() > kMaxRetiredBytes) sync_due_ = now;
  if (has_failed_) return {};  // this is the ending that the reserve was for
  if (auto ok = files_->KeepReserve(); !ok) return ok;
  return sync_due_ <= now ? RunTimers() : Result<void>();
}

Result<void> Writer::WriteTail() {
  const std::string_view lines = OpenLinesNotInTail();
  if (lines.empty()) return {};
  std::string header;
  if (!files_->tail_is_open()) {
    header = fmt::format("# sxt1 {} {} {} {}\n", FormatUuid(frames_->id()), frames_->k(),
                         frames_->first_line(), HexEncode(AsView(frames_->seed())));
  }
  if (auto ok = files_->AppendTail(frames_->k(), header, lines); !ok) return ok;
  tail_bytes_ += lines.size();
  tail_lines_ = frames_->line_count();
  if (interim_due_ == INT64_MAX) interim_due_ = clock_.BootNs() + kInterimInterval;
  Publish();
  return {};
}

Result<void> Writer::RunTimers() {
  const int64_t now = clock_.BootNs();
  // An interim signature covers lines in the tail only: none may be held back.
  if (interim_due_ <= now && OpenLinesNotInTail().empty()) {
    const std::string line = "# sig " + Base64Encode(frames_->SignInterim(clock_.WallNs())) + "\n";
    if (auto ok = files_->AppendTail(frames_->k(), "", line); !ok) return ok;
    if (auto ok = files_->SyncTail(); !ok) return ok;
    interim_due_ = INT64_MAX;
  }
  if (sync_due_ <= now) {
    if (auto ok = files_->Sync(); !ok) return ok;
    last_sync_ = clock_.BootNs();
    sync_due_ = INT64_MAX;
  }
  return {};
}

Result<void> Writer::SealFile() {
  if (auto ok = files_->SyncBeforeSeal(); !ok) return ok;
  const uint64_t wall_ns = static_cast<uint64_t>(clock_.WallNs());
  const auto bytes = frames_->Close(CheckpointKind::kSeal, kLevel, static_cast<int64_t>(wall_ns));
  if (!bytes) return tl::unexpected(bytes.error());
  if (auto ok = files_->AppendMain(*bytes, /*last=*/true); !ok) return ok;
  ended_ = true;
  const std::string outer_seal = files_->keeps_failed_bytes() ? MakeOuterSeal(wall_ns) : "";
  closed_bytes_ += frames_->lines().size();
  tail_bytes_ = 0;
  frames_->Commit();
  Publish();
  files_->RetireTail();
  if (auto ok = files_->Finish(); !ok) return ok;
  if (!outer_seal.empty()) {
    if (auto ok = files_->WriteBeside(".seal", outer_seal); !ok) return ok;
  }
  const std::lock_guard lock(mutex_);
  if (!error_) sealed_ = Sealed{files_->main_size(), frames_->link()};
  return {};
}

std::string Writer::MakeOuterSeal(uint64_t wall_ns) const {
  OuterSeal seal;
  seal.id = frames_->id();
  seal.size = files_->main_size();
  seal.sha256 = files_->MainHash();
  seal.frames = frames_->k() + 1;
  seal.lines = frames_->first_line() + frames_->line_count();
  for (int i = 0; i < kChannels; ++i) seal.bytes[i] = frames_->total_payload(i);
  seal.duration_us = static_cast<uint64_t>(last_t_us_);
  seal.wall_ns = wall_ns;
  seal.genesis_link = frames_->genesis_link();
  seal.seal_link = frames_->closed_link();
  seal.keys = frames_->keys();
  seal.signature = frames_->Sign(seal.SignedText());
  return seal.Encode();
}

void Writer::EndAfterFailure(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    error_ = error;
  }
  has_failed_.store(true, std::memory_order_release);
  Notify();
  // An encrypted file has one ending: if that was not written, there is none.
  if (ended_ || files_->has_ended()) return;
  // What the disk took may be gone after a sync that failed, and a seal would vouch for it.
  if (files_->sync_failed()) return;
  // What is in no tail segment was never recorded, and so was never shown.
  frames_->KeepFirst(tail_lines_);
  const std::string& reason = files_->failure().empty() ? error.message : files_->failure();
  const std::string text = "secure-exec: recording failed: " + reason;
  LineBatch batch;
  const int64_t t_us = std::max((clock_.BootNs() - start_boot_ns_) / kMicrosecond, last_t_us_);
  batch.infos.push_back(AppendTextLine(t_us, 'm', text, batch.lines));
  batch.infos.push_back(
      AppendTextLine(t_us, 'x', FormatExit({120, false, "recording-failed"}), batch.lines));
  // Nobody is told of another failure: the first one is the reason.
  if (Record(batch)) (void)SealFile();
}

}  // namespace secure_exec
