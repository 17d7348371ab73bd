// Builds recordings byte by byte from docs/format.md, on OpenSSL and zstd alone: nothing of the
// code that writes or reads recordings is used, so that the two can be held against it.
// Deterministic. Test-only.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/recording_source.h"

namespace secure_exec {

using Bytes32 = std::array<uint8_t, 32>;

// An event line with its LF; `json` is the JSON string's inside.
std::string EventLine(int64_t t_us, char code, std::string_view json);

class RecordingBuilder {
 public:
  static constexpr uint64_t kStartNs = 1'763'906'580'000'000'000;  // 2025-11-23 14:03:00Z

  // Recordings of other numbers have other ids and session keys; the user key is the same unless
  // `user` is set.
  explicit RecordingBuilder(uint8_t number = 1);

  // Z0 K0. Called first, once.
  RecordingBuilder& Header();
  // Zk Kk of these lines (with LF); `kind` as in section 4.
  RecordingBuilder& Frame(const std::vector<std::string>& lines, uint8_t kind = 1);
  // ZN KN, ending with an exit event at `t_us`, and SEEK.
  RecordingBuilder& Seal(int64_t t_us);
  // The tail segment of the next frame: an interim signature after `signed_lines` of the lines.
  std::string Tail(const std::vector<std::string>& lines, size_t signed_lines);

  std::string Bytes() const;                 // the whole file so far
  std::vector<std::string> units;            // Z0 K0, Z1 K1, …, SEEK
  std::string id() const;                    // text
  uint64_t k() const { return k_; }          // of the next frame
  std::array<uint8_t, 44> user_key() const;  // SPKI
  std::string header_line() const;           // with LF

  // What the next checkpoint's wall clock is ahead of the session's clock.
  int64_t wall_step_ns = 0;
  // Changes the next checkpoint's fields before it is signed, by their offset in the body.
  std::map<size_t, char> patch_body;
  // The header's session.format and session.id.
  std::string format = "1.0";
  uint8_t user = 200;  // whose key certifies; set before Header()
  std::optional<std::string> header_id;
  std::string session_keys;  // more of the header's session: R"(,"namespace":"shop")"

 private:
  std::string Body(const std::vector<std::string>& lines, uint8_t kind, const Bytes32& seed,
                   const std::string& facts_commit);
  std::string Sign(std::string_view message, bool by_user) const;
  std::string Spki(bool of_user) const;
  Bytes32 Random();  // the next of a fixed sequence

  uint8_t number_;
  uint64_t drawn_ = 0;
  uint64_t k_ = 0, line_ = 0;
  std::string prev_;
  std::vector<std::pair<size_t, size_t>> entries_;
};

// A recording in memory. Hooks let a test play the writer between two looks of the reader.
class MemoryRecording : public RecordingSource {
 public:
  explicit MemoryRecording(std::string main) : main_(std::move(main)), source_(*this) {}

  const ByteSource& main() const override { return source_; }
  Result<std::optional<uint64_t>> FirstTail(const Uuid& id, uint64_t from) const override;
  Result<std::unique_ptr<ByteSource>> OpenTail(const Uuid& id, uint64_t k) const override;

  void SetMain(std::string main) { main_ = std::move(main); }
  std::map<uint64_t, std::string> tails;
  std::function<void()> after_listing = [] {};
  std::function<void()> after_opening = [] {};

 private:
  struct Main final : ByteSource {
    explicit Main(const MemoryRecording& of) : recording(of) {}
    Result<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override {
      return MemorySource(recording.main_).ReadAt(offset, out, size);
    }
    Result<uint64_t> Size() const override { return recording.main_.size(); }
    const MemoryRecording& recording;
  };
  std::string main_;
  Main source_;
};

}  // namespace secure_exec
