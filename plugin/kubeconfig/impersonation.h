// Acting as somebody else: the flags and fields that say as whom, and the headers that tell the API
// server. Headers are spelled as client-go spells them, so that a proxy or an audit log that knows
// kubectl's finds ours.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "plugin/kubeconfig/access.h"
#include "plugin/kubeconfig/config_file.h"

namespace secure_exec {

// --as, --as-uid and --as-group replace the stanza's fields; --as-user-extra those of its keys.
// kUsage where --as-user-extra is not KEY=VALUE: kubectl drops it, and acts with less than was
// asked for.
Result<void> LayImpersonationOver(const AccessFlags& flags, UserStanza& user);

// Impersonate-User, -Uid, -Group (repeated), -Extra-KEY; none without `as`. kConfig, in kubectl's
// words, where the rest comes without `as`, and where a value cannot be a header's.
Result<std::vector<std::pair<std::string, std::string>>> ImpersonationHeaders(
    const std::string& name, const UserStanza& user);

}  // namespace secure_exec
