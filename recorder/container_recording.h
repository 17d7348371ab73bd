// A recording of ours: frames of the main file, then the tail segments of frames that are not whole
// there. While it is read the writer may close a frame, remove its segment and begin another.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "recorder/cast/line_reader.h"
#include "recorder/container/frame_reader.h"
#include "recorder/recording.h"
#include "recorder/recording_source.h"
#include "recorder/tail_reader.h"

namespace secure_exec {

class ContainerRecording final : public Recording {
 public:
  static Result<std::unique_ptr<Recording>> Open(std::unique_ptr<RecordingSource> source,
                                                 const std::string& path);
  Result<bool> Next(Event& event) override;
  std::optional<Place> place() const override;
  void GoTo(const Place& place) override;
  void Retry() override { done_ = failed_; }
  Ending ending() const override { return ending_; }
  uint64_t size() const override;

 private:
  explicit ContainerRecording(std::unique_ptr<RecordingSource> source)
      : source_(std::move(source)), reader_(source_->main()) {}
  // The next line into line_ (without LF); false at the end.
  Result<bool> NextLine();
  // The segment's next line into line_; false where it ends for now.
  Result<bool> TailLine();
  enum class Found { kEnd, kSource, kLine };
  // What comes after the lines at hand: another source of them (a frame, a segment), or a late line
  // of the segment at hand.
  Result<Found> Advance();
  // The segment to go on with where the main file ends; nullptr: none, or (listed) gone again.
  Result<std::unique_ptr<TailReader>> NextTail(bool& listed);
  void UseFrame();
  std::string PlaceText() const;  // of line_, for messages

  std::unique_ptr<RecordingSource> source_;
  FrameReader reader_;
  LineReader lines_{2};
  std::string_view rest_;  // of the frame at hand
  uint64_t line_in_frame_ = 0;
  std::unique_ptr<TailReader> tail_;
  std::string_view line_;
  int64_t last_us_ = 0;
  Ending ending_ = Ending::kCut;
  bool done_ = false;
  bool failed_ = false;
};

}  // namespace secure_exec
