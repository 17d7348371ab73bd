// The account that runs this program, as the system knows it; the environment is not asked.
#pragma once

#include <string>

namespace secure_exec {

struct LocalAccount {
  std::string name;  // the uid in digits where it has none
  std::string home;  // empty: not known
};

LocalAccount ThisAccount();

}  // namespace secure_exec
