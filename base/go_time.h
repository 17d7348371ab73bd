// Points in time as Kubernetes' JSON has them: RFC 3339, "2026-11-26T20:56:36Z".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace secure_exec {

// Nanoseconds since 1970 UTC; what does not fit in 64 bits is the nearest that does. Error: why
// `text` is no such time, in the words of Go's time.Parse, which quote it.
tl::expected<int64_t, std::string> ParseGoTime(std::string_view text);

}  // namespace secure_exec
