// Finding and reading the two files, before anything is asked of a server.
#pragma once

#include "base/environment.h"
#include "base/result.h"
#include "plugin/policy/decide.h"
#include "plugin/policy/trusted_file.h"

namespace secure_exec {

// $XDG_CONFIG_HOME/secure-exec/config.yaml, else ~/.config/…; "" where neither variable is set.
std::string ConfigPath(const Environment& environment);

// A file that is not there sets nothing. A policy that cannot be read, or has an error, is kPolicy:
// no session without it. A config like that is kConfig. Each names the first error; --check-policy
// shows all.
Result<Rules> LoadRules(const Environment& environment, const TrustedPlace& policy = {});

struct PolicyCheck {
  std::string text;  // what is shown, with its LFs
  bool sound = false;
};
// --check-policy: what is wrong with the file, or that nothing is. Where `options` names a pod,
// also which rule would count for it and what would bind, as far as that can be told without a
// server: groups are those of --as-group, the cluster's user is that of --as. A refusal is not
// sound.
PolicyCheck CheckPolicy(const Options& options, const Environment& environment, const Facts& local,
                        const TrustedPlace& policy = {});

}  // namespace secure_exec
