#include "plugin/audit/syslog_sink.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

#include "plugin/audit/look_up.h"
#include "plugin/audit/syslog_message.h"

namespace secure_exec {
namespace {

using Transport = SyslogAddress::Transport;

constexpr int kFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;

}  // namespace

int SyslogSink::Wait(const UniqueFd& socket, short events) {
  for (;;) {
    const int64_t left = deadline_ - clock_.BootNs();
    if (left <= 0) return ETIMEDOUT;
    pollfd fd{socket.get(), events, 0};
    const int ready = ::poll(&fd, 1, static_cast<int>(left / kMillisecond) + 1);
    if (ready > 0) return 0;
    if (ready < 0 && errno != EINTR) return errno;
  }
}

int SyslogSink::Connect(const UniqueFd& socket, const void* address, unsigned size) {
  if (!socket) return errno;
  if (::connect(socket.get(), static_cast<const sockaddr*>(address), size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (const int error = Wait(socket, POLLOUT); error != 0) return error;
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

int SyslogSink::SendDatagram(const UniqueFd& socket, std::string_view message) {
  while (::send(socket.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return errno;
    if (const int error = Wait(socket, POLLOUT); error != 0) return error;
  }
  if (address_.transport != Transport::kUdp) return 0;
  char byte;
  return ::recv(socket.get(), &byte, 1, 0) < 0 && errno == ECONNREFUSED ? ECONNREFUSED : 0;
}

int SyslogSink::SendStream(const UniqueFd& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      if (const int error = Wait(socket, POLLOUT); error != 0) return error;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  if (::shutdown(socket.get(), SHUT_WR) != 0) return errno;
  return confirm_ ? AwaitEnd(socket) : 0;
}

int SyslogSink::AwaitEnd(const UniqueFd& socket) {
  for (;;) {
    char bytes[256];  // a syslog says nothing
    const ssize_t count = ::recv(socket.get(), bytes, sizeof bytes, 0);
    if (count == 0) return 0;
    if (count < 0 && errno != EAGAIN && errno != EINTR) return errno;
    if (const int error = Wait(socket, POLLIN); error != 0) return error;
  }
}

int SyslogSink::DeliverUnix(const AuditSession& session, const AuditEvent& event) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ::memcpy(address.sun_path, address_.path.data(), address_.path.size());
  const std::string message = SyslogMessage(session, event, ::getpid(), kMaxSyslogMessage);
  const UniqueFd datagram(::socket(AF_UNIX, SOCK_DGRAM | kFlags, 0));
  const int error = Connect(datagram, &address, sizeof address);
  if (error == 0) return SendDatagram(datagram, message);
  if (error != EPROTOTYPE) return error;
  const UniqueFd stream(::socket(AF_UNIX, SOCK_STREAM | kFlags, 0));
  if (const int problem = Connect(stream, &address, sizeof address); problem != 0) return problem;
  // Octet counting is not known on local sockets; a line is, everywhere.
  return SendStream(stream, message + "\n");
}

Result<void> SyslogSink::Deliver(const AuditSession& session, const AuditEvent& event) {
  if (address_.transport == Transport::kUnix) {
    deadline_ = clock_.BootNs() + patience_ns_;
    if (const int error = DeliverUnix(session, event); error != 0) {
      return FailErrno(ErrorKind::kIo, name(), error);
    }
    return {};
  }
  const bool udp = address_.transport == Transport::kUdp;
  const auto found = LookUp(address_.host, address_.port);
  if (!found) {
    return Fail(ErrorKind::kIo, "{}: looking up the host: {}", name(), found.error().message);
  }
  std::string message =
      SyslogMessage(session, event, ::getpid(), udp ? kMaxSyslogDatagram : kMaxSyslogMessage);
  if (!udp) message = fmt::format("{} {}", message.size(), message);
  int error = EADDRNOTAVAIL;
  for (const SocketAddress& at : *found) {
    // One that does not answer leaves time for the next. Looking them up does not count.
    deadline_ = clock_.BootNs() + patience_ns_ / static_cast<int64_t>(found->size());
    const UniqueFd socket(
        ::socket(at.address.ss_family, (udp ? SOCK_DGRAM : SOCK_STREAM) | kFlags, 0));
    error = Connect(socket, &at.address, at.size);
    if (error != 0) continue;
    deadline_ = clock_.BootNs() + patience_ns_;
    error = udp ? SendDatagram(socket, message) : SendStream(socket, message);
    // What a peer has taken once it might take twice.
    if (error != ECONNREFUSED) break;
  }
  if (error == 0) return {};
  return FailErrno(ErrorKind::kIo, name(), error);
}

}  // namespace secure_exec
