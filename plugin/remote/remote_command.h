// A command running in a container, seen from the session: channels of bytes over one connection.
// Passive: it says which descriptor and deadline it waits for, and works when told. An instance,
// not a singleton: two can live at once. Over WebSocket, or SPDY for servers that refuse it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/window_size.h"
#include "plugin/api/byte_stream.h"
#include "plugin/api/wire_log.h"
#include "recorder/cast/event.h"

namespace secure_exec {

// --protocol. kAuto: WebSocket, and SPDY where the server refuses it or stdin needs it.
enum class ProtocolChoice { kAuto, kV5, kV4, kSpdy };

struct ExecRequest {
  std::string host_header;    // HTTP Host
  std::string path_prefix;    // the server URL's path
  std::string authorization;  // header value, or empty
  // Header names and values.
  std::vector<std::pair<std::string, std::string>> impersonation;
  std::string user_agent;
  std::string audit_id;  // Audit-ID, or empty
  std::string name_space, pod, container;
  std::vector<std::string> command;
  bool stdin_open = false, stdout_open = true, stderr_open = true, tty = false;
  // Over WebSocket, which subprotocols; at least one. v4 cannot say that stdin ended, and by the
  // time an old server has chosen it the command already runs.
  bool offer_v5 = true, offer_v4 = true;
  const WireLog* wire_log = nullptr;  // may be null; outlives the handshake
};

// "/api/v1/namespaces/default/pods/one/exec?command=date&container=app&stderr=true&stdout=true":
// keys sorted, one `command` per argument in order, '+' for space, only true values.
std::string ExecPath(const ExecRequest& request);

// The HTTP answer with which a server refused a handshake: no command runs, so another try may be
// made, on another connection.
struct Refusal {
  int http_code = 0;         // 0: there was no such answer
  std::string missing_verb;  // "get" or "create", where the API server says that the user lacks it
  std::string hint;          // what the answer means and what helps, for a line behind the error's

  explicit operator bool() const { return http_code != 0; }
  // The server does not know who asks. The same request with other credentials may be taken;
  // another protocol with the same ones will not.
  bool unauthorized() const { return http_code == 401; }
};

class RemoteCommand {
 public:
  // What Advance() hands over. `bytes` are valid during the call only.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnOutput(Channel channel, std::string_view bytes) = 0;  // kStdout or kStderr
    // Whether more output can be taken now. When false, Advance() stops reading; at most 64 KiB
    // that it had read already still come.
    virtual bool WantsOutput() const = 0;
  };

  virtual ~RemoteCommand() = default;

  virtual int fd() const = 0;
  // POLLIN | POLLOUT as wanted now; POLLIN only while the listener wants output. When it is 0, do
  // not poll fd() at all: a connection that broke would report POLLHUP without end.
  virtual short PollEvents(const Listener& listener) const = 0;
  // When Advance() must be called though nothing is ready (BootNs): pings, a silent peer, the
  // server's idle limit.
  virtual std::optional<int64_t> Deadline() const = 0;
  // True: call Advance() again without polling (it stopped at its budget, or bytes wait in TLS), as
  // soon as the listener wants output.
  virtual bool HasBufferedInput() const = 0;

  // Reads up to about 256 KiB, writes what is queued, pings. Errors are kConnectionLost (the stream
  // broke, the protocol was violated, no pong for 61 s while we were reading).
  virtual Result<void> Advance(Listener& listener) = 0;

  // Bytes of stdin that can be queued now; 0 while 256 KiB wait for the socket.
  virtual size_t StdinRoom() const = 0;
  virtual void SendStdin(std::string_view bytes) = 0;
  // Half-close after what is queued. Only where CanCloseStdin().
  virtual void CloseStdin() = 0;
  virtual bool CanCloseStdin() const = 0;
  virtual void Resize(WindowSize size) = 0;  // ignored without a TTY

  // For how long the peer has said nothing though we listened and it was pinged (ns); as of the
  // last Advance().
  virtual int64_t silence() const { return 0; }
  // Whether servers are kept from ending a stream for its silence (they are, until told otherwise),
  // where that takes messages of its own.
  virtual void KeepAlive(bool) {}

  // The peer ended the stream; status_bytes() is then all that came on channel 3.
  virtual bool finished() const = 0;
  virtual std::string_view status_bytes() const = 0;
  virtual std::string_view protocol() const = 0;  // "v5.channel.k8s.io"
  // Bytes of stdin handed to the socket in whole messages; what is queued does not count.
  virtual uint64_t stdin_sent() const = 0;
};

// The WebSocket handshake on `stream` (blocks, at most 30 s), then the command. An HTTP answer that
// is not 101 becomes kubectl's text for it (kServer). When `interrupt_fd`
// becomes readable (a signal came) it gives up: kInterrupted. If it is readable already, nothing is
// sent, so that no command starts. `refusal`, if given, says what the server answered where it
// refused: SPDY may then be tried on another connection.
Result<std::unique_ptr<RemoteCommand>> StartWebSocketCommand(std::unique_ptr<ByteStream> stream,
                                                             const ExecRequest& request,
                                                             const Clock& clock,
                                                             int interrupt_fd = -1,
                                                             Refusal* refusal = nullptr);

// The same over SPDY/3.1, for servers without WebSocket or without v5: it can close stdin whatever
// the server's age. Errors as above.
Result<std::unique_ptr<RemoteCommand>> StartSpdyCommand(std::unique_ptr<ByteStream> stream,
                                                        const ExecRequest& request,
                                                        const Clock& clock, int interrupt_fd = -1,
                                                        Refusal* refusal = nullptr);

}  // namespace secure_exec
