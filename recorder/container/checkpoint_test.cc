#include "recorder/container/checkpoint.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace secure_exec {
namespace {

template <class Array>
Array Filled(uint8_t byte) {
  Array array;
  array.fill(byte);
  return array;
}

Checkpoint Sample(CheckpointKind kind) {
  Checkpoint checkpoint;
  checkpoint.body.id = Filled<Uuid>(0x11);
  checkpoint.body.kind = kind;
  checkpoint.body.lines = 0x01020304;
  checkpoint.body.k = 0x1112131415161718;
  checkpoint.body.first_line = 0x2122232425262728;
  checkpoint.body.t_first_us = 0x3132333435363738;
  checkpoint.body.t_last_us = 0x4142434445464748;
  checkpoint.body.wall_ns = 0x5152535455565758;
  checkpoint.body.root = Filled<Hash>(0x22);
  checkpoint.body.facts_commit = Filled<Hash>(0x33);
  checkpoint.body.prev = Filled<Hash>(0x44);
  checkpoint.signature = Filled<Signature>(0x55);
  checkpoint.facts = {0x61626364, 0x71727374, {1, 2, 3}, Filled<Hash>(0x66)};
  checkpoint.fsalt = Filled<Hash>(0x77);
  checkpoint.seed = Filled<Hash>(0x88);
  if (kind == CheckpointKind::kGenesis) {
    checkpoint.genesis =
        GenesisKeys{Filled<Spki>(0x99), Filled<Spki>(0xaa), Filled<Signature>(0xbb)};
  }
  if (kind == CheckpointKind::kRecovered) checkpoint.recoverer = Filled<Spki>(0xcc);
  return checkpoint;
}

std::string Bytes(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes += static_cast<char>(value);
  return bytes;
}

TEST(CheckpointBody, HasTheOffsetsOfTheFormat) {
  const std::string body = Sample(CheckpointKind::kSeal).body.Encode();
  ASSERT_EQ(body.size(), kBodySize);
  EXPECT_EQ(body.substr(0, 24), "secure-exec checkpoint\n\x01");
  EXPECT_EQ(body.substr(24, 16), std::string(16, 0x11));
  EXPECT_EQ(body.substr(40, 4), Bytes({2, 0, 0, 0}));
  EXPECT_EQ(body.substr(44, 4), Bytes({4, 3, 2, 1}));
  EXPECT_EQ(body.substr(48, 8), Bytes({0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11}));
  EXPECT_EQ(body[56], 0x28);
  EXPECT_EQ(body[64], 0x38);
  EXPECT_EQ(body[72], 0x48);
  EXPECT_EQ(body[80], 0x58);
  EXPECT_EQ(body.substr(88, 32), std::string(32, 0x22));
  EXPECT_EQ(body.substr(120, 32), std::string(32, 0x33));
  EXPECT_EQ(body.substr(152, 32), std::string(32, 0x44));
}

TEST(Checkpoint, HasTheOffsetsOfTheFormat) {
  const std::string frame = Sample(CheckpointKind::kFrame).EncodeFrame();
  ASSERT_EQ(frame.size(), kCheckpointFrameSize);
  EXPECT_EQ(frame.substr(0, 12), Bytes({0x5b, 0x2a, 0x4d, 0x18, 0x74, 1, 0, 0}) + "SXK1");
  EXPECT_EQ(frame.substr(12, 184), Sample(CheckpointKind::kFrame).body.Encode());
  EXPECT_EQ(frame.substr(196, 64), std::string(64, 0x55));
  EXPECT_EQ(frame.substr(260, 4), Bytes({0, 0, 0, 0}));
  EXPECT_EQ(frame.substr(264, 20), Bytes({0x64, 0x63, 0x62, 0x61, 0x74, 0x73, 0x72, 0x71, 1, 0,
                                          0,    0,    2,    0,    0,    0,    3,    0,    0, 0}));
  EXPECT_EQ(frame.substr(284, 32), std::string(32, 0x66));
  EXPECT_EQ(frame.substr(316, 32), std::string(32, 0x77));
  EXPECT_EQ(frame.substr(348, 32), Bytes({0x88}) + frame.substr(349, 31));
}

TEST(Checkpoint, OfGenesisHasTheKeysBehindIt) {
  const std::string frame = Sample(CheckpointKind::kGenesis).EncodeFrame();
  ASSERT_EQ(frame.size(), kGenesisFrameSize);
  EXPECT_EQ(frame.substr(4, 4), Bytes({0x0c, 2, 0, 0}));
  EXPECT_EQ(static_cast<uint8_t>(frame[380]), 0x99);
  EXPECT_EQ(static_cast<uint8_t>(frame[424]), 0xaa);
  EXPECT_EQ(static_cast<uint8_t>(frame[468]), 0xbb);
}

TEST(Checkpoint, OfARecoveredFrameHasItsSignersKeyBehindIt) {
  const std::string frame = Sample(CheckpointKind::kRecovered).EncodeFrame();
  ASSERT_EQ(frame.size(), kRecoveredFrameSize);
  EXPECT_EQ(frame.substr(4, 4), Bytes({0xa0, 1, 0, 0}));
  EXPECT_EQ(frame.substr(380), std::string(44, '\xcc'));
}

TEST(Checkpoint, RoundTrips) {
  for (const auto kind : {CheckpointKind::kGenesis, CheckpointKind::kFrame, CheckpointKind::kSeal,
                          CheckpointKind::kRecovered}) {
    const std::string frame = Sample(kind).EncodeFrame();
    const auto decoded = Checkpoint::DecodeFrame(frame);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(decoded->body.kind, kind);
    EXPECT_EQ(decoded->EncodeFrame(), frame);
  }
}

TEST(Checkpoint, IsRefusedWhenCutOrLonger) {
  for (const auto kind : {CheckpointKind::kGenesis, CheckpointKind::kSeal}) {
    const std::string frame = Sample(kind).EncodeFrame();
    for (size_t n = 0; n < frame.size(); ++n) {
      EXPECT_FALSE(Checkpoint::DecodeFrame(frame.substr(0, n))) << n;
    }
    EXPECT_FALSE(Checkpoint::DecodeFrame(frame + '\0'));
  }
}

TEST(Checkpoint, IsRefusedWithAnyOtherFixedByte) {
  const std::string frame = Sample(CheckpointKind::kFrame).EncodeFrame();
  for (size_t i = 0; i < frame.size(); ++i) {
    // The header, the magic, the context, kind and zeros, the flags.
    const bool is_fixed = i < 36 || (i >= 52 && i < 56) || (i >= 260 && i < 264);
    std::string other = frame;
    other[i] = static_cast<char>(other[i] ^ 0x80);
    EXPECT_EQ(Checkpoint::DecodeFrame(other).has_value(), !is_fixed) << i;
  }
}

TEST(Checkpoint, OfGenesisHasItsSizeAndNoOtherHas) {
  Checkpoint checkpoint = Sample(CheckpointKind::kGenesis);
  checkpoint.body.kind = CheckpointKind::kFrame;
  EXPECT_FALSE(Checkpoint::DecodeFrame(checkpoint.EncodeFrame()));
  checkpoint = Sample(CheckpointKind::kFrame);
  checkpoint.body.kind = CheckpointKind::kGenesis;
  EXPECT_FALSE(Checkpoint::DecodeFrame(checkpoint.EncodeFrame()));
}

TEST(Checkpoint, OfALaterVersionIsNamed) {
  std::string frame = Sample(CheckpointKind::kFrame).EncodeFrame();
  frame[35] = 2;
  EXPECT_NE(Checkpoint::DecodeFrame(frame).error().message.find("version 2"), std::string::npos);
  frame[11] = '2';
  EXPECT_NE(Checkpoint::DecodeFrame(frame).error().message.find("version"), std::string::npos);
}

TEST(CheckpointBody, IsRefusedAtOtherSizes) {
  const std::string body = Sample(CheckpointKind::kInterim).body.Encode();
  EXPECT_TRUE(CheckpointBody::Decode(body));
  for (size_t n = 0; n < body.size(); ++n) EXPECT_FALSE(CheckpointBody::Decode(body.substr(0, n)));
  EXPECT_FALSE(CheckpointBody::Decode(body + '\0'));
}

TEST(FrameFacts, AreCommittedWithTheirSalt) {
  const Checkpoint checkpoint = Sample(CheckpointKind::kFrame);
  const std::string bytes = "\x02" + std::string(32, 0x77) + checkpoint.facts.Encode();
  EXPECT_EQ(checkpoint.facts.Commit(checkpoint.fsalt), Sha256::Of(bytes));
}

TEST(Genesis, NamesWhatTheKeysSign) {
  const Spki session = Filled<Spki>(0x99);
  EXPECT_EQ(GenesisPrev(session), Sha256::Of("secure-exec genesis\n" + std::string(44, '\x99')));
  const std::string message = CertificateMessage(Filled<Uuid>(0x11), session, Filled<Hash>(0x22));
  EXPECT_EQ(message, "secure-exec session key\n\x01" + std::string(16, 0x11) +
                         std::string(44, '\x99') + std::string(32, 0x22));
}

}  // namespace
}  // namespace secure_exec
