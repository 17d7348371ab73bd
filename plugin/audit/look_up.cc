#include "plugin/audit/look_up.h"

#include <netdb.h>
#include <string.h>

#include <memory>

namespace secure_exec {

Result<std::vector<SocketAddress>> LookUp(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;  // each address once
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int problem = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (problem != 0) return Fail(ErrorKind::kIo, "{}", ::gai_strerror(problem));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    SocketAddress& one = addresses.emplace_back(SocketAddress{{}, at->ai_addrlen});
    ::memcpy(&one.address, at->ai_addr, at->ai_addrlen);
  }
  return addresses;
}

}  // namespace secure_exec
