#include "recorder/recording_cipher.h"

namespace secure_exec {

Result<std::unique_ptr<RecordingCipher>> RecordingCipher::Create(
    const Uuid& id, std::span<const AgeRecipient> recipients, const RandomSource& random) {
  std::unique_ptr<RecordingCipher> cipher(new RecordingCipher(id, random));
  cipher->file_key_ = AgeFileKey::Random(random);
  auto header = EncodeAgeHeader(*cipher->file_key_, recipients, random);
  if (!header) return tl::unexpected(header.error());
  const auto parsed = ParseAgeHeader(*header);
  if (!parsed) return tl::unexpected(parsed.error());
  cipher->age_mac_ = parsed->mac;
  AgePayloadNonce nonce;
  random(nonce.data(), nonce.size());
  cipher->start_ = *header;
  cipher->start_ += AsView(nonce);
  cipher->payload_.emplace(*cipher->file_key_, nonce);
  return cipher;
}

void RecordingCipher::Finish(std::string& out) {
  payload_->Finish(out);
  file_key_.reset();
  for (auto& segment : segments_) segment.reset();
}

std::string RecordingCipher::BeginSegment(SegmentKind kind, uint64_t number) {
  SegmentSalt salt;
  random_(salt.data(), salt.size());
  auto& segment = segments_[static_cast<int>(kind)];
  segment = std::make_unique<SegmentCipher>(*file_key_, age_mac_, kind, id_, number, salt);
  return segment->header();
}

std::string RecordingCipher::SealTail(std::string_view text) {
  return SealRecord(SegmentKind::kTail, text);
}

std::string RecordingCipher::SealRest(uint64_t from) {
  std::string plain;
  for (int i = 0; i < 8; ++i) plain += static_cast<char>(from >> (8 * i) & 0xff);
  plain += pending().substr(from - pending_start());
  return SealRecord(SegmentKind::kRest, plain);
}

std::string RecordingCipher::SealRecord(SegmentKind kind, std::string_view plain) {
  std::string out;
  segments_[static_cast<int>(kind)]->Seal(attempts_++, plain, out);
  return out;
}

}  // namespace secure_exec
