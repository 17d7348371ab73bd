#include "base/local_account.h"

#include <pwd.h>
#include <unistd.h>

namespace secure_exec {

LocalAccount ThisAccount() {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  if (getpwuid_r(getuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) {
    return {.name = found->pw_name, .home = found->pw_dir != nullptr ? found->pw_dir : ""};
  }
  return {.name = std::to_string(getuid()), .home = ""};
}

}  // namespace secure_exec
