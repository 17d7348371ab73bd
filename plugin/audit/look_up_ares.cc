#include <ares.h>
#include <poll.h>
#include <string.h>

#include "plugin/audit/look_up.h"

namespace secure_exec {
namespace {

struct Answer {
  bool done = false;
  int status = ARES_ECANCELLED;
  std::vector<SocketAddress> addresses;
};

void OnAnswer(void* user, int status, int, ares_addrinfo* found) {
  auto* answer = static_cast<Answer*>(user);
  answer->done = true;
  answer->status = status;
  if (found == nullptr) return;
  for (const ares_addrinfo_node* at = found->nodes; at != nullptr; at = at->ai_next) {
    SocketAddress& one = answer->addresses.emplace_back(SocketAddress{{}, at->ai_addrlen});
    ::memcpy(&one.address, at->ai_addr, at->ai_addrlen);
  }
  ares_freeaddrinfo(found);
}

// Until the answer is there; the resolver's own time-outs end it.
void Await(ares_channel channel, const Answer& answer) {
  while (!answer.done) {
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    const int wanted = ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
    pollfd fds[ARES_GETSOCK_MAXNUM];
    nfds_t count = 0;
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      const short events = static_cast<short>((ARES_GETSOCK_READABLE(wanted, i) ? POLLIN : 0) |
                                              (ARES_GETSOCK_WRITABLE(wanted, i) ? POLLOUT : 0));
      if (events != 0) fds[count++] = {sockets[i], events, 0};
    }
    timeval most{1, 0}, left;
    const timeval* wait = ares_timeout(channel, &most, &left);
    ::poll(fds, count, static_cast<int>(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // what has timed out
    for (nfds_t i = 0; i < count; ++i) {
      const bool readable = (fds[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
      const bool writable = (fds[i].revents & (POLLOUT | POLLERR)) != 0;
      ares_process_fd(channel, readable ? fds[i].fd : ARES_SOCKET_BAD,
                      writable ? fds[i].fd : ARES_SOCKET_BAD);
    }
  }
}

}  // namespace

Result<std::vector<SocketAddress>> LookUp(const std::string& host, const std::string& port) {
  ares_channel channel = nullptr;
  int status = ares_library_init(ARES_LIB_INIT_ALL);
  if (status == ARES_SUCCESS) status = ares_init(&channel);
  if (status != ARES_SUCCESS) return Fail(ErrorKind::kIo, "{}", ares_strerror(status));
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NUMERICSERV;
  Answer answer;
  ares_getaddrinfo(channel, host.c_str(), port.c_str(), &hints, &OnAnswer, &answer);
  Await(channel, answer);
  ares_destroy(channel);  // answers what is still asked
  if (answer.status != ARES_SUCCESS) {
    return Fail(ErrorKind::kIo, "{}", ares_strerror(answer.status));
  }
  if (answer.addresses.empty()) return Fail(ErrorKind::kIo, "it has no address");
  return std::move(answer.addresses);
}

}  // namespace secure_exec
