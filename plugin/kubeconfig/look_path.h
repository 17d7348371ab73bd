// Finding a program as Go's exec.LookPath does, and so kubectl.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace secure_exec {

// A name without '/' is looked for on $PATH; a directory of it that is not absolute does not count.
// With '/' it is itself the path. Error: why it cannot be run, in Go's words ("executable file not
// found in $PATH", "permission denied").
tl::expected<std::string, std::string> LookPath(const std::string& command);

}  // namespace secure_exec
