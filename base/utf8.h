// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace secure_exec {

// Bytes at the front of `bytes` that are valid, complete UTF-8. Text that is mostly ASCII is
// scanned at several bytes a cycle.
size_t ValidUtf8Prefix(std::string_view bytes);

// Length (0 to 3) of a sequence at the end of `bytes` that is a proper prefix of a valid
// character, so that more bytes could complete it.
size_t IncompleteUtf8Tail(std::string_view bytes);

}  // namespace secure_exec
