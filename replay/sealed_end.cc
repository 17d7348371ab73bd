#include "replay/sealed_end.h"

#include <string_view>

#include "recorder/cast/line_reader.h"
#include "recorder/container/byte_source.h"
#include "recorder/container/checkpoint.h"
#include "recorder/container/seek_table.h"
#include "recorder/container/zstd_frame.h"

namespace secure_exec {
namespace {

constexpr uint64_t kFooterSize = 9;
constexpr uint64_t kHeaderSize = 8;
constexpr uint64_t kEntrySize = 8;
constexpr uint64_t kMaxEntries = 1 << 22;  // a terabyte of lines

uint32_t ReadU32(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::optional<std::string> ReadRange(const ByteSource& source, uint64_t offset, uint64_t size) {
  std::string bytes(size, '\0');
  const auto got = source.ReadAt(offset, bytes.data(), bytes.size());
  if (!got || *got != size) return std::nullopt;
  return bytes;
}

}  // namespace

std::optional<SealedEnd> ReadSealedEnd(const std::string& path, const Uuid& id,
                                       const IdentitySource& identities) {
  auto files = RecordingSource::Open(path);
  if (!files) return std::nullopt;
  const auto opened = DecryptIfNeeded(std::move(*files), identities, path);
  if (!opened) return std::nullopt;
  const ByteSource& source = (*opened)->main();
  const auto file_size = source.Size();
  if (!file_size || *file_size < kHeaderSize + kFooterSize) return std::nullopt;

  const auto footer = ReadRange(source, *file_size - kFooterSize, kFooterSize);
  if (!footer || ReadU32(footer->substr(5)) != kSeekFooterMagic) return std::nullopt;
  const uint64_t entry_count = ReadU32(*footer);
  const uint64_t table_size = kHeaderSize + entry_count * kEntrySize + kFooterSize;
  if (entry_count < 4 || entry_count > kMaxEntries || table_size > *file_size) return std::nullopt;
  const auto table_bytes = ReadRange(source, *file_size - table_size, table_size);
  if (!table_bytes) return std::nullopt;
  const auto entries = DecodeSeekTable(*table_bytes);
  if (!entries) return std::nullopt;
  uint64_t before = 0;
  for (const SeekEntry& entry : *entries) before += entry.compressed_size;
  if (before != *file_size - table_size) return std::nullopt;

  const uint64_t frame_size = entries->at(entries->size() - 2).compressed_size;
  const uint64_t seal_size = entries->back().compressed_size;
  if (frame_size > kMaxCompressedFrame || seal_size != kCheckpointFrameSize) return std::nullopt;
  const auto frame = ReadRange(source, before - seal_size - frame_size, frame_size);
  const auto seal_bytes = ReadRange(source, before - seal_size, seal_size);
  if (!frame || !seal_bytes) return std::nullopt;
  const auto seal = Checkpoint::DecodeFrame(*seal_bytes);
  if (!seal || seal->body.kind != CheckpointKind::kSeal || seal->body.id != id) return std::nullopt;

  const FrameScan scan = ScanFrame(*frame);
  if (scan.state != FrameScan::State::kWhole || scan.size != frame->size()) return std::nullopt;
  FrameDecoder decoder;
  const auto lines = decoder.Decode(*frame, scan.content_size);
  if (!lines || !lines->ends_with('\n')) return std::nullopt;
  std::string_view last = lines->substr(0, lines->size() - 1);
  if (const size_t newline = last.rfind('\n'); newline != last.npos)
    last.remove_prefix(newline + 1);
  Event event;
  LineReader reader(2);
  const auto read = reader.Read(last, event);
  if (!read || !*read || event.code != 'x') return std::nullopt;
  return SealedEnd{.t_us = event.t_us, .exit = event.data};
}

}  // namespace secure_exec
