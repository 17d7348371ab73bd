// Checkpoints: the signed skippable frames between a recording's zstd frames, byte by byte as in
// docs/format.md section 4. A codec without I/O; every decoder takes hostile bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "recorder/container/crypto.h"

namespace secure_exec {

enum class CheckpointKind : uint8_t { kGenesis = 0, kFrame = 1, kSeal = 2, kInterim = 3, kRecovered = 4 };

inline constexpr uint32_t kCheckpointMagic = 0x184D2A5B;
inline constexpr size_t kBodySize = 184;
inline constexpr size_t kFactsSize = 52;
inline constexpr size_t kOpenPartSize = 4 + kFactsSize + 32 + 32;  // flags, facts, fsalt, seed
inline constexpr size_t kCheckpointFrameSize = 380;  // with the skippable header
inline constexpr size_t kGenesisFrameSize = 532;
inline constexpr size_t kRecoveredFrameSize = 424;

// Of a checkpoint of this kind, with the skippable header.
size_t CheckpointFrameSize(CheckpointKind kind);

struct CheckpointBody {
  Uuid id{};
  CheckpointKind kind = CheckpointKind::kGenesis;
  uint32_t lines = 0;
  uint64_t k = 0;
  uint64_t first_line = 0;
  uint64_t t_first_us = 0;
  uint64_t t_last_us = 0;
  uint64_t wall_ns = 0;
  Hash root{};
  Hash facts_commit{};
  Hash prev{};

  std::string Encode() const;  // kBodySize bytes: what is signed
  static Result<CheckpointBody> Decode(std::string_view bytes);
  Hash Link() const { return Sha256::Of(Encode()); }  // the next body's prev
};

struct FrameFacts {
  uint32_t compressed_size = 0;
  uint32_t plain_size = 0;
  uint32_t payload_bytes[3] = {0, 0, 0};  // stdin, stdout, stderr
  Hash frame_hash{};

  std::string Encode() const;
  static FrameFacts Decode(std::string_view bytes);  // exactly kFactsSize
  Hash Commit(const Hash& fsalt) const;
};

// What genesis has beyond the others.
struct GenesisKeys {
  Spki session_key{};
  Spki user_key{};
  Signature certificate{};
};

struct Checkpoint {
  CheckpointBody body;
  Signature signature{};
  uint32_t flags = 0;
  FrameFacts facts;
  Hash fsalt{};
  Hash seed{};
  std::optional<GenesisKeys> genesis;  // exactly when body.kind is kGenesis
  std::optional<Spki> recoverer;       // exactly when body.kind is kRecovered: who signed it

  std::string EncodeFrame() const;  // with the skippable header
  // `frame` is a whole skippable frame, header included.
  static Result<Checkpoint> DecodeFrame(std::string_view frame);
  // Whether a frame that DecodeFrame refused has a kind or flags that a later minor version may
  // have given a meaning.
  static bool IsOfLaterVersion(std::string_view frame);
};

Hash GenesisPrev(const Spki& session_key);
// What the user key signs for a session key.
std::string CertificateMessage(const Uuid& id, const Spki& session_key, const Hash& genesis_link);

}  // namespace secure_exec
