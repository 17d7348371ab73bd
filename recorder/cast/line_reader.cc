#include "recorder/cast/line_reader.h"

#include <simdjson.h>

#include <cmath>
#include <cstring>
#include <string>

#include "base/ascii.h"
#include "base/byte_block.h"
#include "base/bytes.h"
#include "base/utf8.h"

namespace secure_exec {
namespace {

// 31 years: what is beyond is no time of a session, and sums of such times cannot overflow.
constexpr double kMaxSeconds = 1e9;
constexpr int64_t kMaxTime = 1'000'000'000'000'000;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

tl::unexpected<Error> FailLine(std::string_view why) {
  return Fail(ErrorKind::kFormat, "not an asciicast event: {}", why);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The value of `\uXXXX` at the front of `text`, or -1.
int UnicodeEscape(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return -1;
  int value = 0;
  for (size_t i = 2; i < 6; ++i) {
    const int digit = HexDigit(text[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

bool IsHighSurrogate(int value) { return value >= 0xD800 && value < 0xDC00; }
bool IsLowSurrogate(int value) { return value >= 0xDC00 && value < 0xE000; }

// Printable ASCII that stands for itself in a JSON string.
bool IsPlain(char c) { return IsPrintableAscii(c) && c != '"' && c != '\\'; }

constexpr size_t kStep = sizeof(ByteBlock);

// Copies the bytes at `from` that stand for themselves in a JSON string (no quote, no backslash, no
// control character), up to `end`, and returns how many. Up to kStep bytes behind them in `to` are
// written too. `seen` gathers the bits of what was looked at.
size_t CopyPlain(const char* from, const char* end, char* to, ByteBlock& seen) {
  const char* const begin = from;
  while (static_cast<size_t>(end - from) >= kStep) {
    const ByteBlock block = LoadBlock(from);
    StoreBlock(block, to);
    seen |= block;
    const size_t plain = FirstMarked((block == '"') | (block == '\\') | (block < 0x20));
    from += plain;
    if (plain < kStep) return static_cast<size_t>(from - begin);
    to += kStep;
  }
  for (; from < end && *from != '"' && *from != '\\' && static_cast<unsigned char>(*from) >= 0x20;
       ++from) {
    seen[0] |= static_cast<unsigned char>(*from);
    *to++ = *from;
  }
  return static_cast<size_t>(from - begin);
}

// Whether `text` begins with these six bytes.
bool BeginsWithSix(const char* text, const char (&six)[7]) {
  return std::memcmp(text, six, 4) == 0 && std::memcmp(text + 4, six + 4, 2) == 0;
}

// A character below U+10000 to `to`; returns what is behind it.
char* PutUtf8(int value, char* to) {
  if (value < 0x80) {
    *to++ = static_cast<char>(value);
  } else if (value < 0x800) {
    *to++ = static_cast<char>(0xC0 | value >> 6);
    *to++ = static_cast<char>(0x80 | (value & 0x3F));
  } else {
    *to++ = static_cast<char>(0xE0 | value >> 12);
    *to++ = static_cast<char>(0x80 | (value >> 6 & 0x3F));
    *to++ = static_cast<char>(0x80 | (value & 0x3F));
  }
  return to;
}

// Decodes a JSON string's inside into `out`. False on what the general path must look at:
// surrogates, bad escapes, control characters, a quote, bytes that are not UTF-8.
bool UnescapePlainly(std::string_view body, std::string& out) {
  out.resize(body.size() + kStep);  // no escape is shorter than what it stands for
  char* to = out.data();
  const char* from = body.data();
  const char* const end = from + body.size();
  ByteBlock seen{};
  while (true) {
    const size_t plain = CopyPlain(from, end, to, seen);
    from += plain;
    to += plain;
    if (from == end) break;
    // Of what terminals get, most are this one.
    if (end - from >= 6 && BeginsWithSix(from, "\\u001b")) {
      *to++ = '\x1B';
      from += 6;
      continue;
    }
    if (*from != '\\' || end - from < 2) return false;
    size_t used = 2;
    switch (from[1]) {
      case '"':
      case '\\':
      case '/':
        *to++ = from[1];
        break;
      case 'b':
        *to++ = '\b';
        break;
      case 'f':
        *to++ = '\f';
        break;
      case 'n':
        *to++ = '\n';
        break;
      case 'r':
        *to++ = '\r';
        break;
      case 't':
        *to++ = '\t';
        break;
      case 'u': {
        const int value = UnicodeEscape({from, static_cast<size_t>(end - from)});
        if (value < 0 || (value >= 0xD800 && value < 0xE000)) return false;
        to = PutUtf8(value, to);
        used = 6;
        break;
      }
      default:
        return false;
    }
    from += used;
  }
  out.resize(static_cast<size_t>(to - out.data()));
  const bool ascii = !AnyMarked(seen >= 0x80);
  return ascii || ValidUtf8Prefix(body) == body.size();
}

// A line exactly as our own writer writes it (docs/format.md section 2). False: not of that form,
// which says nothing about its being JSON.
bool ReadOurs(std::string_view line, Event& event) {
  size_t i = 1;
  int64_t seconds = 0;
  if (line.empty() || line[0] != '[') return false;
  for (; i < line.size() && i <= 9 && IsDigit(line[i]); ++i) seconds = seconds * 10 + line[i] - '0';
  // What is left: .dddddd, "c", " … "]
  constexpr size_t kShape = 16;
  if (i == 1 || line.size() < i + kShape + 2 || line[i] != '.' || (line[1] == '0' && i > 2)) {
    return false;
  }
  int64_t micros = 0;
  for (size_t digit = i + 1; digit <= i + 6; ++digit) {
    if (!IsDigit(line[digit])) return false;
    micros = micros * 10 + line[digit] - '0';
  }
  const char* const rest = line.data() + i + 7;
  const auto size = static_cast<size_t>(line.data() + line.size() - rest);
  const char code = rest[3];
  const bool letter = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
  if (size < 10 || !letter || std::memcmp(rest, ", \"", 3) != 0 ||
      std::memcmp(rest + 4, "\", \"", 4) != 0 || std::memcmp(rest + size - 2, "\"]", 2) != 0) {
    return false;
  }
  event.t_us = seconds * 1'000'000 + micros;
  event.code = code;
  const std::string_view body(rest + 8, size - 10);
  if (code == 'I' || code == 'O' || code == 'E') {
    event.data.clear();
    return Base64DecodeAppend(body, event.data);
  }
  // A key that was typed, or its echo.
  if (body.size() == 1 && IsPlain(body[0])) {
    event.data.resize(1);
    event.data[0] = body[0];
    return true;
  }
  return UnescapePlainly(body, event.data);
}

// The line with what JSON does not allow but foreign casts hold made U+FFFD: lone surrogates and
// bytes that are not UTF-8.
std::string Mended(std::string_view line) {
  std::string utf8;
  while (true) {
    const size_t good = ValidUtf8Prefix(line);
    utf8 += line.substr(0, good);
    line.remove_prefix(good);
    if (line.empty()) break;
    utf8 += kReplacement;
    line.remove_prefix(1);
  }
  std::string out;
  std::string_view rest = utf8;
  while (!rest.empty()) {
    const size_t plain = std::min(rest.find('\\'), rest.size());
    out += rest.substr(0, plain);
    rest.remove_prefix(plain);
    size_t used = std::min<size_t>(2, rest.size());
    const int value = UnicodeEscape(rest);
    if (IsHighSurrogate(value) && IsLowSurrogate(UnicodeEscape(rest.substr(6)))) {
      used = 12;
    } else if (IsHighSurrogate(value) || IsLowSurrogate(value)) {
      out += "\\ufffd";
      rest.remove_prefix(6);
      continue;
    }
    out += rest.substr(0, used);
    rest.remove_prefix(used);
  }
  return out;
}

}  // namespace

struct LineReader::Impl {
  int version;
  int64_t last_us = 0;  // v3: where the interval begins
  simdjson::dom::parser parser{kMaxForeignLine + 8192};

  Result<bool> ReadAnybodys(std::string_view line, Event& event);
};

Result<bool> LineReader::Impl::ReadAnybodys(std::string_view line, Event& event) {
  simdjson::dom::array fields;
  auto error = parser.parse(line.data(), line.size()).get(fields);
  if (error == simdjson::STRING_ERROR || error == simdjson::UTF8_ERROR) {
    const std::string mended = Mended(line);
    error = parser.parse(mended.data(), mended.size()).get(fields);
  }
  if (error != simdjson::SUCCESS) return FailLine(simdjson::error_message(error));

  double seconds = 0;
  if (fields.at(0).get_double().get(seconds) != simdjson::SUCCESS) return FailLine("no time");
  if (!(seconds <= kMaxSeconds)) return FailLine("its time is beyond 31 years");
  const auto interval = static_cast<int64_t>(std::llround(std::max(seconds, 0.0) * 1e6));
  // An interval counts even if the event it leads to is passed over.
  event.t_us = version >= 3 ? last_us + interval : interval;
  if (event.t_us > kMaxTime) return FailLine("its time is beyond 31 years");
  if (version >= 3) last_us = event.t_us;

  std::string_view code, data;
  if (fields.at(1).get_string().get(code) != simdjson::SUCCESS) return FailLine("no code");
  const auto third = fields.at(2);
  if (third.error() != simdjson::SUCCESS) return FailLine("no data");
  if (code.size() != 1 || third.get_string().get(data) != simdjson::SUCCESS) return false;
  event.code = code[0];
  event.data.clear();
  if (event.code == 'I' || event.code == 'O' || event.code == 'E') {
    if (!Base64DecodeAppend(data, event.data)) return FailLine("its data is not base64");
  } else {
    event.data += data;
  }
  return true;
}

LineReader::LineReader(int version, int64_t start_us) : impl_(std::make_unique<Impl>()) {
  impl_->version = version;
  impl_->last_us = start_us;
}
LineReader::~LineReader() = default;
LineReader::LineReader(LineReader&&) noexcept = default;

Result<bool> LineReader::Read(std::string_view line, Event& event) {
  if (line.size() > kMaxForeignLine) return FailLine("longer than 16 MiB");
  // A JSON parser makes an index of each line first: on short lines that is most of its time.
  if (impl_->version < 3 && ReadOurs(line, event)) return true;
  const size_t start = line.find_first_not_of(" \t\r");
  if (start == std::string_view::npos || line[start] == '#') return false;
  return impl_->ReadAnybodys(line, event);
}

}  // namespace secure_exec
