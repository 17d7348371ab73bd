// The main file of a recording: any bytes through the strict walk, the reader and verify. What
// verify calls sealed must read to its end without an error.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "recorder/recording.h"
#include "recorder/testing/recording_builder.h"
#include "recorder/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto report = VerifyRecording(MemoryRecording(bytes), "fuzz", {});
  if (!report) std::abort();
  const bool sealed = report->verdict == Verdict::kUnknownSigner;
  auto recording = Recording::Open(std::make_unique<MemoryRecording>(bytes), "fuzz");
  if (!recording) {
    if (sealed) std::abort();
    return 0;
  }
  Event event;
  int64_t last = 0;
  auto next = (*recording)->Next(event);
  for (; next && *next; next = (*recording)->Next(event)) {
    if (event.t_us < last) std::abort();
    last = event.t_us;
  }
  if (sealed && (!next || (*recording)->ending() != Recording::Ending::kSealed)) std::abort();
  return 0;
}
