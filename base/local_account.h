// The account that runs this program, as the system knows it; the environment is not asked.
//
// glibc's getpwuid would load plug-ins (NSS), which a static program cannot: it asks /etc/passwd
// itself, and for accounts that are elsewhere (LDAP, SSSD, systemd) the system's own
// /usr/bin/getent, for two seconds at most.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace secure_exec {

struct LocalAccount {
  std::string name;  // the uid in digits where it has none
  std::string home;  // empty: not known
};

LocalAccount ThisAccount();

// The account of `uid` in a text of /etc/passwd's form, of which lines that are not are passed
// over.
std::optional<LocalAccount> FindAccount(std::string_view passwd, uid_t uid);

// What `program passwd UID` prints of `uid`; nothing if it fails or takes longer than `timeout_ms`.
std::optional<LocalAccount> AskForAccount(const char* program, uid_t uid, int timeout_ms);

}  // namespace secure_exec
