// Bytes and events to lines of the cast, exactly as docs/format.md section 2 writes them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "recorder/cast/event.h"

namespace secure_exec {

// What the container needs to know of a line that was appended.
struct LineInfo {
  uint32_t size = 0;         // with the LF
  uint32_t prefix_size = 0;  // up to and with the second comma
  uint32_t payload_bytes[kChannels] = {0, 0, 0};  // decoded bytes, for the frame's facts
  int64_t t_us = 0;
};

// Appends `bytes` of `channel` to `out` as one line for each run of at most kMaxLinePayload bytes,
// text where it is UTF-8, base64 elsewhere, and one LineInfo a line to `infos` (a std::vector-like).
void AppendBytesLines(int64_t t_us, Channel channel, std::string_view bytes, std::string& out,
                      const std::function<void(const LineInfo&)>& on_line);
// Appends an event whose data is text (r, m, x, d). Bad UTF-8 becomes U+FFFD.
LineInfo AppendTextLine(int64_t t_us, char code, std::string_view text, std::string& out);
// Appends `text` as a JSON string with its quotes. `text` must be UTF-8.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace secure_exec
