#include "recorder/container/frame_writer.h"

#include <gtest/gtest.h>
#include <zstd.h>

namespace secure_exec {
namespace {

// A fixed sequence in place of randomness: 32 bytes of 1, then 32 bytes of 2, …
RandomSource Counting() {
  return [n = uint8_t{0}](void* out, size_t size) mutable {
    std::fill_n(static_cast<uint8_t*>(out), size, ++n);
  };
}

const Uuid kId = {1, 2, 3};
const char kHeader[] = "{\"version\":2}\n";

struct Decoded {
  std::string plain;
  Checkpoint checkpoint;
  std::string rest;
};

// `Z ‖ K` at the front of `bytes`, decoded with libzstd.
Decoded Split(std::string_view bytes, size_t checkpoint_size = kCheckpointFrameSize) {
  const size_t size = ZSTD_findFrameCompressedSize(bytes.data(), bytes.size());
  EXPECT_FALSE(ZSTD_isError(size));
  Decoded decoded;
  decoded.plain.resize(ZSTD_getFrameContentSize(bytes.data(), bytes.size()));
  EXPECT_EQ(ZSTD_decompress(decoded.plain.data(), decoded.plain.size(), bytes.data(), size),
            decoded.plain.size());
  decoded.checkpoint = *Checkpoint::DecodeFrame(bytes.substr(size, checkpoint_size));
  EXPECT_EQ(decoded.checkpoint.facts.frame_hash, Sha256::Of(bytes.substr(0, size)));
  EXPECT_EQ(decoded.checkpoint.facts.compressed_size, size);
  EXPECT_EQ(decoded.checkpoint.facts.plain_size, decoded.plain.size());
  EXPECT_EQ(decoded.checkpoint.body.facts_commit,
            decoded.checkpoint.facts.Commit(decoded.checkpoint.fsalt));
  decoded.rest = bytes.substr(size + checkpoint_size);
  return decoded;
}

class FrameWriterTest : public ::testing::Test {
 protected:
  FrameWriterTest() : user_key_(SigningKey::Generate()), frames_(kId, Counting()) {
    genesis_ = frames_.Genesis(kHeader, user_key_, 1000).value();
  }
  void Add(int64_t t_us, Channel channel, std::string_view bytes) {
    std::string line;
    AppendBytesLines(t_us, channel, bytes, line,
                     [&](const LineInfo& info) { frames_.Add(line, info); });
    lines_.push_back(line);
  }
  Hash Root(const Hash& seed) const {
    MerkleTree tree;
    for (uint32_t i = 0; i < lines_.size(); ++i) {
      const std::string_view line(lines_[i].data(), lines_[i].size() - 1);
      const size_t comma = line.find(',', line.find(',') + 1) + 1;
      tree.Add(MerkleLeaf(line.substr(0, comma),
                          PayloadCommitment(SaltAt(seed, i), line.substr(comma))));
    }
    return tree.Root();
  }
  Decoded Close(CheckpointKind kind) { return Split(frames_.Close(kind, 3, 2000).value()); }

  SigningKey user_key_;
  FrameWriter frames_;
  std::string genesis_;
  std::vector<std::string> lines_;
};

TEST_F(FrameWriterTest, GenesisHoldsTheHeaderAndTheKeys) {
  const Decoded genesis = Split(genesis_, kGenesisFrameSize);
  EXPECT_EQ(genesis.rest, "");
  EXPECT_EQ(genesis.plain, kHeader);
  const CheckpointBody& body = genesis.checkpoint.body;
  EXPECT_EQ(body.kind, CheckpointKind::kGenesis);
  EXPECT_EQ(body.id, kId);
  EXPECT_EQ(body.lines, 1u);
  EXPECT_EQ(body.k, 0u);
  EXPECT_EQ(body.wall_ns, 1000u);
  const GenesisKeys& keys = genesis.checkpoint.genesis.value();
  EXPECT_EQ(body.prev, GenesisPrev(keys.session_key));
  EXPECT_EQ(keys.user_key, user_key_.spki());
  EXPECT_TRUE(VerifySignature(keys.session_key, body.Encode(), genesis.checkpoint.signature));
  EXPECT_TRUE(VerifySignature(keys.user_key, CertificateMessage(kId, keys.session_key, body.Link()),
                              keys.certificate));
  EXPECT_EQ(frames_.genesis_link(), body.Link());
  const std::string_view line(kHeader, sizeof kHeader - 2);
  EXPECT_EQ(body.root, MerkleLeaf("", PayloadCommitment(SaltAt(genesis.checkpoint.seed, 0), line)));
}

TEST_F(FrameWriterTest, AFrameSaysWhatIsInIt) {
  Add(10, Channel::kStdin, "ls\r");
  Add(20, Channel::kStdout, "file\n");
  Add(30, Channel::kStderr, "\xff");
  const Decoded frame = Close(CheckpointKind::kFrame);
  EXPECT_EQ(frame.plain, lines_[0] + lines_[1] + lines_[2]);
  const CheckpointBody& body = frame.checkpoint.body;
  EXPECT_EQ(body.lines, 3u);
  EXPECT_EQ(body.k, 1u);
  EXPECT_EQ(body.first_line, 1u);
  EXPECT_EQ(body.t_first_us, 10u);
  EXPECT_EQ(body.t_last_us, 30u);
  EXPECT_EQ(body.wall_ns, 2000u);
  EXPECT_EQ(body.prev, frames_.genesis_link());
  EXPECT_EQ(frame.checkpoint.facts.payload_bytes[0], 3u);
  EXPECT_EQ(frame.checkpoint.facts.payload_bytes[1], 5u);
  EXPECT_EQ(frame.checkpoint.facts.payload_bytes[2], 1u);
  EXPECT_EQ(body.root, Root(frame.checkpoint.seed));
}

TEST_F(FrameWriterTest, FramesAreChained) {
  Add(10, Channel::kStdout, "a");
  const Decoded first = Close(CheckpointKind::kFrame);
  frames_.Commit();
  lines_.clear();
  Add(20, Channel::kStdout, "b");
  Add(21, Channel::kStdout, "c");
  const Decoded second = Close(CheckpointKind::kSeal);
  EXPECT_EQ(second.checkpoint.body.prev, first.checkpoint.body.Link());
  EXPECT_EQ(second.checkpoint.body.k, 2u);
  EXPECT_EQ(second.checkpoint.body.first_line, 2u);
  EXPECT_EQ(second.checkpoint.body.root, Root(second.checkpoint.seed));
  EXPECT_NE(second.checkpoint.seed, first.checkpoint.seed);
}

TEST_F(FrameWriterTest, TheSealIsFollowedByTheSeekTable) {
  Add(10, Channel::kStdout, "a");
  const Decoded seal = Close(CheckpointKind::kSeal);
  const auto entries = DecodeSeekTable(seal.rest);
  ASSERT_TRUE(entries);
  const auto genesis_size = static_cast<uint32_t>(genesis_.size() - kGenesisFrameSize);
  const std::vector<SeekEntry> expected = {
      {genesis_size, sizeof kHeader - 1},
      {kGenesisFrameSize, 0},
      {seal.checkpoint.facts.compressed_size, seal.checkpoint.facts.plain_size},
      {kCheckpointFrameSize, 0}};
  EXPECT_EQ(*entries, expected);
  frames_.Commit();
  EXPECT_EQ(frames_.link(), seal.checkpoint.body.Link());
}

TEST_F(FrameWriterTest, AFrameThatWasNotWrittenCanBeShortened) {
  Add(10, Channel::kStdout, "kept");
  Add(20, Channel::kStdout, "lost");
  Close(CheckpointKind::kFrame);
  frames_.KeepFirst(1);
  lines_.pop_back();
  Add(30, Channel::kStderr, "more");
  const Decoded frame = Close(CheckpointKind::kSeal);
  EXPECT_EQ(frame.plain, lines_[0] + lines_[1]);
  EXPECT_EQ(frame.checkpoint.body.root, Root(frame.checkpoint.seed));
  EXPECT_EQ(frame.checkpoint.body.k, 1u);
  EXPECT_EQ(frame.checkpoint.body.prev, frames_.genesis_link());
  EXPECT_EQ(frame.checkpoint.facts.payload_bytes[1], 4u);
  EXPECT_EQ(DecodeSeekTable(frame.rest)->size(), 4u);
}

TEST_F(FrameWriterTest, AnInterimSignatureCoversTheLinesSoFar) {
  Add(10, Channel::kStdout, "a");
  Add(20, Channel::kStdout, "b");
  const std::string bytes = frames_.SignInterim(3000);
  ASSERT_EQ(bytes.size(), 248u);
  const auto body = CheckpointBody::Decode(bytes.substr(0, kBodySize));
  ASSERT_TRUE(body);
  Signature signature;
  std::copy_n(bytes.begin() + kBodySize, signature.size(), signature.begin());
  const auto keys = Split(genesis_, kGenesisFrameSize).checkpoint.genesis;
  EXPECT_TRUE(VerifySignature(keys->session_key, bytes.substr(0, kBodySize), signature));
  EXPECT_EQ(body->kind, CheckpointKind::kInterim);
  EXPECT_EQ(body->lines, 2u);
  EXPECT_EQ(body->wall_ns, 3000u);
  EXPECT_EQ(body->root, Root(frames_.seed()));
  EXPECT_EQ(body->facts_commit, Hash{});
  EXPECT_EQ(body->prev, frames_.genesis_link());
  // It is no link of the chain.
  EXPECT_EQ(Close(CheckpointKind::kFrame).checkpoint.body.prev, frames_.genesis_link());
}

TEST_F(FrameWriterTest, FramesHaveAChecksumAndASmallWindow) {
  Add(10, Channel::kStdout, std::string(4000, 'a'));
  const std::string bytes(frames_.Close(CheckpointKind::kFrame, 3, 0).value());
  // RFC 8878 section 3.1.1.1: frame header descriptor, here with single segment and checksum.
  const auto descriptor = static_cast<uint8_t>(bytes[4]);
  EXPECT_NE(descriptor & 0x04, 0);
  EXPECT_NE(descriptor & 0x20, 0);
  EXPECT_EQ(descriptor & 0x03, 0);
}

TEST(FrameWriter, RefusesAHeaderThatNoReaderWouldTake) {
  FrameWriter frames(kId, Counting());
  const auto genesis =
      frames.Genesis(std::string(kMaxFrameContent, 'x') + "\n", SigningKey::Generate(), 0);
  ASSERT_FALSE(genesis);
  EXPECT_EQ(genesis.error().kind, ErrorKind::kRecording);
}

}  // namespace
}  // namespace secure_exec
