// player_bench FILE [MiB]: writes a recording of so many MiB of lines (1024) to FILE, of logs, an
// editor's screens and colours, and measures on it what the player promises: time to the first
// screen, going forward, going back, memory.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>

#include "recorder/testing/recording_builder.h"
#include "replay/player/timeline.h"
#include "replay/render/painter.h"

namespace {

using namespace secure_exec;
using Clock = std::chrono::steady_clock;

double Ms(Clock::time_point since) {
  return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

// One event of about 2 KiB.
std::string Text(int number) {
  std::string text;
  const bool screen = number / 2000 % 2 == 1;
  for (int i = 0; i < 24; ++i) {
    text +=
        screen
            ? fmt::format(
                  "\\u001b[{};1H\\u001b[3{}m{:4} \\u001b[1mint\\u001b[m f{}(int x); // {}\\u001b[K",
                  i + 1, i % 8, i, number, number * 31 + i)
            : fmt::format(
                  "2026-11-23T14:03:07.{:06}Z INFO request {} from 10.0.{}.{} took {} ms\\r\\n",
                  number % 1000000, number, i, number % 256, number * 7 % 997);
  }
  return text;
}

void Write(const char* path, int mib) {
  constexpr size_t kFrame = 500 * 1024;
  std::ofstream file(path, std::ios::binary);
  RecordingBuilder builder;
  builder.Header();
  int number = 0;
  size_t written = 0;
  const auto flush = [&] {
    for (; written < builder.units.size(); ++written) {
      file << builder.units[written];
      builder.units[written].clear();
    }
  };
  for (size_t total = 0; total < static_cast<size_t>(mib) << 20;) {
    std::vector<std::string> lines;
    for (size_t bytes = 0; bytes < kFrame; ++number) {
      lines.push_back(EventLine(int64_t{number} * 10'000, 'o', Text(number)));
      bytes += lines.back().size();
      total += lines.back().size();
    }
    builder.Frame(lines);
    flush();
  }
  builder.Seal(int64_t{number} * 10'000);
  flush();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  if (!std::ifstream(argv[1])) Write(argv[1], argc > 2 ? std::atoi(argv[2]) : 1024);
  const auto began = Clock::now();
  const auto recording = Recording::Open(argv[1]);
  if (!recording) {
    fmt::print(stderr, "{}\n", recording.error().message);
    return 1;
  }
  Timeline timeline(**recording);
  Painter painter;
  std::string out;
  const auto draw = [&] {
    Picture picture({80, 25});
    picture.DrawScreen(timeline.screen(), 0, 0, 24);
    painter.Paint(std::move(picture), std::nullopt, out);
    out.clear();
  };
  timeline.Peek();
  timeline.Show();
  draw();
  fmt::print("first screen: {:.1f} ms\n", Ms(began));

  const auto forward = Clock::now();
  while (timeline.Peek() != nullptr) timeline.Show();
  if (timeline.problem()) fmt::print("{}\n", timeline.problem()->message);
  const int64_t end_us = timeline.t_us();
  fmt::print("forward to the end: {:.1f} s, {} snapshots\n", Ms(forward) / 1000,
             timeline.snapshots());

  std::mt19937 random(1);
  std::vector<double> times;
  for (int i = 0; i < 200; ++i) {
    const auto back = Clock::now();
    const int64_t t_us = static_cast<int64_t>(static_cast<double>(random()) / 4294967296.0 *
                                              static_cast<double>(end_us));
    timeline.GoBackToTime(t_us);
    while (timeline.Peek() != nullptr && timeline.Peek()->t_us <= t_us) timeline.Show();
    draw();
    times.push_back(Ms(back));
  }
  std::sort(times.begin(), times.end());
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print("seek to any place: median {:.1f} ms, 95% {:.1f} ms, worst {:.1f} ms\n", times[100],
             times[190], times.back());
  fmt::print("memory: {} MiB\n", usage.ru_maxrss / 1024);
}
