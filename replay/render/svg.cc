// RenderSvg: presentation attributes and text alone, so that a viewer with or without a style
// sheet, a script engine or the network shows the same.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/vt/utf8_char.h"
#include "replay/render/render.h"
#include "replay/render/sgr_text.h"

namespace secure_exec {
namespace {

// Pixels. Characters of 15 are 17.5 high in the fonts that are named below: a taller cell would
// leave gaps in lines that are drawn with characters.
constexpr int kCellWidth = 9;
constexpr int kCellHeight = 17;
constexpr int kBaseline = 14;
constexpr int kMargin = 8;
constexpr uint32_t kForeground = 0xE5E5E5;
constexpr uint32_t kBackground = 0x121212;

uint32_t Rgb(Colour colour, uint32_t absent) {
  if (colour.is_default()) return absent;
  if (!colour.is_rgb()) return PaletteRgb(colour.index());
  return uint32_t{colour.red()} << 16 | uint32_t{colour.green()} << 8 | colour.blue();
}

struct Paint {
  uint32_t text = kForeground;
  uint32_t behind = kBackground;
};

// Bold makes the first eight colours bright, as in xterm: programs count on it for bold white on
// white, and bold black on black.
Colour Brightened(const Style& style) {
  const Colour colour = style.foreground;
  const bool dark = !colour.is_default() && !colour.is_rgb() && colour.index() < 8;
  if (!dark || !style.Has(Style::kBold)) return colour;
  return Colour::Indexed(static_cast<uint8_t>(colour.index() + 8));
}

Paint PaintOf(const Style& style, bool cursor) {
  Paint paint{Rgb(Brightened(style), kForeground), Rgb(style.background, kBackground)};
  if (style.Has(Style::kReverse) != cursor) std::swap(paint.text, paint.behind);
  return paint;
}

// XML 1.0 has no way to write some characters, escaped or not.
void AppendXml(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const Utf8Char c = DecodeUtf8Char(text);
    const std::string_view bytes = text.substr(0, c.size);
    text.remove_prefix(c.size);
    const bool none = c.kind != Utf8Char::kValid || c.code_point < 0x20 ||
                      (c.code_point >= 0x7F && c.code_point < 0xA0) ||
                      (c.code_point & 0xFFFE) == 0xFFFE;
    if (none) {
      out += kReplacementCharacter;
    } else if (bytes == "&") {
      out += "&amp;";
    } else if (bytes == "<") {
      out += "&lt;";
    } else if (bytes == ">") {
      out += "&gt;";
    } else if (bytes == "\"") {
      out += "&quot;";
    } else if (bytes == "'") {
      out += "&#39;";
    } else {
      out += bytes;
    }
  }
}

// One row of a picture as elements.
class RowDrawing {
 public:
  RowDrawing(const Picture& picture, int y, int cursor_x)
      : picture_(picture), y_(y), cursor_x_(cursor_x) {}

  std::string Text() {
    Backgrounds();
    Texts();
    Lines();
    return std::move(out_);
  }

 private:
  bool IsCursor(int x) const { return x == cursor_x_; }
  const Tile& At(int x) const { return picture_.At(x, y_); }
  Paint PaintAt(int x) const {
    // The second half of a wide character is as its first.
    if (x > 0 && At(x).width == 0) --x;
    return PaintOf(At(x).style, IsCursor(x));
  }

  // A rectangle for each run of one colour.
  void Backgrounds() {
    for (int x = 0; x < picture_.columns();) {
      const uint32_t colour = PaintAt(x).behind;
      const int begin = x;
      while (x < picture_.columns() && PaintAt(x).behind == colour) ++x;
      if (colour == kBackground) continue;
      fmt::format_to(std::back_inserter(out_),
                     "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#{:06x}\"/>\n",
                     Left(begin), Top(), (x - begin) * kCellWidth, kCellHeight, colour);
    }
  }

  // An element for each run of ASCII in one style, and for each other character: fonts give those
  // widths of their own.
  void Texts() {
    for (int x = 0; x < picture_.columns();) {
      const Tile& first = At(x);
      if (first.width == 0 || first.text == " ") {
        ++x;
        continue;
      }
      const int begin = x;
      std::string text;
      if (first.text.size() > 1) {
        text = first.text;
        x += first.width;
      } else {
        while (x < picture_.columns() && At(x).text.size() == 1 && At(x).style == first.style &&
               IsCursor(x) == IsCursor(begin)) {
          text += At(x++).text;
        }
        text.resize(text.find_last_not_of(' ') + 1);
      }
      Element(begin, text);
    }
  }

  void Element(int begin, std::string_view text) {
    const Style& style = At(begin).style;
    const auto to = std::back_inserter(out_);
    const int columns =
        At(begin).text.size() == 1 ? static_cast<int>(text.size()) : At(begin).width;
    if (FillsItsCells(text)) {
      fmt::format_to(to,
                     "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"",
                     Left(begin), Top() + kBaseline, columns * kCellWidth);
    } else {
      // Stretched, a thin letter of another font would be a bar, and an accent beside its letter.
      fmt::format_to(to, "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\"",
                     Left(begin) + columns * kCellWidth / 2.0, Top() + kBaseline);
    }
    fmt::format_to(to, " fill=\"#{:06x}\"", PaintAt(begin).text);
    if (style.Has(Style::kBold)) out_ += " font-weight=\"bold\"";
    if (style.Has(Style::kItalic)) out_ += " font-style=\"italic\"";
    if (style.Has(Style::kDim)) out_ += " fill-opacity=\"0.6\"";
    out_ += " xml:space=\"preserve\">";
    AppendXml(text, out_);
    out_ += "</text>\n";
  }

  // ASCII, and lines and blocks, which must meet those in the next cell.
  static bool FillsItsCells(std::string_view text) {
    const Utf8Char c = DecodeUtf8Char(text);
    return c.code_point < 0x80 || (c.code_point >= 0x2500 && c.code_point < 0x25A0);
  }

  // Under, through and over the text, as wide as the cells whatever width a font gave it.
  void Lines() {
    for (int x = 0; x < picture_.columns();) {
      const uint16_t lines = LinesAt(x);
      const uint32_t colour = PaintAt(x).text;
      const int begin = x;
      while (x < picture_.columns() && LinesAt(x) == lines && PaintAt(x).text == colour) ++x;
      const Style style{.attributes = lines};
      const auto line = [&](int y) {
        fmt::format_to(std::back_inserter(out_),
                       "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"1\" fill=\"#{:06x}\"/>\n",
                       Left(begin), Top() + y, (x - begin) * kCellWidth, colour);
      };
      if (style.Has(Style::kOverline)) line(0);
      if (style.Has(Style::kStrike)) line(9);
      if (style.underline() == Style::kDouble) {
        line(kBaseline);
        line(kBaseline + 2);
      } else if (style.underline() != Style::kNone) {
        line(kBaseline + 1);
      }
    }
  }

  uint16_t LinesAt(int x) const {
    const Tile& tile = x > 0 && At(x).width == 0 ? At(x - 1) : At(x);
    return tile.style.attributes & (Style::kUnderlineMask | Style::kStrike | Style::kOverline);
  }

  static int Left(int x) { return kMargin + x * kCellWidth; }
  int Top() const { return kMargin + y_ * kCellHeight; }

  const Picture& picture_;
  const int y_;
  const int cursor_x_;
  std::string out_;
};

}  // namespace

std::string SvgBegin(WindowSize size) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" font-family=\"'DejaVu Sans Mono', 'Liberation Mono', Menlo, "
      "Consolas, monospace\" font-size=\"15\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#{2:06x}\"/>\n",
      size.columns * kCellWidth + 2 * kMargin, size.rows * kCellHeight + 2 * kMargin, kBackground);
}

std::vector<std::string> SvgRows(const Screen& screen) {
  const Picture picture = PictureOf(screen);
  const Cursor& cursor = screen.cursor();
  std::vector<std::string> rows;
  for (int y = 0; y < picture.rows(); ++y) {
    int x = cursor.visible && cursor.y == y ? std::min(cursor.x, screen.columns() - 1) : -1;
    if (x > 0 && picture.At(x, y).width == 0) --x;
    rows.push_back(RowDrawing(picture, y, x).Text());
  }
  return rows;
}

std::string RenderSvg(const Screen& screen) {
  std::string svg = SvgBegin({.columns = screen.columns(), .rows = screen.rows()});
  for (const std::string& row : SvgRows(screen)) svg += row;
  return svg + "</svg>\n";
}

}  // namespace secure_exec
