// Text from a recording, a cluster or a file name, made fit to be shown to a person: no control
// characters, and nothing invisible that could reorder, hide or disguise the text around it.
#pragma once

#include <string>
#include <string_view>

namespace secure_exec {

// Characters that a terminal draws as nothing: bidirectional controls, other format characters,
// fillers, tags, and all variation selectors but the two of emoji. The joiners U+200C and U+200D
// are not among them, for scripts and emoji need them.
bool IsInvisible(char32_t code_point);

// Appends `text` (valid UTF-8 without controls, as ParserHandler::Print() has it), each invisible
// character replaced by U+FFFD. Tabs pass too.
void AppendSafeText(std::string_view text, std::string& out);

// Any bytes as one line: C0 controls and DEL become \n, \t, \r or \xNN, as in C; C1 controls,
// invisible characters and what is not UTF-8 become U+FFFD. A backslash stays as it is.
std::string SafeLine(std::string_view bytes);

}  // namespace secure_exec
