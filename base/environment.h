// Environment variables, passed in so that tests can set them.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace secure_exec {

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// getenv; an empty value counts as unset.
Environment SystemEnvironment();

// This machine's name; empty if it has none.
std::string HostName();

}  // namespace secure_exec
