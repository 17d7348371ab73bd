// Reading a file that others must not have been able to write: every directory on the way and the
// file itself is looked at through the descriptor that is then used, so that nothing can be put in
// its place in between.
//
// No symbolic links, anywhere on the way: where one leads could change hands. A file that comes as
// a link (a mounted ConfigMap, /etc made of links) is mounted or copied as itself. Access control
// lists that let somebody else write show in the group's bits, and are refused with them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.h"

namespace secure_exec {

struct TrustedPlace {
  // Looked at from here on, this directory included.
  std::string root = "/";
  std::string path = "etc/secure-exec/policy.yaml";  // below it
  uid_t owner = 0;
  std::string Text() const { return root + (root.ends_with('/') ? "" : "/") + path; }
};

// All of the file, at most `limit` bytes; nullopt where it, or a directory on the way, does not
// exist. kPolicy where something on the way is not the owner's, or others may write it, or it is
// neither directory nor file, or it cannot be read.
Result<std::optional<std::string>> ReadTrustedFile(const TrustedPlace& place, size_t limit);

// The same for a file of the user's own, wherever it is: followed through links; kConfig unless it
// is a regular file of `owner` or root that nobody else may write.
Result<std::optional<std::string>> ReadOwnFile(const std::string& path, uid_t owner, size_t limit);

}  // namespace secure_exec
