#include "base/vt/parser.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/ascii.h"
#include "base/byte_block.h"
#include "base/vt/utf8_char.h"

namespace secure_exec {
namespace {

constexpr uint8_t kBel = 0x07;
constexpr uint8_t kLf = 0x0A;
constexpr uint8_t kCr = 0x0D;
constexpr uint8_t kCan = 0x18;
constexpr uint8_t kSub = 0x1A;
constexpr uint8_t kEsc = 0x1B;
constexpr uint8_t kDel = 0x7F;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The first bytes of eight that are there.
uint64_t PackSgr(const char* params, size_t size) {
  uint64_t packed = 0;
  std::memcpy(&packed, params, sizeof packed);
  if constexpr (std::endian::native == std::endian::big) packed = __builtin_bswap64(packed);
  return size == sizeof packed ? packed : packed & ((uint64_t{1} << 8 * size) - 1);
}

bool IsC1(char32_t code_point) { return code_point >= 0x80 && code_point < 0xA0; }

}  // namespace

void Parser::Feed(std::string_view bytes, ParserHandler& handler) {
  size_t at = pending_size_ > 0 ? CompletePending(bytes, handler) : 0;
  while (at < bytes.size()) {
    if (state_ == State::kGround) {
      at += Ground(bytes.substr(at), handler);
    } else if (state_ == State::kCsi) {
      at += CsiBytes(bytes.substr(at), handler);
    } else if (state_ == State::kString) {
      at += StringBytes(bytes.substr(at), handler);
    } else {
      Sequence(static_cast<uint8_t>(bytes[at++]), handler);
    }
  }
}

void Parser::Finish(ParserHandler& handler) {
  if (pending_size_ > 0) handler.Print(kReplacementCharacter);
  pending_size_ = 0;
  state_ = State::kGround;
}

std::string Parser::Unfinished() const {
  constexpr std::string_view kIntroducers = "]PX^_";  // in the order of StringKind
  std::string bytes;
  switch (state_) {
    case State::kGround:
      return {pending_.data(), pending_size_};
    case State::kEscape:
      bytes = after_string_ ? "\x1BX\x1B" : "\x1B";
      bytes += csi_.intermediates();
      return bytes;
    case State::kEscapeIgnore:
      return "\x1B   ";
    case State::kCsiIgnore:
      return "\x1B[   ";
    case State::kCsi:
      bytes = "\x1B[";
      if (csi_.prefix != 0) bytes += csi_.prefix;
      for (size_t i = 0; i < csi_.count; ++i) {
        if (i > 0) bytes += csi_.params[i].sub ? ':' : ';';
        if (csi_.params[i].given) bytes += std::to_string(csi_.params[i].value);
      }
      if (csi_.overflow) bytes += ';';
      bytes += csi_.intermediates();
      return bytes;
    case State::kString:
      bytes = "\x1B";
      bytes += kIntroducers[static_cast<size_t>(string_kind_)];
      bytes += string_;
      if (truncated_) bytes += ' ';
      return bytes;
  }
  return bytes;
}

// Behind an ESC: sequences that need no state of ours are told at once, and so are those that
// follow them; then behind the '[' that most others have.
inline const char* Parser::TakeEscape(const char* at, const char* end, ParserHandler& handler) {
  while (const size_t size = TellShort(at, end, handler)) {
    at += size;
    if (at == end || *at != kEsc) return at;
    ++at;
  }
  BeginEscape();
  if (at != end && *at == '[') {
    state_ = State::kCsi;
    ++at;
  }
  return at;
}

// How many bytes behind an ESC were a sequence that was told; 0: none that is taken here.
inline size_t Parser::TellShort(const char* at, const char* end, ParserHandler& handler) {
  // What curses writes to leave its colours begins with a character set.
  if (end - at >= 2 && *at == '(' && at[1] >= 0x30 && at[1] < kDel) {
    handler.Escape({at, 1}, at[1]);
    return 2;
  }
  if (at == end || *at != '[') return 0;
  const char* params = at + 1;
  std::array<char, sizeof(ByteBlock)> near_end{};
  if (static_cast<size_t>(end - params) < near_end.size()) {
    std::copy(params, end, near_end.begin());
    params = near_end.data();
  }
  const ByteBlock block = LoadBlock(params);
  const size_t size = FirstMarked((block < '0') | (block > ';'));
  if (size > sizeof(uint64_t) || params[size] != 'm') return 0;
  return handler.ShortSgr(PackSgr(params, size)) ? size + 2 : 0;
}

size_t Parser::CompletePending(std::string_view bytes, ParserHandler& handler) {
  size_t at = 0;
  while (at < bytes.size()) {
    pending_[pending_size_++] = bytes[at];
    const std::string_view pending(pending_.data(), pending_size_);
    const Utf8Char c = DecodeUtf8Char(pending);
    if (c.kind == Utf8Char::kIncomplete) {
      ++at;
      continue;
    }
    pending_size_ = 0;
    if (c.kind == Utf8Char::kInvalid) {
      handler.Print(kReplacementCharacter);  // for the bytes before; this one stands for itself
      return at;
    }
    if (IsC1(c.code_point)) {
      handler.C1(static_cast<uint8_t>(c.code_point));
    } else {
      handler.Print(pending);
    }
    return at + 1;
  }
  return at;
}

size_t Parser::Ground(std::string_view bytes, ParserHandler& handler) {
  const char* const end = bytes.data() + bytes.size();
  const char* run = bytes.data();  // text that was not yet handed on begins here
  const char* at = run;
  bool ascii = true;  // all of it
  const auto print_run = [&] {
    if (at == run) return;
    const std::string_view text(run, static_cast<size_t>(at - run));
    ascii ? handler.PrintAscii(text) : handler.Print(text);
    ascii = true;
  };
  while (true) {
    // Controls come in rows: look at one byte before sixteen.
    if (at != end && IsPrintableAscii(*at)) at = SkipPrintableAscii(at + 1, end);
    if (at == end) {
      print_run();
      return bytes.size();
    }
    const auto byte = static_cast<uint8_t>(*at);
    if (byte < 0x80) {
      print_run();
      run = ++at;
      if (byte == kEsc) {
        run = at = TakeEscape(at, end, handler);
        if (state_ != State::kGround) return static_cast<size_t>(at - bytes.data());
        continue;
      }
      handler.Execute(byte);
      continue;
    }
    const Utf8Char c = DecodeUtf8Char({at, static_cast<size_t>(end - at)});
    if (c.kind == Utf8Char::kValid && !IsC1(c.code_point)) {
      at += c.size;
      ascii = false;
      continue;
    }
    print_run();
    if (c.kind == Utf8Char::kIncomplete) {
      std::memcpy(pending_.data(), at, c.size);
      pending_size_ = static_cast<uint8_t>(c.size);
      return bytes.size();
    }
    if (c.kind == Utf8Char::kValid) {
      handler.C1(static_cast<uint8_t>(c.code_point));
    } else {
      handler.Print(kReplacementCharacter);
    }
    run = at += c.size;
  }
}

size_t Parser::StringBytes(std::string_view bytes, ParserHandler& handler) {
  const char* const end = bytes.data() + bytes.size();
  const char* const stop =
      std::find_if(bytes.data(), end, [](char c) { return static_cast<uint8_t>(c) < 0x20; });
  const auto run = static_cast<size_t>(stop - bytes.data());
  const size_t kept = std::min(run, kMaxString - string_.size());
  string_.append(bytes.data(), kept);
  if (kept < run) truncated_ = true;
  if (stop == end) return run;

  const auto control = static_cast<uint8_t>(*stop);
  if (control == kEsc || (control == kBel && string_kind_ == StringKind::kOsc)) {
    state_ = State::kGround;
    handler.String(string_kind_, string_, truncated_);
    if (control == kEsc) {
      BeginEscape();
      after_string_ = true;
    }
  } else if (control == kCan || control == kSub ||
             ((control == kLf || control == kCr) && options_.newline_ends_strings)) {
    state_ = State::kGround;
    handler.Execute(control);
  }
  return run + 1;
}

// Most of what full-screen programs write: digits are taken here, without a call for each.
size_t Parser::CsiBytes(std::string_view bytes, ParserHandler& handler) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end && state_ == State::kCsi) {
    if (!IsDigit(*at) || csi_.intermediate_count > 0 || csi_.overflow) {
      const auto byte = static_cast<uint8_t>(*at++);
      if ((byte == ';' || byte == ':') && csi_.intermediate_count == 0) {
        CsiSeparator(byte == ':');
      } else if (byte >= 0x20 && byte < kDel) {
        CsiByte(byte, handler);
      } else {
        Sequence(byte, handler);
      }
      // Often the next one is just behind.
      if (state_ == State::kGround && at != end && *at == kEsc)
        at = TakeEscape(at + 1, end, handler);
      continue;
    }
    if (csi_.count == 0) csi_.params[csi_.count++] = CsiParam{};
    CsiParam& param = csi_.params[csi_.count - 1];
    uint32_t value = param.value;
    do {
      value = std::min<uint32_t>(value * 10 + static_cast<uint32_t>(*at++ - '0'), UINT16_MAX);
    } while (at != end && IsDigit(*at));
    param.value = static_cast<uint16_t>(value);
    param.given = true;
  }
  return static_cast<size_t>(at - bytes.data());
}

void Parser::Sequence(uint8_t byte, ParserHandler& handler) {
  if (byte == kEsc) {
    BeginEscape();
  } else if (byte == kCan || byte == kSub) {
    state_ = State::kGround;
    handler.Execute(byte);
  } else if (byte < 0x20) {
    handler.Execute(byte);
  } else if (byte >= kDel) {
    // Ignored.
  } else if (state_ == State::kEscape) {
    EscapeByte(byte, handler);
  } else if (byte >= (state_ == State::kCsiIgnore ? 0x40 : 0x30)) {
    state_ = State::kGround;
  }
}

void Parser::CsiByte(uint8_t byte, ParserHandler& handler) {
  if (byte >= 0x40) {
    csi_.final = static_cast<char>(byte);
    state_ = State::kGround;
    handler.ControlSequence(csi_);
  } else if (byte < 0x30) {
    if (!Collect(byte)) state_ = State::kCsiIgnore;
  } else if (csi_.intermediate_count > 0) {
    state_ = State::kCsiIgnore;
  } else if (byte >= 0x3C) {
    if (csi_.prefix != 0 || csi_.count > 0) {
      state_ = State::kCsiIgnore;
    } else {
      csi_.prefix = static_cast<char>(byte);
    }
  }  // else a digit of a parameter that is not kept
}

void Parser::CsiSeparator(bool sub) {
  if (csi_.overflow) return;
  if (csi_.count == 0) csi_.params[csi_.count++] = CsiParam{};
  if (csi_.count == Csi::kMaxParams) {
    csi_.overflow = true;
  } else {
    csi_.params[csi_.count++] = CsiParam{.sub = sub};
  }
}

void Parser::EscapeByte(uint8_t byte, ParserHandler& handler) {
  if (byte < 0x30) {
    if (!Collect(byte)) state_ = State::kEscapeIgnore;
    return;
  }
  state_ = State::kGround;
  if (csi_.intermediate_count == 0) {
    switch (byte) {
      case '[':
        state_ = State::kCsi;
        return;
      case ']':
        return BeginString(StringKind::kOsc);
      case 'P':
        return BeginString(StringKind::kDcs);
      case 'X':
        return BeginString(StringKind::kSos);
      case '^':
        return BeginString(StringKind::kPm);
      case '_':
        return BeginString(StringKind::kApc);
      case '\\':
        if (after_string_) return;
        break;
      default:
        break;
    }
  }
  handler.Escape(csi_.intermediates(), static_cast<char>(byte));
}

void Parser::BeginEscape() {
  state_ = State::kEscape;
  after_string_ = false;
  csi_.prefix = 0;
  csi_.overflow = false;
  csi_.count = 0;
  csi_.intermediate_count = 0;
}

void Parser::BeginString(StringKind kind) {
  state_ = State::kString;
  string_kind_ = kind;
  truncated_ = false;
  string_.clear();
}

bool Parser::Collect(uint8_t byte) {
  if (csi_.intermediate_count == csi_.intermediate.size()) return false;
  csi_.intermediate[csi_.intermediate_count++] = static_cast<char>(byte);
  return true;
}

}  // namespace secure_exec
