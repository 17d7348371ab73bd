// What encrypts a recording while it is written: an age v1 file for the recipients (their public
// keys are all that is known of them) and the segments beside it. Bytes in, bytes out;
// RecordingFiles writes them.
//
// It holds the file key until the recording ends, and then nothing: who wrote a recording cannot
// read it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "recorder/age/payload_writer.h"
#include "recorder/segment_cipher.h"

namespace secure_exec {

class RecordingCipher {
 public:
  // kRecording, as EncodeAgeHeader.
  static Result<std::unique_ptr<RecordingCipher>> Create(const Uuid& id,
                                                         std::span<const AgeRecipient> recipients,
                                                         const RandomSource& random);

  // The first bytes of the main file: age's header and the payload's nonce.
  const std::string& start() const { return start_; }

  // The main file's plain text goes in, and its chunks come out at the end of `out`, each once:
  // what is in there must be written as it is, or nothing more.
  void Append(std::string_view plain, std::string& out) { payload_->Append(plain, out); }
  void Finish(std::string& out);
  bool finished() const { return payload_->finished(); }
  // The plain text that is in no chunk yet, and where in the main file's it begins.
  std::string_view pending() const { return payload_->pending(); }
  uint64_t pending_start() const { return payload_->plain_size() - payload_->pending().size(); }

  // Begins a segment; its header is the first of its bytes. Not after Finish().
  std::string BeginSegment(SegmentKind kind, uint64_t number);
  // A record of the tail segment that was begun last.
  std::string SealTail(std::string_view text);
  // A record of the rest segment: where in the main file's plain text `from` is, then what is
  // pending from there on.
  std::string SealRest(uint64_t from);

 private:
  RecordingCipher(const Uuid& id, const RandomSource& random) : id_(id), random_(random) {}

  std::string SealRecord(SegmentKind kind, std::string_view plain);

  const Uuid id_;
  const RandomSource random_;
  std::optional<AgeFileKey> file_key_;
  Hash age_mac_{};
  std::string start_;
  std::optional<AgePayloadWriter> payload_;
  std::unique_ptr<SegmentCipher> segments_[2];
  uint64_t attempts_ = 0;
};

}  // namespace secure_exec
