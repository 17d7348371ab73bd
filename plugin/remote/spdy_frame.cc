#include "plugin/remote/spdy_frame.h"

#include <algorithm>

namespace secure_exec {
namespace {

constexpr size_t kFrameHeaderBytes = 8;
constexpr uint16_t kControlVersion3 = 0x8003;
constexpr uint32_t kStreamMask = 0x7fffffff;

void AppendNumber(uint32_t number, int bytes, std::string& out) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(number >> shift);
  }
}

uint32_t Number(std::string_view bytes, size_t at, size_t size) {
  uint32_t number = 0;
  for (size_t i = at; i < at + size; ++i) number = number << 8 | static_cast<uint8_t>(bytes[i]);
  return number;
}

}  // namespace

void AppendSpdyControl(SpdyType type, uint8_t flags, std::string_view payload, std::string& out) {
  AppendNumber(kControlVersion3, 2, out);
  AppendNumber(static_cast<uint16_t>(type), 2, out);
  AppendNumber(flags, 1, out);
  AppendNumber(static_cast<uint32_t>(payload.size()), 3, out);
  out += payload;
}

void AppendSpdyData(uint32_t stream, uint8_t flags, std::string_view payload, std::string& out) {
  AppendNumber(stream & kStreamMask, 4, out);
  AppendNumber(flags, 1, out);
  AppendNumber(static_cast<uint32_t>(payload.size()), 3, out);
  out += payload;
}

void AppendSpdySynStream(uint32_t stream, std::string_view header_block, std::string& out) {
  std::string payload;
  AppendNumber(stream, 4, payload);
  AppendNumber(0, 4, payload);  // associated with no stream
  AppendNumber(0, 2, payload);  // priority and slot
  payload += header_block;
  AppendSpdyControl(SpdyType::kSynStream, 0, payload, out);
}

void AppendSpdyPing(uint32_t id, std::string& out) {
  std::string payload;
  AppendNumber(id, 4, payload);
  AppendSpdyControl(SpdyType::kPing, 0, payload, out);
}

Result<void> SpdyReader::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!in_payload_) {
      const size_t taken = std::min(bytes.size(), kFrameHeaderBytes - header_.size());
      header_.append(bytes.substr(0, taken));
      bytes.remove_prefix(taken);
      if (header_.size() < kFrameHeaderBytes) return {};
      if (auto result = OnFrameHeader(); !result) return result;
    } else {
      const std::string_view part = bytes.substr(0, remaining_);
      bytes.remove_prefix(part.size());
      remaining_ -= part.size();
      if (control_) {
        payload_.append(part);
      } else {
        handler_.OnData(stream_, part);
      }
    }
    if (remaining_ > 0) continue;
    in_payload_ = false;
    header_.clear();
    if (!control_) {
      if ((flags_ & kSpdyFin) != 0) handler_.OnFin(stream_);
    } else if (auto result = OnControl(); !result) {
      return result;
    }
  }
  return {};
}

Result<void> SpdyReader::OnFrameHeader() {
  in_payload_ = true;
  control_ = (static_cast<uint8_t>(header_[0]) & 0x80) != 0;
  flags_ = static_cast<uint8_t>(header_[4]);
  remaining_ = Number(header_, 5, 3);
  if (!control_) {
    stream_ = Number(header_, 0, 4);
    return {};
  }
  payload_.clear();
  type_ = static_cast<uint16_t>(Number(header_, 2, 2));
  if (Number(header_, 0, 2) != kControlVersion3) {
    return Fail(ErrorKind::kConnectionLost, "spdy: a control frame that is not of version 3");
  }
  if (remaining_ > kMaxControlBytes) {
    return Fail(ErrorKind::kConnectionLost, "spdy: a control frame of {} bytes", remaining_);
  }
  return {};
}

Result<void> SpdyReader::OnControl() {
  const auto cut = [] { return Fail(ErrorKind::kConnectionLost, "spdy: a control frame is cut"); };
  const std::string_view payload = payload_;
  switch (static_cast<SpdyType>(type_)) {
    case SpdyType::kSynStream:
      return Fail(ErrorKind::kConnectionLost, "spdy: the server opened a stream");
    case SpdyType::kSynReply:
    case SpdyType::kHeaders: {
      if (payload.size() < 4) return cut();
      const uint32_t stream = Number(payload, 0, 4) & kStreamMask;
      if (const auto headers = headers_.Read(payload.substr(4)); !headers) {
        return tl::unexpected(headers.error());
      }
      if (static_cast<SpdyType>(type_) == SpdyType::kSynReply) handler_.OnReply(stream);
      if ((flags_ & kSpdyFin) != 0) handler_.OnFin(stream);
      return {};
    }
    case SpdyType::kRstStream:
      if (payload.size() != 8) return cut();
      handler_.OnReset(Number(payload, 0, 4) & kStreamMask, Number(payload, 4, 4));
      return {};
    case SpdyType::kPing:
      if (payload.size() != 4) return cut();
      handler_.OnPing(Number(payload, 0, 4));
      return {};
    case SpdyType::kGoAway:
      if (payload.size() != 8) return cut();
      handler_.OnGoAway(Number(payload, 4, 4));
      return {};
    default:
      return {};
  }
}

}  // namespace secure_exec
