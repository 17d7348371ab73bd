// Output that needs no terminal to be read: lines of printable ASCII that end with CR LF. Most of
// most sessions; a terminal would only make them scroll by.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace secure_exec {

// Bytes at the front of `bytes` that are whole such lines. Their text is appended to `lines`, each
// with a line feed, without the spaces at its end, as a person sees it. `count`: how many.
size_t TakePlainLines(std::string_view bytes, std::string& lines, size_t& count);

// Bytes at the front of `bytes` that a line of text is made of as they are: printable ASCII, tabs,
// LF and CR LF.
size_t TextPrefix(std::string_view bytes);

// Whether `bytes` is one such line, or as much of one as there is yet.
bool IsPlainStart(std::string_view bytes);

}  // namespace secure_exec
