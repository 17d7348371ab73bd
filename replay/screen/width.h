// How many columns a character takes, by utf8proc's tables, with the rules of wcwidth() in glibc
// where those differ: xterm and the tmux of Debian ask it, so people's screens were laid out by it.
#pragma once

namespace secure_exec {

// 0 (combining: joins the character before it), 1 or 2. `code_point` is no control.
int CharWidth(char32_t code_point);

// What `ascii` (0x20 to 0x7E) looks like in DEC's special graphics set: lines and corners.
char32_t DecGraphic(char ascii);

}  // namespace secure_exec
