// The Recorder and the readers against each other and against peers: zstd and python3.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "recorder/recorder.h"
#include "recorder/recording.h"
#include "recorder/testing/recording_builder.h"
#include "recorder/testing/temp_directory.h"
#include "recorder/verify.h"

namespace secure_exec {
namespace {

struct Read {
  std::string bytes[kChannels];
  std::string error;
  Recording::Ending ending = Recording::Ending::kCut;
};

Read ReadAll(Result<std::unique_ptr<Recording>> recording) {
  Read read;
  if (!recording) {
    read.error = recording.error().message;
    return read;
  }
  Event event;
  auto next = (*recording)->Next(event);
  for (; next && *next; next = (*recording)->Next(event)) {
    if (event.is_bytes()) read.bytes[static_cast<int>(event.channel())] += event.data;
  }
  if (!next) read.error = next.error().message;
  read.ending = (*recording)->ending();
  return read;
}

// Text and binary in runs, as sessions have them: seeds give other bytes.
std::string Stream(uint32_t seed, size_t size) {
  constexpr std::string_view kPieces[] = {
      "plain text\r\n", "\x1b[1;31mred\x1b[0m", "\u20ac\u00e9", "\U0001F600", "\"\\/", "\t"};
  std::minstd_rand random(seed);
  std::string out;
  while (out.size() < size) {
    if (random() % 8 == 0) {
      for (auto n = random() % 40; n > 0; --n) out += static_cast<char>(random() % 256);
    } else {
      out += kPieces[random() % std::size(kPieces)];
    }
  }
  out.resize(size);
  return out;
}

class RoundTrip : public testing::Test {
 protected:
  RoundTrip() {
    Recorder::Options options;
    options.directory = temp_.path();
    options.user_key = &key_;
    SessionInfo& session = options.header.session.emplace();
    session.id = MakeUuidV7(Clock::System().WallNs());
    session.start_wall_ns = Clock::System().WallNs();
    session.record[0] = session.record[1] = session.record[2] = RecordMode::kAll;
    session.record_limit = UINT64_MAX;
    auto recorder = Recorder::Create(std::move(options));
    if (!recorder) ADD_FAILURE() << recorder.error().message;
    recorder_ = std::move(*recorder);
    path_ = recorder_->path();
  }
  void Append(size_t bytes_each, size_t chunk) {
    for (size_t done = 0; done < bytes_each; done += chunk) {
      for (int channel = 0; channel < kChannels; ++channel) {
        const std::string bytes = Stream(static_cast<uint32_t>(done * 3 + 1) + 7u * channel, chunk);
        recorder_->Append(static_cast<Channel>(channel), bytes);
        sent_[channel] += bytes;
      }
      recorder_->Flush();
    }
  }
  void Seal() {
    const auto sealed = recorder_->Seal({0, true, "exit"}, Clock::System().BootNs() + 60 * kSecond);
    ASSERT_TRUE(sealed) << sealed.error().message;
  }
  VerifyReport Verify() {
    const auto report = VerifyRecording(path_, {.signers = Signers::Of({key_.spki()})});
    EXPECT_TRUE(report);
    return report.value_or(VerifyReport{});
  }
  std::string MainFile() { return temp_.Read(path_.substr(path_.rfind('/') + 1)); }

  TempDirectory temp_;
  SigningKey key_ = SigningKey::Generate();
  std::unique_ptr<Recorder> recorder_;
  std::string path_;
  std::string sent_[kChannels];
};

TEST_F(RoundTrip, ASealedSessionComesBack) {
  Append(600'000, 1000);
  Seal();
  const Read read = ReadAll(Recording::Open(path_));
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.ending, Recording::Ending::kSealed);
  for (int channel = 0; channel < kChannels; ++channel) {
    EXPECT_TRUE(read.bytes[channel] == sent_[channel]) << channel;
  }
  const VerifyReport report = Verify();
  EXPECT_EQ(report.verdict, Verdict::kTrusted) << report.summary;
  EXPECT_THAT(report.remarks, testing::IsEmpty());
}

TEST_F(RoundTrip, ZstdAndPythonReadTheSame) {
  Append(300'000, 700);
  Seal();
  constexpr char kScript[] = R"(python3 -c '
import base64, hashlib, json, sys
head, *events = [json.loads(line) for line in sys.stdin.buffer.read().decode("utf-8").splitlines()]
assert head["version"] == 2 and head["session"]["format"] == "1.0"
assert all(a[0] <= b[0] for a, b in zip(events, events[1:])) and events[-1][1] == "x"
for text, binary in ("iI", "oO", "eE"):
    data = b"".join(e[2].encode() if e[1] == text else base64.b64decode(e[2], validate=True)
                    for e in events if e[1] in (text, binary))
    print(data.hex())
')";
  const std::string command = "zstd -dc " + path_ + " | " + kScript;
  FILE* pipe = ::popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string output(2 << 20, '\0');
  output.resize(::fread(output.data(), 1, output.size(), pipe));
  EXPECT_EQ(::pclose(pipe), 0);
  std::string expected;
  for (const std::string& bytes : sent_) expected += HexEncode(bytes) + "\n";
  EXPECT_TRUE(output == expected);
}

TEST_F(RoundTrip, ARunningSessionReadsWithoutATornLine) {
  for (int round = 0; round < 40; ++round) {
    Append(30'000, 1500);  // the writer's thread is at work while this reads
    const Read read = ReadAll(Recording::Open(path_));
    EXPECT_EQ(read.error, "");
    for (int channel = 0; channel < kChannels; ++channel) {
      EXPECT_TRUE(sent_[channel].starts_with(read.bytes[channel])) << channel;
    }
    const VerifyReport report = Verify();
    EXPECT_EQ(report.verdict, Verdict::kNoSeal) << report.summary;
  }
  Seal();
  EXPECT_TRUE(ReadAll(Recording::Open(path_)).bytes[1] == sent_[1]);
}

TEST_F(RoundTrip, CutsOfItAreCutsAndFlipsAreAlterations) {
  Append(20'000, 500);
  Seal();
  const std::string whole = MainFile();
  const auto verify = [&](std::string bytes) {
    return VerifyRecording(MemoryRecording(std::move(bytes)), path_,
                           {.signers = Signers::Of({key_.spki()})})
        ->verdict;
  };
  ASSERT_EQ(verify(whole), Verdict::kTrusted);
  for (size_t at = 0; at < whole.size(); at += 97) {
    EXPECT_EQ(verify(whole.substr(0, at)), Verdict::kNoSeal) << at;
    std::string bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ 4);
    const Verdict verdict = verify(bad);
    EXPECT_TRUE(verdict == Verdict::kAltered || (at < 1000 && verdict == Verdict::kUnreadable))
        << at;
  }
}

}  // namespace
}  // namespace secure_exec
