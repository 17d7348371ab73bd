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

constexpr int kCellWidth = 9;  // pixels
constexpr int kCellHeight = 18;
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

Paint PaintOf(const Style& style, bool cursor) {
  Paint paint{Rgb(style.foreground, kForeground), Rgb(style.background, kBackground)};
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
      const bool lines = first.style.underline() != Style::kNone ||
                         first.style.Has(Style::kStrike) || first.style.Has(Style::kOverline);
      if (first.width == 0 || (first.text == " " && !lines)) {
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
      }
      Element(begin, x, text);
    }
  }

  void Element(int begin, int end, std::string_view text) {
    const Style& style = At(begin).style;
    const auto to = std::back_inserter(out_);
    fmt::format_to(to,
                   "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" "
                   "fill=\"#{:06x}\"",
                   Left(begin), Top() + kBaseline, (end - begin) * kCellWidth, PaintAt(begin).text);
    if (style.Has(Style::kBold)) out_ += " font-weight=\"bold\"";
    if (style.Has(Style::kItalic)) out_ += " font-style=\"italic\"";
    if (style.Has(Style::kDim)) out_ += " fill-opacity=\"0.6\"";
    std::string lines;
    if (style.underline() != Style::kNone) lines += " underline";
    if (style.Has(Style::kOverline)) lines += " overline";
    if (style.Has(Style::kStrike)) lines += " line-through";
    if (!lines.empty()) fmt::format_to(to, " text-decoration=\"{}\"", lines.substr(1));
    out_ += " xml:space=\"preserve\">";
    AppendXml(text, out_);
    out_ += "</text>\n";
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
