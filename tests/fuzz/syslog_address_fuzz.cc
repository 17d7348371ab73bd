// Where syslog is: an address that can be used, or a refusal in one line.
#include <cstdint>
#include <cstdlib>

#include "plugin/audit/syslog_address.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto address = secure_exec::ParseSyslogAddress(text);
  if (!address) {
    const std::string& message = address.error().message;
    if (message.empty() || message.find('\n') != std::string::npos) std::abort();
    return 0;
  }
  using Transport = secure_exec::SyslogAddress::Transport;
  if (address->transport == Transport::kUnix) {
    // Fits a socket's address with its NUL.
    if (address->path.empty() || address->path.size() > 107) std::abort();
    if (address->path.find('\0') != std::string::npos) std::abort();
  } else if (address->host.empty() || std::atoi(address->port.c_str()) < 1 ||
             std::atoi(address->port.c_str()) > 65535) {
    std::abort();
  }
  // What was read is written as it was.
  if (address->Text() != text) std::abort();
  return 0;
}
