// Work that must be over within a time, whatever it waits for: it is done by a child in a session
// of its own, which is killed at the limit, with all that it has started there.
//
// The child has no terminal (so that nothing it runs can ask on it), /dev/null for its standard
// descriptors, and ends with its parent. Must be called while the process has one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace secure_exec {

inline constexpr size_t kMaxWithinBytes = 1 << 20;

// What `work` returns; "" where it is not there `limit_ns` from now, has more than kMaxWithinBytes,
// or where SIGINT, SIGTERM, SIGHUP or SIGQUIT comes before.
std::string RunWithin(int64_t limit_ns, const std::function<std::string()>& work);

}  // namespace secure_exec
