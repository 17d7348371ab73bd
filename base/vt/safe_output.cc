#include "base/vt/safe_output.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/vt/safe_text.h"
#include "base/vt/utf8_char.h"

namespace secure_exec {
namespace {

void AppendNumber(std::string& out, int number) {
  char digits[12];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// CSI, the prefix (or 0), a number, the final.
void AppendSequence(std::string& out, char prefix, int number, char final) {
  out += "\x1B[";
  if (prefix != 0) out += prefix;
  AppendNumber(out, number);
  out += final;
}

// How many numbers a control sequence without prefix and intermediates may have; -1: not allowed.
int AllowedNumbers(char final) {
  switch (final) {
    case '@':  // ICH
    case 'A':  // CUU
    case 'B':  // CUD
    case 'C':  // CUF
    case 'D':  // CUB
    case 'E':  // CNL
    case 'F':  // CPL
    case 'G':  // CHA
    case 'I':  // CHT
    case 'L':  // IL
    case 'M':  // DL
    case 'P':  // DCH
    case 'S':  // SU
    case 'T':  // SD
    case 'X':  // ECH
    case 'Z':  // CBT
    case '`':  // HPA
    case 'a':  // HPR
    case 'd':  // VPA
    case 'e':  // VPR
      return 1;
    case 'H':  // CUP
    case 'f':  // HVP
    case 'r':  // DECSTBM
      return 2;
    case 's':  // SCOSC; with numbers it is DECSLRM
    case 'u':  // SCORC; with numbers and prefixes it is a keyboard protocol
      return 0;
    default:
      return -1;
  }
}

// SGR values that stand alone. 8 (conceal) is not among them; 38 and 48 take more.
bool AllowedSgr(int value) {
  return value <= 7 || value == 9 || (value >= 21 && value <= 29 && value != 26) ||
         (value >= 30 && value <= 37) || (value >= 39 && value <= 47) || value == 49 ||
         value == 53 || value == 55 || (value >= 90 && value <= 97) ||
         (value >= 100 && value <= 107);
}

}  // namespace

SafeOutput::SafeOutput(Options options)
    : options_(options), parser_(Parser::Options{.newline_ends_strings = true}) {}

void SafeOutput::Feed(std::string_view bytes, std::string& out) {
  out_ = &out;
  parser_.Feed(bytes, *this);
  out_ = nullptr;
}

void SafeOutput::Finish(std::string& out) {
  out_ = &out;
  parser_.Finish(*this);
  out_ = nullptr;
  // First: leaving the alternate screen brings back the style that was saved when it was entered.
  if (alternate_ != 0) AppendSequence(out, '?', alternate_, 'l');
  if (charset_) out += "\x0F\x1B(B\x1B)B";
  if (styled_) out += "\x1B[0m";
  if (region_)
    out +=
        "\x1B"
        "7\x1B[r\x1B"
        "8";  // setting a region moves the cursor
  if (no_wrap_) out += "\x1B[?7h";
  if (cursor_hidden_) out += "\x1B[?25h";
  charset_ = styled_ = region_ = no_wrap_ = cursor_hidden_ = false;
  alternate_ = 0;
}

void SafeOutput::Print(std::string_view text) { AppendSafeText(text, *out_); }

void SafeOutput::Execute(uint8_t control) {
  switch (control) {
    case 0x07:
      if (options_.bell) *out_ += '\a';
      break;
    case 0x08:
    case 0x09:
    case 0x0D:
      *out_ += static_cast<char>(control);
      break;
    case 0x0A:
    case 0x0B:
    case 0x0C:
      *out_ += options_.newline_returns ? "\r\n" : "\n";
      break;
    case 0x0E:
    case 0x0F:
      *out_ += static_cast<char>(control);
      charset_ = true;
      break;
    default:
      break;
  }
}

void SafeOutput::C1(uint8_t) { *out_ += kReplacementCharacter; }

void SafeOutput::String(StringKind, std::string_view, bool) {}

void SafeOutput::Escape(std::string_view intermediates, char final) {
  if (intermediates == "(" || intermediates == ")") {
    Charset(intermediates[0], final);
  } else if (intermediates.empty()) {
    switch (final) {
      case '7':  // DECSC
      case '8':  // DECRC
      case 'D':  // IND
      case 'E':  // NEL
      case 'M':  // RI
        *out_ += '\x1B';
        *out_ += final;
        break;
      case 'c':  // RIS
        if (alternate_ != 0) AppendSequence(*out_, '?', std::exchange(alternate_, 0), 'l');
        *out_ += "\x0F\x1B(B\x1B)B\x1B[0m\x1B[r\x1B[?7h\x1B[?25h\x1B[H\x1B[2J";
        break;
      default:
        break;
    }
  }
}

void SafeOutput::Charset(char set, char final) {
  if (final != 'B' && final != '0') return;
  *out_ += '\x1B';
  *out_ += set;
  *out_ += final;
  charset_ = true;
}

void SafeOutput::ControlSequence(const Csi& csi) {
  if (csi.intermediate_count > 0) return;
  if (csi.prefix == '?' && (csi.final == 'h' || csi.final == 'l')) return Mode(csi);
  if (csi.prefix == '?' && (csi.final == 'J' || csi.final == 'K')) {
    // Selective erase: DECSCA is not passed on, so nothing is protected, and plain erase is it.
  } else if (csi.prefix != 0) {
    return;
  }

  switch (csi.final) {
    case 'm':
      return Sgr(csi);
    case 'J':
    case 'K': {
      const int what = csi.Param(0, 0);
      if (what <= 2) AppendSequence(*out_, 0, what, csi.final);  // 3J is the scroll-back
      return;
    }
    case 'b':
      AppendSequence(*out_, 0, std::clamp(csi.Param(0, 1), 1, kMaxRepeat), 'b');
      return;
    default:
      break;
  }
  const int most = AllowedNumbers(csi.final);
  if (most < 0) return;
  if (csi.final == 'r') region_ = true;
  // One number too many makes T mouse tracking, s margins, u a keyboard mode.
  if (csi.count > most && (csi.final == 'T' || most == 0)) return;
  Numbers(csi, static_cast<size_t>(most));
}

void SafeOutput::Numbers(const Csi& csi, size_t most) {
  *out_ += "\x1B[";
  const size_t count = std::min<size_t>(csi.count, most);
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) *out_ += ';';
    if (csi.params[i].given) {
      AppendNumber(*out_, std::min<int>(csi.params[i].value, kMaxNumber));
    }
  }
  *out_ += csi.final;
}

void SafeOutput::Sgr(const Csi& csi) {
  std::string numbers;  // each with ';' in front
  const auto add_one = [&](int value) {
    numbers += ';';
    AppendNumber(numbers, value);
  };
  const auto add = [&](auto... values) { (add_one(values), ...); };
  size_t i = 0;
  // Takes a colour's numbers, which follow 38 or 48 after ';' or ':'; 38:2 may have a colour space
  // in front of them. False: they are not a colour, and no one knows where they would end.
  const auto colour = [&](int which) {
    size_t end = i;  // the last parameter that ':' binds to this one
    while (end + 1 < csi.count && csi.params[end + 1].sub) ++end;
    const bool colons = end > i;
    const size_t have = colons ? end - i : csi.count - 1 - i;
    size_t used = 0;
    const auto value = [&](size_t n) { return csi.Param(i + n, 0); };
    if (have >= 2 && value(1) == 5) {
      used = 2;
      if (value(2) <= 255) add(which, 5, value(2));
    } else if (have >= 4 && value(1) == 2) {
      const size_t first = colons && have >= 5 ? 3 : 2;
      used = first + 2;
      if (value(first) <= 255 && value(first + 1) <= 255 && value(first + 2) <= 255) {
        add(which, 2, value(first), value(first + 1), value(first + 2));
      }
    }
    if (colons) used = end - i;
    i += used;
    return used > 0;
  };

  if (csi.count == 0) numbers = ";0";
  for (; i < csi.count; ++i) {
    const int value = csi.Param(i, 0);
    if (value == 38 || value == 48) {
      if (!colour(value)) break;
    } else if (value == 58) {
      // The underline's colour: read, so that its numbers are not taken for styles, and not passed
      // on, because older terminals do take them for styles.
      const size_t before = numbers.size();
      const bool known = colour(value);
      numbers.resize(before);
      if (!known) break;
    } else {
      const bool has_sub = i + 1 < csi.count && csi.params[i + 1].sub;
      if (value == 4 && has_sub) {
        add(csi.Param(i + 1, 1) == 0 ? 24 : 4);  // kinds of underline
      } else if (AllowedSgr(value)) {
        add(value);
      }
      while (i + 1 < csi.count && csi.params[i + 1].sub) ++i;
    }
  }
  if (numbers.empty()) return;
  styled_ = true;
  *out_ += "\x1B[";
  out_->append(numbers, 1);
  *out_ += 'm';
}

void SafeOutput::Mode(const Csi& csi) {
  const bool set = csi.final == 'h';
  for (size_t i = 0; i < csi.count; ++i) {
    if (csi.params[i].sub) continue;
    const int mode = csi.params[i].value;
    switch (mode) {
      case 7:
        no_wrap_ = !set;
        break;
      case 25:
        cursor_hidden_ = !set;
        break;
      case 47:
      case 1047:
      case 1049:
        alternate_ = set ? mode : 0;
        break;
      default:
        continue;
    }
    AppendSequence(*out_, '?', mode, csi.final);
  }
}

}  // namespace secure_exec
