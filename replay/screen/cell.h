// What stands at one place of a screen, in eight bytes: a character, or a character with combining
// ones (a cluster, kept in a table), and a style, kept in a table too (palette.h). All-zero is a
// blank cell in the default style.
#pragma once

#include <cstddef>
#include <cstdint>

namespace secure_exec {

// 0 is the terminal's default; else an entry of the 256-colour palette, or red, green, blue.
// Entries 0 to 15 are the same colours whether they came as 31, 91 or 38;5;1.
class Colour {
 public:
  constexpr Colour() = default;
  static constexpr Colour Indexed(uint8_t entry) { return Colour(kIndexed | entry); }
  static constexpr Colour Rgb(uint8_t r, uint8_t g, uint8_t b) {
    return Colour(kRgb | uint32_t{r} << 16 | uint32_t{g} << 8 | b);
  }
  // What packed() gave; nothing else is taken.
  static constexpr bool IsPacked(uint32_t bits) {
    return bits == 0 || (bits & ~0xFFu) == kIndexed || (bits & ~0xFFFFFFu) == kRgb;
  }
  static constexpr Colour FromPacked(uint32_t bits) { return Colour(bits); }

  constexpr bool is_default() const { return bits_ == 0; }
  constexpr bool is_rgb() const { return (bits_ & kRgb) != 0; }
  constexpr uint8_t index() const { return static_cast<uint8_t>(bits_); }
  constexpr uint8_t red() const { return static_cast<uint8_t>(bits_ >> 16); }
  constexpr uint8_t green() const { return static_cast<uint8_t>(bits_ >> 8); }
  constexpr uint8_t blue() const { return static_cast<uint8_t>(bits_); }
  constexpr uint32_t packed() const { return bits_; }
  constexpr bool operator==(const Colour&) const = default;

 private:
  static constexpr uint32_t kIndexed = 1u << 24;
  static constexpr uint32_t kRgb = 1u << 25;
  explicit constexpr Colour(uint32_t bits) : bits_(bits) {}

  uint32_t bits_ = 0;
};

struct Style {
  enum Attribute : uint16_t {
    kBold = 1 << 0,
    kDim = 1 << 1,
    kItalic = 1 << 2,
    kBlink = 1 << 3,
    kReverse = 1 << 4,
    kHidden = 1 << 5,
    kStrike = 1 << 6,
    kOverline = 1 << 7,
    kUnderlineShift = 8,  // an Underline, in three bits
    kUnderlineMask = 7 << kUnderlineShift,
  };
  enum Underline : uint16_t { kNone, kSingle, kDouble, kCurly, kDotted, kDashed };

  Colour foreground{};
  Colour background{};
  Colour underline_colour{};
  uint16_t attributes = 0;
  uint16_t link = 0;  // 0, or a link of the palette

  bool Has(Attribute attribute) const { return (attributes & attribute) != 0; }
  Underline underline() const {
    return static_cast<Underline>((attributes & kUnderlineMask) >> kUnderlineShift);
  }
  void SetUnderline(Underline underline) {
    attributes =
        static_cast<uint16_t>((attributes & ~kUnderlineMask) | underline << kUnderlineShift);
  }
  bool operator==(const Style&) const = default;
};

struct Cell {
  static constexpr uint32_t kValueMask = (1u << 28) - 1;
  static constexpr uint32_t kCluster = 1u << 28;  // the value is a cluster of the palette
  static constexpr uint32_t kWide = 1u << 29;     // takes two columns
  // The second column of a wide character. When a program has cut the character in half, a padding
  // stands without its wide cell, or a wide one without its padding, as in tmux; to be drawn as
  // blanks.
  static constexpr uint32_t kPadding = 1u << 30;

  uint32_t text = 0;   // 0: erased, or never written
  uint32_t style = 0;  // of the palette

  bool is_blank() const { return text == 0 || text == ' '; }
  bool is_padding() const { return (text & kPadding) != 0; }
  bool is_wide() const { return (text & kWide) != 0; }
  bool is_cluster() const { return (text & kCluster) != 0; }
  uint32_t value() const { return text & kValueMask; }
  // Columns; 0 for a padding.
  int width() const { return is_padding() ? 0 : is_wide() ? 2 : 1; }
  bool operator==(const Cell&) const = default;
};
static_assert(sizeof(Cell) == 8);

}  // namespace secure_exec
