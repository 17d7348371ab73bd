// A screen as the sequences that bring a new terminal to it: for a part of a session that begins in
// the middle, without what came before.
#pragma once

#include <cstddef>
#include <string>

#include "replay/screen/screen.h"

namespace secure_exec {

inline constexpr size_t kMaxRedrawnLinks = 1 << 20;  // bytes of addresses; text goes on without

// Without line feeds; may end within a character. A terminal of the screen's size that is as after
// a reset shows the same cells, cursor and title, and goes on as this one would: styles, saved
// cursor, scroll region, tabs, modes, the screen behind the alternate one, titles that were pushed,
// a sequence or character that is still open.
//
// As recorded, for a terminal that plays a recording: links and titles are in it (text alone, as
// the screen kept them), and concealed text stays concealed. Of an open string that no screen
// shows (a clipboard's, DCS) only that it is open.
//
// At most about 150 bytes a cell of both screens, and kMaxRedrawnLinks.
//
// Left out, for no sequence brings it:
// * rows that scrolled off: a screen that grows has blank ones instead of them;
// * which blanks were written and which erased, so that a resize may wrap lines in other places;
// * the character that CSI b would repeat, and halves of wide characters;
// * a saved cursor outside a screen that shrank, and in origin mode one below the scroll region.
// A screen behind an alternate one of another size is as it will be when a program leaves that.
std::string Redraw(const Screen& screen);

}  // namespace secure_exec
