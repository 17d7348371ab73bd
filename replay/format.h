// Times, sizes and tables as people read them. Times of day are UTC: recordings are read by people
// in other places than where they were made.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/cast/header.h"

namespace secure_exec {

// When the session began, by its machine's clock: ns since 1970; 0 if the header does not say.
int64_t StartWallNs(const CastHeader& header);
// The wall clock `t_us` into the session; saturates.
int64_t WallAt(const CastHeader& header, int64_t t_us);

// The common name in a certificate's subject, "CN=alice,O=dev"; empty if there is none.
std::string CommonName(std::string_view subject);

std::string FormatWall(int64_t wall_ns);        // "2026-11-23 14:03:07Z"; "-" for 0
std::string FormatWallMillis(int64_t wall_ns);  // "2026-11-23 14:03:07.123Z"
std::string FormatOffset(int64_t t_us);         // "0:12:31.200"
std::string FormatLength(int64_t t_us);         // "3.2s", "12m31s", "2h05m"
std::string FormatSize(uint64_t bytes);         // "812B", "1.5K", "12M"; K = 1024

// Columns as wide as their widest cell, two spaces apart; the last is not padded. Cells must be
// safe already (SafeLine). Longer ones than kMaxCell characters (in the last column kMaxLastCell)
// are cut and end in "…": names come from recordings, and one of a megabyte would widen every row.
class Table {
 public:
  static constexpr size_t kMaxCell = 120;
  static constexpr size_t kMaxLastCell = 400;

  explicit Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }
  void AlignRight(size_t column) { right_.push_back(column); }
  void Add(std::vector<std::string> row);
  std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<size_t> right_;
};

}  // namespace secure_exec
