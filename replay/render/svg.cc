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

class Drawing {
 public:
  Drawing(const Screen& screen) : picture_(PictureOf(screen)) {
    const Cursor& cursor = screen.cursor();
    if (!cursor.visible) return;
    cursor_x_ = std::min(cursor.x, screen.columns() - 1);
    cursor_y_ = cursor.y;
    if (cursor_x_ > 0 && picture_.At(cursor_x_, cursor_y_).width == 0) --cursor_x_;
  }

  std::string Text() {
    const int width = picture_.columns() * kCellWidth + 2 * kMargin;
    const int height = picture_.rows() * kCellHeight + 2 * kMargin;
    out_ = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
        "viewBox=\"0 0 {0} {1}\" font-family=\"'DejaVu Sans Mono', 'Liberation Mono', Menlo, "
        "Consolas, monospace\" font-size=\"15\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#{2:06x}\"/>\n",
        width, height, kBackground);
    for (int y = 0; y < picture_.rows(); ++y) {
      Backgrounds(y);
      Texts(y);
    }
    out_ += "</svg>\n";
    return std::move(out_);
  }

 private:
  bool IsCursor(int x, int y) const { return x == cursor_x_ && y == cursor_y_; }
  Paint PaintAt(int x, int y) const {
    // The second half of a wide character is as its first.
    if (x > 0 && picture_.At(x, y).width == 0) --x;
    return PaintOf(picture_.At(x, y).style, IsCursor(x, y));
  }

  // A rectangle for each run of one colour.
  void Backgrounds(int y) {
    for (int x = 0; x < picture_.columns();) {
      const uint32_t colour = PaintAt(x, y).behind;
      const int begin = x;
      while (x < picture_.columns() && PaintAt(x, y).behind == colour) ++x;
      if (colour == kBackground) continue;
      fmt::format_to(std::back_inserter(out_),
                     "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#{:06x}\"/>\n",
                     Left(begin), Top(y), (x - begin) * kCellWidth, kCellHeight, colour);
    }
  }

  // An element for each run of ASCII in one style, and for each other character: fonts give those
  // widths of their own.
  void Texts(int y) {
    for (int x = 0; x < picture_.columns();) {
      const Tile& first = picture_.At(x, y);
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
        while (x < picture_.columns() && picture_.At(x, y).text.size() == 1 &&
               picture_.At(x, y).style == first.style && IsCursor(x, y) == IsCursor(begin, y)) {
          text += picture_.At(x++, y).text;
        }
      }
      Element(begin, x, y, text);
    }
  }

  void Element(int begin, int end, int y, std::string_view text) {
    const Style& style = picture_.At(begin, y).style;
    const auto to = std::back_inserter(out_);
    fmt::format_to(to,
                   "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" "
                   "fill=\"#{:06x}\"",
                   Left(begin), Top(y) + kBaseline, (end - begin) * kCellWidth,
                   PaintAt(begin, y).text);
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
  static int Top(int y) { return kMargin + y * kCellHeight; }

  Picture picture_;
  int cursor_x_ = -1;
  int cursor_y_ = -1;
  std::string out_;
};

}  // namespace

std::string RenderSvg(const Screen& screen) { return Drawing(screen).Text(); }

}  // namespace secure_exec
