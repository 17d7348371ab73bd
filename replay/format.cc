#include "replay/format.h"

#include <time.h>

#include <algorithm>

#include "base/clock.h"

namespace secure_exec {
namespace {

constexpr int64_t kUsPerSecond = 1'000'000;

std::string DateAndTime(int64_t seconds) {
  const time_t when = seconds;
  struct tm parts {};
  if (::gmtime_r(&when, &parts) == nullptr) return "-";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900LL,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// Seconds and the rest, which is never negative.
std::pair<int64_t, int64_t> Split(int64_t wall_ns) {
  int64_t seconds = wall_ns / kSecond;
  int64_t rest = wall_ns % kSecond;
  if (rest < 0) {
    --seconds;
    rest += kSecond;
  }
  return {seconds, rest};
}

size_t CellWidth(const std::string& cell) {
  return static_cast<size_t>(std::count_if(cell.begin(), cell.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// To `width` characters at most, the last of them "…" if there were more.
void Shorten(std::string& cell, size_t width) {
  if (CellWidth(cell) <= width) return;
  size_t characters = 0;
  const auto end = std::find_if(cell.begin(), cell.end(), [&](char c) {
    const bool begins = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return begins && characters++ + 1 == width;
  });
  cell.erase(end, cell.end());
  cell += "\u2026";
}

}  // namespace

int64_t StartWallNs(const CastHeader& header) {
  if (header.session) return header.session->start_wall_ns;
  int64_t ns = 0;
  return __builtin_mul_overflow(header.timestamp, kSecond, &ns) ? 0 : ns;
}

std::string CommonName(std::string_view subject) {
  if (!subject.starts_with("CN=")) return "";
  subject.remove_prefix(3);
  return std::string(subject.substr(0, subject.find(',')));
}

int64_t WallAt(const CastHeader& header, int64_t t_us) {
  const int64_t start = StartWallNs(header);
  if (start == 0) return 0;
  int64_t ns = 0;
  if (__builtin_mul_overflow(t_us, kMicrosecond, &ns) || __builtin_add_overflow(ns, start, &ns)) {
    return INT64_MAX;
  }
  return ns;
}

std::string FormatWall(int64_t wall_ns) {
  if (wall_ns == 0) return "-";
  return DateAndTime(Split(wall_ns).first) + "Z";
}

std::string FormatWallMillis(int64_t wall_ns) {
  if (wall_ns == 0) return "-";
  const auto [seconds, rest] = Split(wall_ns);
  return fmt::format("{}.{:03}Z", DateAndTime(seconds), rest / kMillisecond);
}

std::string FormatOffset(int64_t t_us) {
  const int64_t us = std::max<int64_t>(t_us, 0);
  const int64_t seconds = us / kUsPerSecond;
  return fmt::format("{}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60,
                     us % kUsPerSecond / 1000);
}

std::string FormatLength(int64_t t_us) {
  const int64_t us = std::max<int64_t>(t_us, 0);
  const int64_t seconds = us / kUsPerSecond;
  if (seconds < 60) return fmt::format("{}.{}s", seconds, us % kUsPerSecond / 100'000);
  if (seconds < 3600) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
}

std::string FormatSize(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{}B", bytes);
  constexpr std::string_view kUnits = "KMGTPE";
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1000 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return value < 9.95 ? fmt::format("{:.1f}{}", value, kUnits[unit])
                      : fmt::format("{:.0f}{}", value, kUnits[unit]);
}

void Table::Add(std::vector<std::string> row) {
  for (size_t i = 0; i < row.size(); ++i)
    Shorten(row[i], i + 1 < row.size() ? kMaxCell : kMaxLastCell);
  rows_.push_back(std::move(row));
}

std::string Table::Text() const {
  std::vector<size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], CellWidth(row[i]));
  }
  std::string out;
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - CellWidth(row[i]), ' ');
      const bool right = std::find(right_.begin(), right_.end(), i) != right_.end();
      if (right) out += padding;
      out += row[i];
      if (!right && i + 1 < row.size()) out += padding;
      out += i + 1 < row.size() ? "  " : "\n";
    }
  }
  return out;
}

}  // namespace secure_exec
