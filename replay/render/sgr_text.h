// A style as CSI m, of our own making: what it says comes from parsed values alone.
#pragma once

#include <string>

#include "replay/screen/cell.h"

namespace secure_exec {

// Appends what makes a terminal write in `style` whatever it wrote in before. Concealed text is
// shown, for a reviewer is to see it; kinds of underline are told apart as one or two lines; an
// underline has the colour of the text; links are left out.
void AppendSgr(const Style& style, std::string& out);

// The same as it was asked for: what is concealed, kinds and colours of underlines. Terminals that
// do not know those ignore them. Links are no part of CSI m.
void AppendExactSgr(const Style& style, std::string& out);

// The colours of xterm's 256-colour palette, 0xRRGGBB.
uint32_t PaletteRgb(uint8_t entry);

}  // namespace secure_exec
