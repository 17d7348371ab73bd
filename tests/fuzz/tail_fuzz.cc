// A tail segment: any bytes behind a good main file, through the reader and verify. What verify
// calls intact must read without an error, and hold at least the lines that verify counted.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "recorder/recording.h"
#include "recorder/testing/recording_builder.h"
#include "recorder/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  static const std::string main = RecordingBuilder().Header().Bytes();
  auto source = std::make_unique<MemoryRecording>(main);
  source->tails[1].assign(reinterpret_cast<const char*>(data), size);
  const auto report = VerifyRecording(*source, "fuzz", {});
  if (!report) std::abort();
  auto recording = Recording::Open(std::move(source), "fuzz");
  if (!recording) std::abort();
  Event event;
  uint64_t events = 0;
  auto next = (*recording)->Next(event);
  for (; next && *next; next = (*recording)->Next(event)) ++events;
  const bool intact = report->verdict == Verdict::kNoSeal;
  if (!intact && report->verdict != Verdict::kAltered) std::abort();
  if (intact && (!next || events + 1 < report->lines)) std::abort();
  return 0;
}
