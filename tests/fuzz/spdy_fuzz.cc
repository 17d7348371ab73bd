// Any bytes from a server that speaks SPDY; remote_command_fuzz.h has what must hold. Frames and
// header blocks alone are spdy_frame_fuzz.cc and spdy_headers_fuzz.cc.
#include "plugin/remote/spdy.h"
#include "tests/fuzz/remote_command_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  fuzz::CheckEveryCutReadsTheSame(
      data, size, [](std::unique_ptr<ByteStream> stream, const Clock& clock) {
        ExecRequest request;
        request.stdin_open = true;
        return std::make_unique<SpdyCommand>(std::move(stream), request, "", clock);
      });
  return 0;
}
