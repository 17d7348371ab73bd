// What the benchmarks share: log lines as servers write them, and time.
#pragma once

#include <fmt/format.h>
#include <time.h>

#include <cstddef>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

namespace secure_exec {

// Of the clock, in seconds.
inline double Seconds(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Whole lines, the same at every call, until there are `size` bytes or a little more.
inline std::string LogText(size_t size, std::string_view line_end) {
  std::mt19937 random(1);
  const char* words[] = {"connection accepted from", "request completed", "cache miss for key",
                         "retrying after error",     "user logged in",    "flushing write buffer"};
  std::string text;
  for (unsigned line = 0; text.size() < size; ++line) {
    text += fmt::format(
        "2024-05-17T10:{:02}:{:02}.{:06}Z {} [worker-{}] {} 10.{}.{}.{}:{} took {} ms{}",
        line / 6000 % 60, line / 100 % 60, random() % 1000000, random() % 10 == 0 ? "WARN" : "INFO",
        random() % 16, words[random() % std::size(words)], random() % 256, random() % 256,
        random() % 256, random() % 65536, random() % 5000, line_end);
  }
  return text;
}

}  // namespace secure_exec
