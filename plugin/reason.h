// Why a session was opened, in its user's words (--reason): what such a text may be. It goes to the
// recording, the audit events, the API server's log and onto terminals.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace secure_exec {

inline constexpr size_t kMaxReasonBytes = 512;

// Why `reason` cannot be one, or "": it is text of one line, without control characters and without
// characters that hide or reorder others, and not longer than kMaxReasonBytes.
std::string ReasonProblem(std::string_view reason);

}  // namespace secure_exec
