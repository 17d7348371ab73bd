#include "recorder/container/seek_table.h"

namespace secure_exec {
namespace {

constexpr size_t kHeader = 8, kEntry = 8, kFooter = 9;

void Put32(uint32_t value, std::string& out) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xFF);
}

uint32_t Get32(const char* at) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<uint8_t>(at[i]);
  return value;
}

}  // namespace

std::string EncodeSeekTable(const std::vector<SeekEntry>& entries) {
  std::string out;
  out.reserve(kHeader + entries.size() * kEntry + kFooter);
  Put32(kSeekTableMagic, out);
  Put32(static_cast<uint32_t>(entries.size() * kEntry + kFooter), out);
  for (const SeekEntry& entry : entries) {
    Put32(entry.compressed_size, out);
    Put32(entry.plain_size, out);
  }
  Put32(static_cast<uint32_t>(entries.size()), out);
  out += '\0';
  Put32(kSeekFooterMagic, out);
  return out;
}

Result<std::vector<SeekEntry>> DecodeSeekTable(std::string_view frame) {
  if (frame.size() < kHeader + kFooter || (frame.size() - kHeader - kFooter) % kEntry != 0) {
    return Fail(ErrorKind::kFormat, "seek table: {} bytes are no table", frame.size());
  }
  const size_t count = (frame.size() - kHeader - kFooter) / kEntry;
  const char* footer = frame.data() + frame.size() - kFooter;
  if (Get32(frame.data()) != kSeekTableMagic || Get32(frame.data() + 4) != frame.size() - kHeader ||
      Get32(footer) != count || footer[4] != 0 || Get32(footer + 5) != kSeekFooterMagic) {
    return Fail(ErrorKind::kFormat, "seek table: malformed");
  }
  std::vector<SeekEntry> entries(count);
  const char* at = frame.data() + kHeader;
  for (SeekEntry& entry : entries) {
    entry = {Get32(at), Get32(at + 4)};
    at += kEntry;
  }
  return entries;
}

}  // namespace secure_exec
