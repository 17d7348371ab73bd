// What a session is to be, put together of what was asked for, what the policy bound, and what was
// found on the way: the header of its recording, and the options of its loop.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/environment.h"
#include "plugin/options.h"
#include "plugin/policy/decide.h"
#include "plugin/prepare.h"
#include "plugin/session.h"
#include "recorder/cast/header.h"

namespace secure_exec {

// Takes the time of `clock` for the session's start.
CastHeader MakeSessionHeader(const Options& options, const Prepared& prepared,
                             const std::optional<BoundPolicy>& policy, const Uuid& id,
                             const Environment& environment, const Clock& clock);

// Of a session with that header, on this process's own terminal and descriptors.
Session::Options MakeSessionOptions(const Options& wanted, const CastHeader& header,
                                    const Environment& environment);

}  // namespace secure_exec
