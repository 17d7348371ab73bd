// An asciicast event as the recording has it. docs/format.md section 2 is the source of the codes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace secure_exec {

enum class Channel : uint8_t { kStdin = 0, kStdout = 1, kStderr = 2 };
inline constexpr int kChannels = 3;
constexpr std::string_view ChannelName(Channel channel) {
  constexpr std::string_view kNames[] = {"stdin", "stdout", "stderr"};
  return kNames[static_cast<int>(channel)];
}

// What is kept of a channel: its bytes, digests of them, or nothing. `echoed` is for the stdin of a
// terminal: what was echoed is kept, the rest is masked.
enum class RecordMode : uint8_t { kAll, kDigest, kOff, kEchoed };
constexpr std::string_view RecordModeName(RecordMode mode) {
  constexpr std::string_view kNames[] = {"all", "digest", "off", "echoed"};
  return kNames[static_cast<int>(mode)];
}

// Whether a channel's bytes can stand in the recording as they were.
constexpr bool RecordsText(RecordMode mode) {
  return mode == RecordMode::kAll || mode == RecordMode::kEchoed;
}

inline constexpr size_t kMaxLinePayload = 4096;        // decoded bytes in one i, o, e line
inline constexpr size_t kFrameLineBytes = 512 * 1024;  // lines in one frame
// In a recording, genesis and seal included: a bound for the seek table, which readers rebuild in
// memory. 256 GiB of lines.
inline constexpr uint64_t kMaxFrames = 1 << 19;
inline constexpr size_t kMaxFrameContent = 1 << 20;  // what a reader accepts

struct Event {
  int64_t t_us = 0;
  char code = 0;
  // Decoded: for i, o, e and I, O, E the channel's bytes; for other codes the JSON string's text.
  std::string data;

  // True for i, o, e and I, O, E; then `channel()` says which.
  bool is_bytes() const {
    const char lower = static_cast<char>(code | 0x20);
    return lower == 'i' || lower == 'o' || lower == 'e';
  }
  Channel channel() const {
    return code == 'i' || code == 'I'   ? Channel::kStdin
           : code == 'o' || code == 'O' ? Channel::kStdout
                                        : Channel::kStderr;
  }
};

// How a session ended: the data of its `x` event ("CODE ORIGIN KIND") and of --status-file.
struct Exit {
  int code = 0;
  bool remote = false;  // whose code it is
  std::string kind;     // one word: exit, error, connection-lost, no-status, recording-failed, …
};
std::string FormatExit(const Exit& exit);

}  // namespace secure_exec
