// A manual as a man page: man(7) macros that groff and mandoc both know.
#pragma once

#include <string>

#include "base/manual.h"

namespace secure_exec {

// `date` is YYYY-MM-DD, `source` what the footer names ("kubectl secure-exec 0.1.0").
std::string RoffPage(const ManualPage& page, const std::string& date, const std::string& source);

// Text in which nothing is an escape to roff. (A line of it that begins with a dot is a request.)
std::string EscapeRoff(std::string_view text);

}  // namespace secure_exec
