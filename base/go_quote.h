// Text as Go's %q writes it, which is how kubectl shows what it was given.
#pragma once

#include <string>
#include <string_view>

namespace secure_exec {

// `text` quoted, and safe for a terminal.
std::string GoQuote(std::string_view text);

// The same as Go's package time has it, in its errors: every byte that is not printable ASCII is
// \xNN.
std::string GoQuoteAscii(std::string_view text);

// One byte as %q writes a rune of that number: 'z', '\x1b'.
std::string GoQuoteByte(char byte);

}  // namespace secure_exec
