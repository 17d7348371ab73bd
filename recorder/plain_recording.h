// A plain cast by anybody, v2 or v3: lines without any guarantees.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "recorder/cast/line_reader.h"
#include "recorder/recording.h"
#include "recorder/recording_source.h"

namespace secure_exec {

class PlainRecording final : public Recording {
 public:
  static Result<std::unique_ptr<Recording>> Open(std::unique_ptr<RecordingSource> source,
                                                 const std::string& path);
  Result<bool> Next(Event& event) override;
  std::optional<Place> place() const override;
  void GoTo(const Place& place) override;
  void Retry() override;
  Ending ending() const override { return Ending::kPlain; }
  uint64_t size() const override;

 private:
  explicit PlainRecording(std::unique_ptr<RecordingSource> source) : source_(std::move(source)) {}
  // The next line without its LF into line_; false at the end.
  Result<bool> ReadLine();

  std::unique_ptr<RecordingSource> source_;
  std::unique_ptr<LineReader> reader_;
  std::string buffer_;  // the file's bytes up to offset_
  size_t at_ = 0;       // in buffer_: where the next line begins
  uint64_t offset_ = 0;
  std::string_view line_;
  bool whole_line_ = false;   // it had an LF
  uint64_t line_number_ = 0;  // of line_, from 1
  int64_t last_us_ = 0;
  bool done_ = false;
  bool failed_ = false;
};

}  // namespace secure_exec
