#include "recorder/container/frame_writer.h"

#include <algorithm>

namespace secure_exec {
namespace {

constexpr int kGenesisLevel = 3;

Hash LineLeaf(const Hash& salt, std::string_view line, size_t prefix_size) {
  line.remove_suffix(1);
  return MerkleLeaf(line.substr(0, prefix_size), PayloadCommitment(salt, line.substr(prefix_size)));
}

}  // namespace

FrameWriter::FrameWriter(const Uuid& id, RandomSource random)
    : id_(id), random_(std::move(random)) {}

FrameWriter::~FrameWriter() = default;

Result<std::string> FrameWriter::Genesis(std::string_view header, const SigningKey& user_key,
                                         int64_t wall_ns) {
  if (header.size() > kMaxFrameContent) {
    return Fail(ErrorKind::kRecording,
                "recording: a header of {} bytes, {} are possible; give a shorter command",
                header.size(), kMaxFrameContent);
  }
  Hash secret;
  random_(secret.data(), secret.size());
  session_key_ = SigningKey::FromSeed(secret);
  Wipe(secret.data(), secret.size());
  random_(seed_.data(), seed_.size());
  link_ = GenesisPrev(session_key_->spki());
  tree_.Add(LineLeaf(SaltAt(seed_, 0), header, 0));

  CheckpointBody body = OpenBody(CheckpointKind::kGenesis, wall_ns);
  body.lines = 1;
  if (auto ok = Encode(body, header, payload_bytes_, kGenesisLevel, &user_key); !ok) {
    return tl::unexpected(ok.error());
  }
  genesis_link_ = closed_link_;
  std::string bytes = out_;
  LineInfo info;
  info.size = static_cast<uint32_t>(header.size());
  infos_ = {info};
  Commit();
  return bytes;
}

void FrameWriter::Add(std::string_view line, const LineInfo& info) {
  tree_.Add(LineLeaf(salts_->Next(), line, info.prefix_size));
  lines_ += line;
  infos_.push_back(info);
  for (int i = 0; i < kChannels; ++i) payload_bytes_[i] += info.payload_bytes[i];
}

void FrameWriter::KeepFirst(uint32_t count) {
  const std::string lines = std::move(lines_);
  const std::vector<LineInfo> infos = std::move(infos_);
  lines_.clear();
  infos_.clear();
  tree_.Clear();
  salts_.emplace(seed_);
  std::fill(std::begin(payload_bytes_), std::end(payload_bytes_), 0);
  size_t at = 0;
  for (size_t i = 0; i < std::min<size_t>(count, infos.size()); ++i) {
    Add(std::string_view(lines).substr(at, infos[i].size), infos[i]);
    at += infos[i].size;
  }
}

CheckpointBody FrameWriter::OpenBody(CheckpointKind kind, int64_t wall_ns) const {
  CheckpointBody body;
  body.id = id_;
  body.kind = kind;
  body.lines = line_count();
  body.k = k_;
  body.first_line = first_line_;
  if (!infos_.empty()) {
    body.t_first_us = static_cast<uint64_t>(infos_.front().t_us);
    body.t_last_us = static_cast<uint64_t>(infos_.back().t_us);
  }
  body.wall_ns = static_cast<uint64_t>(wall_ns);
  body.root = tree_.Root();
  body.prev = link_;
  return body;
}

std::string FrameWriter::SignInterim(int64_t wall_ns) const {
  std::string bytes = OpenBody(CheckpointKind::kInterim, wall_ns).Encode();
  bytes += AsView(session_key_->Sign(bytes));
  return bytes;
}

Result<void> FrameWriter::Encode(CheckpointBody body, std::string_view plain,
                                 const uint32_t* payload_bytes, int level,
                                 const SigningKey* user_key) {
  if (auto ok = compressor_.Compress(plain, level, out_); !ok) return ok;
  Checkpoint checkpoint;
  checkpoint.facts.compressed_size = static_cast<uint32_t>(out_.size());
  checkpoint.facts.plain_size = static_cast<uint32_t>(plain.size());
  std::copy_n(payload_bytes, kChannels, checkpoint.facts.payload_bytes);
  checkpoint.facts.frame_hash = Sha256::Of(out_);
  random_(checkpoint.fsalt.data(), checkpoint.fsalt.size());
  checkpoint.seed = seed_;
  body.facts_commit = checkpoint.facts.Commit(checkpoint.fsalt);
  checkpoint.body = body;
  const std::string signed_bytes = body.Encode();
  checkpoint.signature = session_key_->Sign(signed_bytes);
  closed_link_ = Sha256::Of(signed_bytes);
  if (user_key != nullptr) {
    GenesisKeys keys;
    keys.session_key = session_key_->spki();
    keys.user_key = user_key->spki();
    keys.certificate = user_key->Sign(CertificateMessage(id_, keys.session_key, closed_link_));
    checkpoint.genesis = keys;
    keys_ = keys;
  }
  closed_entry_ = {checkpoint.facts.compressed_size, checkpoint.facts.plain_size};
  out_ += checkpoint.EncodeFrame();
  return {};
}

Result<std::string_view> FrameWriter::Close(CheckpointKind kind, int level, int64_t wall_ns) {
  if (auto ok = Encode(OpenBody(kind, wall_ns), lines_, payload_bytes_, level, nullptr); !ok) {
    return tl::unexpected(ok.error());
  }
  sealing_ = kind == CheckpointKind::kSeal;
  if (sealing_) {
    std::vector<SeekEntry> entries = entries_;
    entries.push_back(closed_entry_);
    entries.push_back({static_cast<uint32_t>(kCheckpointFrameSize), 0});
    out_ += EncodeSeekTable(entries);
  }
  return out_;
}

void FrameWriter::Commit() {
  const size_t checkpoint_size = k_ == 0 ? kGenesisFrameSize : kCheckpointFrameSize;
  entries_.push_back(closed_entry_);
  entries_.push_back({static_cast<uint32_t>(checkpoint_size), 0});
  link_ = closed_link_;
  first_line_ += line_count();
  ++k_;
  lines_.clear();
  infos_.clear();
  tree_.Clear();
  for (int i = 0; i < kChannels; ++i) total_payload_[i] += payload_bytes_[i];
  std::fill(std::begin(payload_bytes_), std::end(payload_bytes_), 0);
  if (sealing_) {
    session_key_.reset();
    return;
  }
  random_(seed_.data(), seed_.size());
  salts_.emplace(seed_);
}

}  // namespace secure_exec
