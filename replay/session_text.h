// What cat, grep and play share in reading a session.
#pragma once

#include <optional>
#include <string_view>

#include "base/vt/plain_text.h"
#include "base/window_size.h"
#include "recorder/cast/event.h"
#include "recorder/cast/header.h"

namespace secure_exec {

// The session had a terminal; foreign casts always do.
inline bool HasTerminal(const CastHeader& header) { return !header.session || header.session->tty; }

// An `r` event's "COLSxROWS"; each 1 to 9999.
std::optional<WindowSize> ParseResize(std::string_view data);

// Tells `text` how wide the session's terminal is, as far as this event says.
void ApplyResize(const CastHeader& header, const Event& event, PlainText& text);

}  // namespace secure_exec
