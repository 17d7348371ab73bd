// How fast the text of sessions is searched. Prints one line:
//   search_bench log [PATTERN [MEBIBYTES]]     lines as servers write them
//   search_bench FILE [PATTERN [MEBIBYTES]]    the bytes of FILE over and over: a capture of vim...
//                                              (tests/screen/captures.py raw NAME writes one)
// In events of 4 KiB, as recordings have them. Reading the recording itself is not in it.
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "bench/log_text.h"
#include "replay/search/matcher.h"
#include "replay/search/seen_text.h"

namespace secure_exec {
namespace {

constexpr size_t kPiece = 4096;

class Counter : public SeenTextListener {
 public:
  explicit Counter(const Matcher& matcher) : matcher_(matcher) {}
  uint64_t hits = 0;

 private:
  bool Wants(std::string_view line) override { return matcher_.Wants(line); }
  size_t FindLine(std::string_view lines, size_t from) override {
    return matcher_.FindLine(lines, from);
  }
  void Seen(const SeenLine&) override { ++hits; }

  const Matcher& matcher_;
};

int Run(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "log";
  const std::string pattern = argc > 2 ? argv[2] : "needle";
  const size_t mebibytes = argc > 3 ? static_cast<size_t>(std::atol(argv[3])) : 256;
  std::string bytes;
  if (what == "log") {
    bytes = LogText(4 << 20, "\r\n");
  } else {
    std::ifstream file(what, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
    if (bytes.empty()) return std::fprintf(stderr, "%s: nothing to read\n", what.c_str()), 1;
  }
  const auto matcher = Matcher::Create(pattern, {});
  if (!matcher) return std::fprintf(stderr, "%s\n", matcher.error().message.c_str()), 1;
  Counter counter(*matcher);
  SeenText text({}, counter);
  uint64_t total = 0;
  int64_t now = 0;
  const double start = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  while (total < mebibytes << 20) {
    for (size_t at = 0; at < bytes.size(); at += kPiece) {
      text.Feed(std::string_view(bytes).substr(at, kPiece), ++now);
    }
    total += bytes.size();
  }
  text.Finish(++now);
  const double seconds = Seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
  std::printf("%s: %.0f MB/s, %llu hits\n", what.c_str(),
              static_cast<double>(total) / 1e6 / seconds,
              static_cast<unsigned long long>(counter.hits));
  return 0;
}

}  // namespace
}  // namespace secure_exec

int main(int argc, char** argv) { return secure_exec::Run(argc, argv); }
