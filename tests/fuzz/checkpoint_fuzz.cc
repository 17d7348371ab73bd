// Checkpoints and seek tables: any bytes. The encodings are canonical, so what is accepted must
// encode to the same bytes.
#include <cstdint>
#include <cstdlib>

#include "recorder/container/checkpoint.h"
#include "recorder/container/seek_table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto checkpoint = Checkpoint::DecodeFrame(bytes)) {
    if (checkpoint->EncodeFrame() != bytes) std::abort();
  }
  if (const auto body = CheckpointBody::Decode(bytes)) {
    if (body->Encode() != bytes) std::abort();
  }
  if (const auto entries = DecodeSeekTable(bytes)) {
    if (EncodeSeekTable(*entries) != bytes) std::abort();
  }
  return 0;
}
