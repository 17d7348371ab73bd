// A screen as a file or a line of output: plain text, text in colour, or an SVG image. Nothing in
// it can act on who looks at it (picture.h).
#pragma once

#include <string>
#include <vector>

#include "replay/render/picture.h"
#include "replay/screen/screen.h"

namespace secure_exec {

// Rows with a line feed each; blanks at their end and empty rows at the end left out. An invisible
// character stands as U+FFFD.
std::string RenderText(const Screen& screen);
// The same with colours and attributes as CSI m; each row begins and ends in the default style.
std::string RenderAnsi(const Screen& screen);

// An image of the whole screen with its cursor. Characters stand on a grid whatever font a viewer
// has; recorded text is text, never markup; no script, no style sheet, nothing from elsewhere.
std::string RenderSvg(const Screen& screen);

// The same in parts, for who puts several screens into one image: what comes before the rows of a
// screen of that size, and elements for each row. "</svg>" ends it.
std::string SvgBegin(WindowSize size);
std::vector<std::string> SvgRows(const Screen& screen);

}  // namespace secure_exec
