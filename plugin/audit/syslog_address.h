// Where syslog is: the value of --audit-syslog.
//
//   unix:/dev/log               a datagram socket, or where it is one, a stream
//   udp:HOST:PORT               RFC 5426
//   tcp:HOST:PORT               RFC 6587, octet counting
//
// HOST is a name, an IPv4 address, or an IPv6 address in brackets. There is no default port: sites
// differ in what listens on 514 and on 601.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace secure_exec {

struct SyslogAddress {
  enum class Transport { kUnix, kUdp, kTcp } transport = Transport::kUnix;
  std::string path;        // of kUnix; absolute, and fits a socket's address
  std::string host, port;  // of the others; an IPv6 address is without its brackets
  bool operator==(const SyslogAddress&) const = default;

  std::string Text() const;  // what Parse() takes
};

// kUsage, with what is wrong but without a flag's name.
Result<SyslogAddress> ParseSyslogAddress(std::string_view text);

}  // namespace secure_exec
