#include "plugin/remote/upgrade.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <vector>

namespace secure_exec {
namespace {

constexpr int64_t kTimeout = 30 * kSecond;

// `request` as we made it, taken apart again for the log: a request line, headers, no body.
WireExchange BeginExchange(const WireLog* log, std::string_view request) {
  std::string verb, path;
  HeaderList headers;
  if (log == nullptr) request = {};
  for (bool first = true; !request.empty(); first = false) {
    const size_t end = std::min(request.find("\r\n"), request.size());
    const std::string_view line = request.substr(0, end);
    request.remove_prefix(std::min(end + 2, request.size()));
    if (first) {
      const size_t space = std::min(line.find(' '), line.size());
      const std::string_view target = line.substr(std::min(space + 1, line.size()));
      verb = line.substr(0, space);
      path = target.substr(0, target.find(' '));
    } else if (const size_t colon = line.find(": "); colon != std::string_view::npos) {
      headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
  }
  return WireExchange(log, std::move(verb), std::move(path), headers, "");
}

Result<UpgradeAnswer> Exchange(ByteStream& stream, std::string_view request, const Clock& clock,
                               int interrupt_fd, std::string& hint) {
  const int64_t deadline = clock.BootNs() + kTimeout;
  auto wait = [&](short events) -> Result<void> {
    const int64_t left_ms = (deadline - clock.BootNs()) / kMillisecond;
    if (left_ms <= 0) {
      return Fail(ErrorKind::kServer,
                  "unable to upgrade connection: the server did not answer within 30 s");
    }
    pollfd fds[] = {{stream.fd(), events, 0}, {interrupt_fd, POLLIN, 0}};
    if (poll(fds, std::size(fds), static_cast<int>(left_ms)) < 0 && errno != EINTR) {
      return FailErrno(ErrorKind::kIo, "waiting for the server", errno);
    }
    if (fds[1].revents != 0) {
      return Fail(ErrorKind::kInterrupted, "interrupted while waiting for the server");
    }
    return {};
  };

  // A signal that came while we connected: the request would start the command.
  pollfd interrupt{interrupt_fd, POLLIN, 0};
  if (poll(&interrupt, 1, 0) > 0) {
    return Fail(ErrorKind::kInterrupted, "interrupted before the command was started");
  }
  for (std::string_view rest = request; !rest.empty();) {
    const auto written = stream.Write(rest);
    if (!written) return tl::unexpected(written.error());
    rest.remove_prefix(std::min(written->bytes, rest.size()));
    if (written->bytes > 0) continue;
    if (auto waited = wait(POLLOUT); !waited) return tl::unexpected(waited.error());
  }

  UpgradeAnswer answer;
  std::vector<char> buffer(16 * 1024);
  while (!answer.http.done()) {
    const auto got = stream.Read(buffer);
    if (!got) return tl::unexpected(got.error());
    if (got->would_block) {
      if (auto waited = wait(POLLIN); !waited) return tl::unexpected(waited.error());
      continue;
    }
    if (got->bytes == 0) {
      if (auto ended = answer.http.End(); !ended) {
        hint = "the server, or a proxy before it, closed the connection without a whole answer";
        return tl::unexpected(ended.error());
      }
      break;
    }
    const std::string_view bytes(buffer.data(), std::min(got->bytes, buffer.size()));
    const auto used = answer.http.Feed(bytes);
    if (!used) {
      hint = "what answers there is no HTTP server that we understand: is the server's URL right?";
      return tl::unexpected(used.error());
    }
    answer.early = bytes.substr(*used);
  }
  return answer;
}

}  // namespace

Result<UpgradeAnswer> ExchangeUpgrade(ByteStream& stream, std::string_view request,
                                      const Clock& clock, int interrupt_fd, Refusal* refusal,
                                      const WireLog* log) {
  const WireExchange exchange = BeginExchange(log, request);
  Refusal why;
  auto answer = Exchange(stream, request, clock, interrupt_fd, why.hint);
  if (answer) why = RefusalOf(answer->http);
  if (refusal != nullptr) *refusal = std::move(why);
  if (answer) {
    const HttpAnswerParser& http = answer->http;
    exchange.Answered(http.status_text(), http.headers(), http.body());
  } else {
    exchange.Answered("", {}, std::nullopt);
  }
  return answer;
}

}  // namespace secure_exec
