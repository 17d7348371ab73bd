// The names in one page of a server's list, and a word about each. Bytes in, names out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/completion/completion.h"
#include "base/result.h"

namespace secure_exec {

struct NamePage {
  std::vector<Candidate>
      names;         // in the server's order; those that no Kubernetes object has are left out
  std::string next;  // the token for the next page, fit for a URL; empty: that was the last
};

// A meta.k8s.io Table (which is asked for, being a tenth of the size) or any List. kServer.
Result<NamePage> ReadNamePage(std::string_view json);

// A name that an object can have: a DNS subdomain (RFC 1123).
bool IsObjectName(std::string_view name);

}  // namespace secure_exec
