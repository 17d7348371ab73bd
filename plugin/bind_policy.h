// The policy (plugin/policy/) and what the plugin knows of a session, put together: who the user
// is, where the session goes, and what the cluster says of them.
#pragma once

#include "base/environment.h"
#include "plugin/api/api_client.h"
#include "plugin/options.h"
#include "plugin/policy/decide.h"
#include "plugin/policy/match.h"

namespace secure_exec {

// What is known without a cluster: the account that runs us.
Facts LocalFacts();

// The facts of a session that `client` would open, its identity asked for only when it is wanted.
// `client` must outlive them.
Facts SessionFacts(ApiClient& client, const std::string& name_space, const std::string& pod,
                   const std::string& container);

// What can be told of a session that did not get as far, by what was asked for. The cluster is not
// asked.
Facts AskedFacts(const Options& options, const Environment& environment);

// SelfSubjectReview; where the server has none, what the credentials themselves say: an
// impersonated user and groups, or a client certificate's name and organisations, which are what
// the server makes of it. A token tells nothing.
Result<ClusterIdentity> AskIdentity(ApiClient& client);

}  // namespace secure_exec
