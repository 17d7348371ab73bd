#include "recorder/signed_behind.h"

#include <string>
#include <string_view>

namespace secure_exec {
namespace {

// How far behind altered bytes the next good signature is looked for.
constexpr uint64_t kSearchBytes = 16 << 20;
constexpr size_t kSearchPiece = 64 * 1024;
// Z0 is no longer than a frame may be.
constexpr uint64_t kGenesisSearchBytes = 2 << 20;
constexpr std::string_view kCheckpointStart("\x5B\x2A\x4D\x18\x74\x01\x00\x00SXK1", 12);
constexpr std::string_view kGenesisStart("\x5B\x2A\x4D\x18\x0C\x02\x00\x00SXK1", 12);

}  // namespace

Result<std::optional<SignedBehind>> FindSigned(const ByteSource& file, const FrameChain& chain,
                                               uint64_t from) {
  const size_t frame_size = chain.begun() ? kCheckpointFrameSize : kGenesisFrameSize;
  const std::string_view start = chain.begun() ? kCheckpointStart : kGenesisStart;
  const uint64_t distance = chain.begun() ? kSearchBytes : kGenesisSearchBytes;
  std::string window;
  for (uint64_t at = from; at < from + distance; at += kSearchPiece) {
    window.resize(kSearchPiece + frame_size);
    const auto size = file.ReadAt(at, window.data(), window.size());
    if (!size) return tl::unexpected(size.error());
    window.resize(*size);
    for (size_t found = window.find(start); found < kSearchPiece && found != std::string::npos;
         found = window.find(start, found + 1)) {
      const auto checkpoint =
          Checkpoint::DecodeFrame(std::string_view(window).substr(found, frame_size));
      if (!checkpoint) continue;
      const CheckpointBody& body = checkpoint->body;
      if (chain.begun() && (body.k <= chain.last_k() || body.id != chain.id())) continue;
      // Genesis vouches for itself: no bytes but those of a recording do.
      const Spki& key = chain.begun() ? chain.keys().session_key : checkpoint->genesis->session_key;
      if (!chain.begun() && body.prev != GenesisPrev(key)) continue;
      if (VerifySignature(key, body.Encode(), checkpoint->signature)) {
        return SignedBehind{body.wall_ns, at + found + frame_size};
      }
    }
    if (*size < kSearchPiece) break;
  }
  return std::nullopt;
}

Result<bool> SealStandsBehind(const ByteSource& file, const FrameChain& chain, uint64_t position) {
  constexpr uint64_t kFooter = 9, kTableHeader = 8, kEntry = 8;
  const auto size = file.Size();
  if (!size) return tl::unexpected(size.error());
  if (*size < kFooter) return false;
  std::string bytes(kFooter, '\0');
  auto read = file.ReadAt(*size - kFooter, bytes.data(), bytes.size());
  if (!read) return tl::unexpected(read.error());
  uint64_t entries = 0;
  for (int i = 3; i >= 0; --i) entries = entries << 8 | static_cast<uint8_t>(bytes[i]);
  const uint64_t end = kTableHeader + entries * kEntry + kFooter + kCheckpointFrameSize;
  if (end > *size || *size - end < position) return false;
  bytes.resize(kCheckpointFrameSize);
  read = file.ReadAt(*size - end, bytes.data(), bytes.size());
  if (!read) return tl::unexpected(read.error());
  if (*read < bytes.size()) return false;
  const auto checkpoint = Checkpoint::DecodeFrame(bytes);
  return checkpoint && checkpoint->body.kind == CheckpointKind::kSeal &&
         checkpoint->body.k > chain.last_k() + 1 && checkpoint->body.id == chain.id() &&
         chain.Signed(checkpoint->body, checkpoint->signature);
}

}  // namespace secure_exec
