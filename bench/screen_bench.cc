// How fast the terminal emulator is. Prints one line:
//   screen_bench log [MEBIBYTES]       lines as servers write them, 80 columns
//   screen_bench FILE [MEBIBYTES]      the bytes of FILE over and over: a capture of vim, htop...
//                                      (tests/screen/captures.py raw NAME writes one)
// Fed in pieces of 4 KiB, each followed by a look at what changed, as grep and the player do it.
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "bench/log_text.h"
#include "replay/screen/text.h"

namespace secure_exec {
namespace {

constexpr size_t kPiece = 4096;

class CountingSink : public ScreenSink {
 public:
  uint64_t scrolled = 0;
  uint64_t lost = 0;

 private:
  void RowScrolledOff(const Screen&, const Row&) override { ++scrolled; }
  void RowLosesText(const Screen&, int) override { ++lost; }
};

int Run(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "log";
  const size_t mebibytes = argc > 2 ? static_cast<size_t>(std::atol(argv[2])) : 256;
  std::string bytes;
  if (what == "log") {
    bytes = LogText(4 << 20, "\r\n");
  } else {
    std::ifstream file(what, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
    if (bytes.empty()) return std::fprintf(stderr, "%s: nothing to read\n", what.c_str()), 1;
  }
  CountingSink sink;
  Screen screen({}, &sink);
  uint64_t seen = 0;
  uint64_t total = 0;
  const double start = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  while (total < mebibytes << 20) {
    for (size_t at = 0; at < bytes.size(); at += kPiece) {
      screen.Feed(std::string_view(bytes).substr(at, kPiece));
      screen.ForEachUnseen([&](int) { ++seen; });
    }
    total += bytes.size();
  }
  const double seconds = Seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
  const double snapshot_start = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  size_t snapshot = 0;
  for (int i = 0; i < 100; ++i) snapshot = screen.Snapshot().size();
  const double snapshot_seconds = (Seconds(CLOCK_PROCESS_CPUTIME_ID) - snapshot_start) / 100;
  std::printf(
      "%s: %.0f MB/s; %llu rows scrolled off, %llu were about to be lost, %llu seen; "
      "a snapshot of %zu bytes in %.0f us\n",
      what.c_str(), static_cast<double>(total) / 1e6 / seconds,
      static_cast<unsigned long long>(sink.scrolled), static_cast<unsigned long long>(sink.lost),
      static_cast<unsigned long long>(seen), snapshot, snapshot_seconds * 1e6);
  return 0;
}

}  // namespace
}  // namespace secure_exec

int main(int argc, char** argv) { return secure_exec::Run(argc, argv); }
