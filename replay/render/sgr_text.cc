#include "replay/render/sgr_text.h"

#include <fmt/format.h>

#include <iterator>

namespace secure_exec {
namespace {

void AppendColour(Colour colour, bool background, std::string& out) {
  if (colour.is_default()) return;
  const auto to = std::back_inserter(out);
  const int base = background ? 40 : 30;
  if (colour.is_rgb()) {
    fmt::format_to(to, ";{};2;{};{};{}", base + 8, colour.red(), colour.green(), colour.blue());
  } else if (colour.index() < 8) {
    fmt::format_to(to, ";{}", base + colour.index());
  } else if (colour.index() < 16) {
    fmt::format_to(to, ";{}", base + 60 + colour.index() - 8);
  } else {
    fmt::format_to(to, ";{};5;{}", base + 8, colour.index());
  }
}

// The attributes that are told in the same way to everybody, and the colours.
void AppendCommon(const Style& style, std::string& out) {
  constexpr struct {
    Style::Attribute attribute;
    const char* number;
  } kAttributes[] = {{Style::kBold, ";1"},     {Style::kDim, ";2"},     {Style::kItalic, ";3"},
                     {Style::kBlink, ";5"},    {Style::kReverse, ";7"}, {Style::kStrike, ";9"},
                     {Style::kOverline, ";53"}};
  for (const auto& [attribute, number] : kAttributes) {
    if (style.Has(attribute)) out += number;
  }
  AppendColour(style.foreground, false, out);
  AppendColour(style.background, true, out);
}

}  // namespace

void AppendSgr(const Style& style, std::string& out) {
  out += "\x1B[0";
  if (style.underline() == Style::kDouble) {
    out += ";21";
  } else if (style.underline() != Style::kNone) {
    out += ";4";
  }
  AppendCommon(style, out);
  out += 'm';
}

void AppendExactSgr(const Style& style, std::string& out) {
  out += "\x1B[0";
  AppendCommon(style, out);
  if (style.Has(Style::kHidden)) out += ";8";
  if (style.underline() == Style::kSingle) {
    out += ";4";
  } else if (style.underline() != Style::kNone) {
    fmt::format_to(std::back_inserter(out), ";4:{}", static_cast<int>(style.underline()));
  }
  const Colour colour = style.underline_colour;
  if (colour.is_rgb()) {
    fmt::format_to(std::back_inserter(out), ";58:2::{}:{}:{}", colour.red(), colour.green(),
                   colour.blue());
  } else if (!colour.is_default()) {
    fmt::format_to(std::back_inserter(out), ";58:5:{}", colour.index());
  }
  out += 'm';
}

uint32_t PaletteRgb(uint8_t entry) {
  // xterm's, but for its blue, which nobody can read on a dark ground.
  constexpr uint32_t kFirst[] = {0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x3465A4, 0xCD00CD,
                                 0x00CDCD, 0xE5E5E5, 0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00,
                                 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF};
  if (entry < 16) return kFirst[entry];
  if (entry >= 232) return (8 + uint32_t{10} * (entry - 232u)) * 0x010101;
  const auto level = [](uint32_t step) { return step == 0 ? 0 : 55 + 40 * step; };
  const uint32_t cube = entry - 16u;
  return level(cube / 36) << 16 | level(cube / 6 % 6) << 8 | level(cube % 6);
}

}  // namespace secure_exec
