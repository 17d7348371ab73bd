// The addresses of a host, for those who connect by themselves. Two ways, one of which is built:
//
//   look_up.cc       glibc's, which asks whatever /etc/nsswitch.conf names
//   look_up_ares.cc  c-ares's, for static programs, which cannot load the plug-ins that this takes:
//                    /etc/hosts and the name servers of /etc/resolv.conf
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace secure_exec {

struct SocketAddress {
  sockaddr_storage address;
  socklen_t size;
};

// At least one. `host` is a name or an IP address without brackets, `port` a number. The error says
// why only; it has no deadline but the resolver's own.
Result<std::vector<SocketAddress>> LookUp(const std::string& host, const std::string& port);

}  // namespace secure_exec
