#include "recorder/container/checkpoint.h"

#include <algorithm>
#include <cstring>

namespace secure_exec {
namespace {

constexpr std::string_view kContext("secure-exec checkpoint\n\x01", 24);
constexpr std::string_view kMagic = "SXK1";
constexpr size_t kSkippableHeader = 8;

template <class T>
void PutLittleEndian(T value, std::string& out) {
  for (size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

// Takes fields off the front of bytes whose length was checked before.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  T Integer() {
    T value = 0;
    const std::string_view bytes = Bytes(sizeof(T));
    for (size_t i = 0; i < sizeof(T); ++i) {
      value |= static_cast<T>(static_cast<T>(static_cast<uint8_t>(bytes[i])) << (8 * i));
    }
    return value;
  }
  template <class Array>
  Array Copy() {
    Array array;
    const std::string_view bytes = Bytes(array.size());
    std::memcpy(array.data(), bytes.data(), bytes.size());
    return array;
  }
  std::string_view Bytes(size_t n) {
    const std::string_view bytes = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return bytes;
  }

 private:
  std::string_view bytes_;
};

}  // namespace

size_t CheckpointFrameSize(CheckpointKind kind) {
  switch (kind) {
    case CheckpointKind::kGenesis:
      return kGenesisFrameSize;
    case CheckpointKind::kRecovered:
      return kRecoveredFrameSize;
    case CheckpointKind::kFrame:
    case CheckpointKind::kSeal:
    case CheckpointKind::kInterim:
      break;
  }
  return kCheckpointFrameSize;
}

std::string CheckpointBody::Encode() const {
  std::string out;
  out.reserve(kBodySize);
  out += kContext;
  out += AsView(id);
  out += static_cast<char>(kind);
  out.append(3, '\0');
  PutLittleEndian(lines, out);
  for (const uint64_t value : {k, first_line, t_first_us, t_last_us, wall_ns}) {
    PutLittleEndian(value, out);
  }
  for (const Hash* hash : {&root, &facts_commit, &prev}) out += AsView(*hash);
  return out;
}

Result<CheckpointBody> CheckpointBody::Decode(std::string_view bytes) {
  if (bytes.size() != kBodySize) {
    return Fail(ErrorKind::kFormat, "checkpoint: a body of {} bytes", bytes.size());
  }
  Fields fields(bytes);
  const std::string_view context = fields.Bytes(kContext.size());
  if (context.substr(0, kContext.size() - 1) != kContext.substr(0, kContext.size() - 1)) {
    return Fail(ErrorKind::kFormat, "checkpoint: not a secure-exec checkpoint");
  }
  if (context.back() != kContext.back()) {
    return Fail(ErrorKind::kFormat,
                "checkpoint: version {}; this program reads version 1, use a newer one",
                static_cast<uint8_t>(context.back()));
  }
  CheckpointBody body;
  body.id = fields.Copy<Uuid>();
  const auto kind = fields.Integer<uint8_t>();
  if (kind > static_cast<uint8_t>(CheckpointKind::kRecovered)) {
    return Fail(ErrorKind::kFormat, "checkpoint: unknown kind {}", kind);
  }
  body.kind = static_cast<CheckpointKind>(kind);
  if (fields.Bytes(3) != std::string_view("\0\0\0", 3)) {
    return Fail(ErrorKind::kFormat, "checkpoint: reserved bytes are not zero");
  }
  body.lines = fields.Integer<uint32_t>();
  for (uint64_t* value :
       {&body.k, &body.first_line, &body.t_first_us, &body.t_last_us, &body.wall_ns}) {
    *value = fields.Integer<uint64_t>();
  }
  for (Hash* hash : {&body.root, &body.facts_commit, &body.prev}) *hash = fields.Copy<Hash>();
  return body;
}

std::string FrameFacts::Encode() const {
  std::string out;
  out.reserve(kFactsSize);
  PutLittleEndian(compressed_size, out);
  PutLittleEndian(plain_size, out);
  for (const uint32_t bytes : payload_bytes) PutLittleEndian(bytes, out);
  out += AsView(frame_hash);
  return out;
}

FrameFacts FrameFacts::Decode(std::string_view bytes) {
  Fields fields(bytes);
  FrameFacts facts;
  facts.compressed_size = fields.Integer<uint32_t>();
  facts.plain_size = fields.Integer<uint32_t>();
  for (uint32_t& count : facts.payload_bytes) count = fields.Integer<uint32_t>();
  facts.frame_hash = fields.Copy<Hash>();
  return facts;
}

Hash FrameFacts::Commit(const Hash& fsalt) const {
  return Sha256().Update(uint8_t{2}).Update(AsView(fsalt)).Update(Encode()).Finish();
}

std::string Checkpoint::EncodeFrame() const {
  std::string out;
  out.reserve(kGenesisFrameSize);
  PutLittleEndian(kCheckpointMagic, out);
  const size_t size = CheckpointFrameSize(body.kind);
  PutLittleEndian(static_cast<uint32_t>(size - kSkippableHeader), out);
  out += kMagic;
  out += body.Encode();
  out += AsView(signature);
  PutLittleEndian(flags, out);
  out += facts.Encode();
  out += AsView(fsalt);
  out += AsView(seed);
  if (genesis) {
    out += AsView(genesis->session_key);
    out += AsView(genesis->user_key);
    out += AsView(genesis->certificate);
  }
  if (recoverer) out += AsView(*recoverer);
  return out;
}

Result<Checkpoint> Checkpoint::DecodeFrame(std::string_view frame) {
  if (frame.size() != kCheckpointFrameSize && frame.size() != kGenesisFrameSize &&
      frame.size() != kRecoveredFrameSize) {
    return Fail(ErrorKind::kFormat, "checkpoint: a frame of {} bytes", frame.size());
  }
  Fields fields(frame);
  if (fields.Integer<uint32_t>() != kCheckpointMagic) {
    return Fail(ErrorKind::kFormat, "checkpoint: not a checkpoint's frame");
  }
  if (fields.Integer<uint32_t>() != frame.size() - kSkippableHeader) {
    return Fail(ErrorKind::kFormat, "checkpoint: the frame's size is wrong");
  }
  const std::string_view magic = fields.Bytes(kMagic.size());
  if (magic.substr(0, 3) != kMagic.substr(0, 3)) {
    return Fail(ErrorKind::kFormat, "checkpoint: not a secure-exec checkpoint");
  }
  if (magic != kMagic) {
    return Fail(ErrorKind::kFormat,
                "checkpoint: version 0x{:02x}; this program reads version 1, use a newer one",
                static_cast<uint8_t>(magic.back()));
  }
  Checkpoint checkpoint;
  auto body = CheckpointBody::Decode(fields.Bytes(kBodySize));
  if (!body) return tl::unexpected(body.error());
  checkpoint.body = *body;
  checkpoint.signature = fields.Copy<Signature>();
  checkpoint.flags = fields.Integer<uint32_t>();
  if (checkpoint.flags != 0) {
    return Fail(ErrorKind::kFormat, "checkpoint: unknown flags 0x{:x}", checkpoint.flags);
  }
  checkpoint.facts = FrameFacts::Decode(fields.Bytes(kFactsSize));
  checkpoint.fsalt = fields.Copy<Hash>();
  checkpoint.seed = fields.Copy<Hash>();
  const bool genesis = checkpoint.body.kind == CheckpointKind::kGenesis;
  if (frame.size() != CheckpointFrameSize(checkpoint.body.kind)) {
    return Fail(ErrorKind::kFormat, "checkpoint: the frame's size does not fit its kind");
  }
  if (genesis) {
    GenesisKeys keys;
    keys.session_key = fields.Copy<Spki>();
    keys.user_key = fields.Copy<Spki>();
    keys.certificate = fields.Copy<Signature>();
    checkpoint.genesis = keys;
  }
  if (checkpoint.body.kind == CheckpointKind::kRecovered)
    checkpoint.recoverer = fields.Copy<Spki>();
  return checkpoint;
}

bool Checkpoint::IsOfLaterVersion(std::string_view frame) {
  constexpr size_t kKindAt = kSkippableHeader + kMagic.size() + 40;
  constexpr size_t kFlagsAt = kSkippableHeader + kMagic.size() + kBodySize + 64;
  if (frame.size() < kFlagsAt + 4) return false;
  return static_cast<uint8_t>(frame[kKindAt]) > static_cast<uint8_t>(CheckpointKind::kRecovered) ||
         frame.substr(kFlagsAt, 4) != std::string_view("\0\0\0\0", 4);
}

Hash GenesisPrev(const Spki& session_key) {
  return Sha256().Update("secure-exec genesis\n").Update(AsView(session_key)).Finish();
}

std::string CertificateMessage(const Uuid& id, const Spki& session_key, const Hash& genesis_link) {
  std::string message("secure-exec session key\n\x01", 25);
  message += AsView(id);
  message += AsView(session_key);
  message += AsView(genesis_link);
  return message;
}

}  // namespace secure_exec
