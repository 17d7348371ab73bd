// HTTP to one API server over libcurl: REST requests, and connections for streams. TLS 1.2 and
// later, HTTP/1.1 only, the server's certificate verified unless the kubeconfig says otherwise.
// Used in the prepare phase: its calls block. Redirects are not followed. Proxies
// are used as proxy.h says.
//
// Credentials are kept fresh: a token's file is read, and a credential plugin is run, before the
// first request, again where what it gave has expired, and once more after a 401.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/environment.h"
#include "base/result.h"
#include "plugin/api/byte_stream.h"
#include "plugin/api/wire_log.h"
#include "plugin/kubeconfig/access.h"

namespace secure_exec {

struct HttpRequest {
  std::string method = "GET";
  std::string path = {};                    // the server URL's own path goes in front
  std::string body = {};                    // JSON; empty: none
  std::string accept = "application/json";  // the Accept header
  // For the whole request; 0: --request-timeout. Without one, and where nothing takes the data as
  // it comes, a minute without a byte is a limit, too.
  int64_t timeout_ns = 0;
  std::string user_agent = {};  // in place of the client's own; empty: that
  std::string audit_id = {};    // Audit-ID, or empty
  // A 200's body as it comes instead of gathered; false: enough, the connection is closed and the
  // request has succeeded. The 16 MiB do not apply.
  std::function<bool(std::string_view)> on_data = nullptr;
};

struct HttpResponse {
  int code = 0;
  std::string body;               // at most 16 MiB; more is an error
  std::optional<int64_t> date_s;  // the Date header, seconds since 1970
  int64_t received_wall_ns = 0;   // our clock when the header came
};

class ApiClient {
 public:
  // `access` is copied. kConfig if the TLS material, tls-server-name or the proxy cannot be used.
  // `log`, if given, gets every request, and is told what it must not show.
  static Result<std::unique_ptr<ApiClient>> Create(
      const ClusterAccess& access, std::string user_agent,
      const Environment& environment = SystemEnvironment(), std::unique_ptr<WireLog> log = nullptr,
      const Clock& clock = Clock::System());
  ~ApiClient();

  // Runs the credential plugin unless what it gave is still good, or reads the token's file again.
  // Send() and Connect() begin with this; called before BeginConnect(), so that the connection has
  // the plugin's certificate.
  Result<void> GetCredentials();
  // After a 401: gets new credentials, whatever the old ones said about their end. False if there
  // are none to be had: the server's answer would be the same.
  Result<bool> RenewCredentials();

  // Starts opening a connection for a stream; it makes progress during Get(), so that the two
  // handshakes share their round trips. It has 30 s.
  void BeginConnect();
  // One request, on a connection of its own. Errors in kubectl's words: "Unable to connect to the
  // server: …", "The connection to the server H:P was refused - did you specify the right host or
  // port?" (kVerbatim). Any HTTP code is a success here. 30 s to connect. Past its time: "…context
  // deadline exceeded (Client.Timeout exceeded while awaiting headers)".
  Result<HttpResponse> Send(const HttpRequest& request);
  // Finishes what BeginConnect() began, or begins now; anew, where the client certificate is
  // another one by now. The stream outlives this object.
  Result<std::unique_ptr<ByteStream>> Connect();
  // From now on Connect() gives up (kInterrupted) when `fd` becomes readable.
  void SetInterrupt(int fd);

  // With the plugin's credentials, once there are any, and with the setting "proxy".
  const ClusterAccess& access() const;
  const std::string& host_header() const;  // "host:port", as in the server's URL
  const std::string& path_prefix() const;  // the server URL's path, no trailing slash
  // The server's clock less ours, from the first answer's Date.
  std::optional<int64_t> clock_offset_ns() const;
  const WireLog* wire_log() const;    // null: none
  std::string authorization() const;  // "Bearer …", "Basic …", or empty; never over plain http

 private:
  struct Impl;
  explicit ApiClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace secure_exec
