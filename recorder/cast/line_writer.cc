#include "recorder/cast/line_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/byte_block.h"
#include "base/bytes.h"
#include "base/utf8.h"

namespace secure_exec {
namespace {

// A stretch of text at least this long gets a line of its own between binary bytes. Shorter ones
// stay in the base64, so that random bytes (where every other one is valid) do not become a line
// each.
constexpr size_t kMinTextRun = 64;

constexpr size_t kBlock = sizeof(ByteBlock);

// JSON needs the first three escaped. DEL and the C1 controls (C2 80 to C2 9F) are escaped too, so
// that a recording printed by stock tools never sends its viewer's terminal a control character.
constexpr bool MayNeedEscape(uint8_t c) {
  return c < 0x20 || c == '"' || c == '\\' || c == 0x7F || c == 0xC2;
}

// Index of the first byte of the block that may need an escape; kBlock if none does.
size_t FirstEscape(const uint8_t* at) {
  const ByteBlock v = LoadBlock(reinterpret_cast<const char*>(at));
  return FirstMarked((v < 0x20) | (v == '"') | (v == '\\') | (v == 0x7F) | (v == 0xC2));
}

// What stands for a byte that needs an escape: `\n` or `\u001b`.
struct Escape {
  char text[7];
  uint8_t size;
};

constexpr auto kEscapes = [] {
  constexpr char kDigits[] = "0123456789abcdef";
  std::array<Escape, 256> escapes{};
  for (size_t c = 0; c < 256; ++c) {
    escapes[c] = {{'\\', 'u', '0', '0', kDigits[c >> 4], kDigits[c & 15]}, 6};
  }
  for (const std::string_view pair : {"\"\"", "\\\\", "\nn", "\rr", "\tt", "\bb", "\ff"}) {
    escapes[static_cast<uint8_t>(pair[0])] = {{'\\', pair[1]}, 2};
  }
  return escapes;
}();

char* PutEscape(uint8_t c, char* to) {
  std::memcpy(to, kEscapes[c].text, sizeof kEscapes[c].text);
  return to + kEscapes[c].size;
}

// Encodes from `from` at least up to `chunk_end` (a character more where it would be cut there).
char* EncodeChunk(const uint8_t*& from, const uint8_t* chunk_end, const uint8_t* end, char* to) {
  while (from < chunk_end) {
    if (static_cast<size_t>(end - from) >= kBlock) {
      const size_t plain = FirstEscape(from);
      std::memcpy(to, from, kBlock);  // the bytes beyond `plain` are written over
      to += plain;
      from += plain;
      if (plain == kBlock) continue;
    }
    const uint8_t c = *from++;
    if (c == 0xC2 && from < end && *from < 0xA0) {
      to = PutEscape(*from++, to);
    } else if (c == 0xC2 || !MayNeedEscape(c)) {
      *to++ = static_cast<char>(c);
    } else {
      to = PutEscape(c, to);
      // They come in crowds: line ends, escape sequences, zeros.
      while (from < chunk_end && MayNeedEscape(*from) && *from != 0xC2) to = PutEscape(*from++, to);
    }
  }
  return to;
}

// `[12.000345, "o", ` without the space; at most 40 bytes.
class Prefix {
 public:
  Prefix(int64_t t_us, char code) {
    const auto t = static_cast<uint64_t>(std::max<int64_t>(t_us, 0));
    char* to = bytes_;
    *to++ = '[';
    to = std::to_chars(to, std::end(bytes_), t / 1'000'000).ptr;
    *to++ = '.';
    uint64_t fraction = t % 1'000'000;
    for (int i = 5; i >= 0; --i, fraction /= 10) to[i] = static_cast<char>('0' + fraction % 10);
    to += 6;
    for (const char c : {',', ' ', '"', code, '"', ','}) *to++ = c;
    size_ = static_cast<size_t>(to - bytes_);
  }
  std::string_view view() const { return {bytes_, size_}; }

 private:
  char bytes_[48];
  size_t size_;
};

// The first `limit` bytes without the part of a character that the limit would cut.
size_t CutAtCharacter(std::string_view bytes, size_t limit) {
  if (bytes.size() <= limit) return bytes.size();
  const size_t tail = IncompleteUtf8Tail(bytes.substr(0, limit));
  return tail > 0 && ValidUtf8Prefix(bytes.substr(limit - tail, 4)) > 0 ? limit - tail : limit;
}

// Where the first long stretch of text at or after `from` begins; `limit` if none does before it.
size_t FindText(std::string_view bytes, size_t from, size_t limit) {
  // A long stretch covers one of these steps whole, and a look at its first bytes rules out most.
  constexpr size_t kStep = kMinTextRun / 2;
  for (size_t step = from; step < limit; step += kStep) {
    std::string_view covered = bytes.substr(step, kStep);
    for (int i = 0; i < 3 && !covered.empty() && (covered[0] & 0xC0) == 0x80; ++i) {
      covered.remove_prefix(1);
    }
    if (ValidUtf8Prefix(covered) + 3 < covered.size()) continue;
    for (size_t i = std::max(from, step - std::min(step, kStep)); i < limit && i < step + 4; ++i) {
      if (ValidUtf8Prefix(bytes.substr(i, kMinTextRun + 3)) >= kMinTextRun) return i;
    }
  }
  return limit;
}

// The run at the front of `bytes`: its size, and whether it is text.
struct Run {
  size_t size;
  bool text;
};

Run FirstRun(std::string_view bytes) {
  const size_t limit = CutAtCharacter(bytes, kMaxLinePayload);
  const size_t text = ValidUtf8Prefix(bytes.substr(0, limit));
  if (text == limit || text >= kMinTextRun) return {text, true};
  return {FindText(bytes, text + 1, limit), false};
}

}  // namespace

void AppendJsonString(std::string_view text, std::string& out) {
  constexpr size_t kChunk = 1024;
  char buffer[6 * (kChunk + kBlock)];
  const auto* from = reinterpret_cast<const uint8_t*>(text.data());
  const uint8_t* end = from + text.size();
  out += '"';
  while (from < end) {
    const uint8_t* chunk_end = from + std::min<size_t>(kChunk, static_cast<size_t>(end - from));
    char* to = EncodeChunk(from, chunk_end, end, buffer);
    out.append(buffer, static_cast<size_t>(to - buffer));
  }
  out += '"';
}

void AppendBytesLines(int64_t t_us, Channel channel, std::string_view bytes, std::string& out,
                      const std::function<void(const LineInfo&)>& on_line) {
  const auto index = static_cast<size_t>(channel);
  const Prefix text(t_us, "ioe"[index]);
  const Prefix binary(t_us, "IOE"[index]);
  while (!bytes.empty()) {
    const Run run = FirstRun(bytes);
    const size_t start = out.size();
    const Prefix& prefix = run.text ? text : binary;
    out += prefix.view();
    out += ' ';
    if (run.text) {
      AppendJsonString(bytes.substr(0, run.size), out);
    } else {
      out += '"';
      Base64Append(bytes.substr(0, run.size), out);
      out += '"';
    }
    out += "]\n";
    LineInfo info;
    info.size = static_cast<uint32_t>(out.size() - start);
    info.prefix_size = static_cast<uint32_t>(prefix.view().size());
    info.payload_bytes[index] = static_cast<uint32_t>(run.size);
    info.t_us = t_us;
    on_line(info);
    bytes.remove_prefix(run.size);
  }
}

LineInfo AppendTextLine(int64_t t_us, char code, std::string_view text, std::string& out) {
  std::string valid;
  while (!text.empty() && valid.size() < kMaxLinePayload) {
    const size_t good = ValidUtf8Prefix(text.substr(0, kMaxLinePayload + 4));
    valid += text.substr(0, good);
    text.remove_prefix(good);
    if (text.empty()) break;
    valid += "\uFFFD";
    text.remove_prefix(1);
  }
  if (valid.size() > kMaxLinePayload) {
    size_t size = kMaxLinePayload;
    while ((static_cast<uint8_t>(valid[size]) & 0xC0) == 0x80) --size;
    valid.resize(size);
  }
  const size_t start = out.size();
  const Prefix prefix(t_us, code);
  out += prefix.view();
  out += ' ';
  AppendJsonString(valid, out);
  out += "]\n";
  LineInfo info;
  info.size = static_cast<uint32_t>(out.size() - start);
  info.prefix_size = static_cast<uint32_t>(prefix.view().size());
  info.t_us = t_us;
  return info;
}

}  // namespace secure_exec
