// Any bytes from a server that speaks WebSocket; remote_command_fuzz.h has what must hold.
#include "plugin/remote/handshake.h"
#include "plugin/remote/websocket.h"
#include "tests/fuzz/remote_command_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  fuzz::CheckEveryCutReadsTheSame(
      data, size, [](std::unique_ptr<ByteStream> stream, const Clock& clock) {
        return std::make_unique<WebSocketCommand>(std::move(stream), std::string(kProtocolV5), true,
                                                  "", clock);
      });
  return 0;
}
