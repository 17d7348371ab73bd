#include "replay/screen/sgr.h"

#include <array>

namespace secure_exec {
namespace {

constexpr int kAbsent = -1;

// One parameter and what ':' hangs on it; the values of `csi` from `begin` up to `end`.
struct Group {
  const Csi& csi;
  size_t begin;
  size_t end;

  bool has_parts() const { return end - begin > 1; }
  int Value(int absent) const { return has_parts() ? kAbsent : csi.Param(begin, absent); }
};

void ResetStyle(Style& style) { style = Style{.link = style.link}; }

Colour* Target(int code, Style& style) {
  switch (code) {
    case 38:
      return &style.foreground;
    case 48:
      return &style.background;
    case 58:
      return &style.underline_colour;
    default:
      return nullptr;
  }
}

void SetIndexed(int code, int entry, Style& style) {
  Colour* const target = Target(code, style);
  if (entry >= 0 && entry <= 255) {
    *target = Colour::Indexed(static_cast<uint8_t>(entry));
  } else if (code != 58) {
    *target = Colour();
  }
}

bool SetRgb(int code, int r, int g, int b, Style& style) {
  for (const int part : {r, g, b}) {
    if (part < 0 || part > 255) return false;
  }
  *Target(code, style) =
      Colour::Rgb(static_cast<uint8_t>(r), static_cast<uint8_t>(g), static_cast<uint8_t>(b));
  return true;
}

void ApplyParts(const Group& group, Style& style) {
  std::array<int, 7> parts;
  parts.fill(kAbsent);
  const size_t count = group.end - group.begin;
  if (count > parts.size()) return;
  for (size_t i = 0; i < count; ++i) parts[i] = group.csi.Param(group.begin + i, kAbsent);
  if (parts[0] == 4) {
    if (count == 2 && parts[1] >= Style::kNone && parts[1] <= Style::kDashed) {
      style.SetUnderline(static_cast<Style::Underline>(parts[1]));
    }
    return;
  }
  if (Target(parts[0], style) == nullptr || count < 3) return;
  if (parts[1] == 5) {
    SetIndexed(parts[0], parts[2], style);
  } else if (parts[1] == 2) {
    const size_t red = count == 5 ? 2 : 3;  // without and with a colour space
    if (count >= red + 3) SetRgb(parts[0], parts[red], parts[red + 1], parts[red + 2], style);
  }
}

void ApplyCode(int code, Style& style) {
  const auto set = [&](unsigned bits) {
    style.attributes = static_cast<uint16_t>(style.attributes | bits);
  };
  const auto clear = [&](unsigned bits) {
    style.attributes = static_cast<uint16_t>(style.attributes & ~bits);
  };
  if (code >= 30 && code <= 37) {
    style.foreground = Colour::Indexed(static_cast<uint8_t>(code - 30));
  } else if (code >= 40 && code <= 47) {
    style.background = Colour::Indexed(static_cast<uint8_t>(code - 40));
  } else if (code >= 90 && code <= 97) {
    style.foreground = Colour::Indexed(static_cast<uint8_t>(code - 90 + 8));
  } else if (code >= 100 && code <= 107) {
    style.background = Colour::Indexed(static_cast<uint8_t>(code - 100 + 8));
  }
  switch (code) {
    case 0:
      return ResetStyle(style);
    case 1:
      return set(Style::kBold);
    case 2:
      return set(Style::kDim);
    case 3:
      return set(Style::kItalic);
    case 4:
      return style.SetUnderline(Style::kSingle);
    case 5:
    case 6:
      return set(Style::kBlink);
    case 7:
      return set(Style::kReverse);
    case 8:
      return set(Style::kHidden);
    case 9:
      return set(Style::kStrike);
    case 21:
      return style.SetUnderline(Style::kDouble);
    case 22:
      return clear(Style::kBold | Style::kDim);
    case 23:
      return clear(Style::kItalic);
    case 24:
      return style.SetUnderline(Style::kNone);
    case 25:
      return clear(Style::kBlink);
    case 27:
      return clear(Style::kReverse);
    case 28:
      return clear(Style::kHidden);
    case 29:
      return clear(Style::kStrike);
    case 39:
      style.foreground = Colour();
      return;
    case 49:
      style.background = Colour();
      return;
    case 53:
      return set(Style::kOverline);
    case 55:
      return clear(Style::kOverline);
    case 59:
      style.underline_colour = Colour();
      return;
    default:
      return;
  }
}

}  // namespace

void ApplySgr(const Csi& csi, Style& style) {
  if (csi.count == 0) return ResetStyle(style);
  size_t at = 0;
  const auto next = [&] {
    const size_t begin = at++;
    while (at < csi.count && csi.params[at].sub) ++at;
    return Group{csi, begin, at};
  };
  const auto value = [&] { return at < csi.count ? next().Value(kAbsent) : kAbsent; };
  while (at < csi.count) {
    const Group group = next();
    if (group.has_parts()) {
      ApplyParts(group, style);
      continue;
    }
    const int code = group.Value(0);
    if (Target(code, style) == nullptr) {
      ApplyCode(code, style);
      continue;
    }
    const int kind = value();
    if (kind == 5) {
      SetIndexed(code, value(), style);
    } else if (kind == 2) {
      const size_t behind_kind = at;
      const int red = value();
      const int green = value();
      const int blue = value();
      if (!SetRgb(code, red, green, blue, style)) at = behind_kind;
    }
  }
}

}  // namespace secure_exec
