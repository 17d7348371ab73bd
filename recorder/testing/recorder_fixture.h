// A recorder in a directory of its own, on a clock that stands still, and what a reader makes of
// the result. Test-only.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "recorder/recorder.h"
#include "recorder/recording.h"
#include "recorder/testing/test_files.h"
#include "recorder/verify.h"

namespace secure_exec {

// What a reader finds in a recording.
struct ReadBack {
  std::string bytes[kChannels];
  std::vector<Event> others;  // all events that are not bytes
  Recording::Ending ending = Recording::Ending::kPlain;
  VerifyReport report;

  std::string Codes() const {
    std::string codes;
    for (const Event& event : others) codes += event.code;
    return codes;
  }
};

// A clock that stands still until the test moves it, while the writer thread reads it.
class SharedClock final : public Clock {
 public:
  int64_t BootNs() const override { return boot_ns; }
  int64_t WallNs() const override { return wall_ns; }
  void Advance(int64_t ns) {
    boot_ns += ns;
    wall_ns += ns;
  }
  std::atomic<int64_t> boot_ns = 1'000 * kSecond;
  std::atomic<int64_t> wall_ns = 1'700'000'000 * kSecond;
};

class RecorderFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/recorder_test.XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    options_.directory = directory_;
    options_.clock = &clock_;
    options_.files = files_.get();
    options_.user_key = &user_key_;
    SessionInfo& session = options_.header.session.emplace();
    session.id = MakeUuidV7(clock_.wall_ns);
    session.start_wall_ns = clock_.wall_ns;
    session.record[0] = RecordMode::kAll;
  }
  void TearDown() override {
    recorder_.reset();
    ObserveAead(nullptr);
    std::filesystem::remove_all(directory_);
  }

  // From now on recordings are encrypted, for an identity of the test's. No (key, nonce) may come
  // twice until the test ends.
  void Encrypt() {
    identities_.push_back(AgeIdentity::FromScalar(Secret<32>::Random(RandomBytes)));
    options_.recipients = {identities_[0].recipient()};
    ObserveAead([this](const Hash& key, const AeadNonce& nonce, const Hash&) {
      ++encryptions_;
      EXPECT_TRUE(nonces_.insert({key, nonce}).second) << "a nonce came twice";
    });
  }
  bool encrypted() const { return !options_.recipients.empty(); }
  IdentitySource Identities() const {
    if (identities_.empty()) return nullptr;
    return [this]() -> Result<std::span<const AgeIdentity>> { return identities_; };
  }

  SessionInfo& session() { return *options_.header.session; }
  std::string MainPath() const {
    return directory_ + "/" + FormatUuid(options_.header.session->id) + ".cast.zst" +
           (encrypted() ? ".age" : "");
  }
  std::string SealPath() const {
    return directory_ + "/" + FormatUuid(options_.header.session->id) + ".seal";
  }
  std::string RestPath(int number) const {
    return directory_ + "/" + FormatUuid(options_.header.session->id) + ".rest." +
           std::to_string(number);
  }
  // What a sealed session leaves.
  std::vector<std::string> SealedFiles() const {
    if (!encrypted()) return {MainPath()};
    return {MainPath(), SealPath()};
  }
  std::string TailPath(int k) const {
    return directory_ + "/" + FormatUuid(options_.header.session->id) + ".tail." +
           std::to_string(k);
  }
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      names.push_back(entry.path().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  static std::string Content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  bool TryStart() {
    auto created = Recorder::Create(options_);
    if (!created) {
      start_error_ = created.error();
      return false;
    }
    recorder_ = std::move(*created);
    return true;
  }
  void Start() { ASSERT_TRUE(TryStart()) << start_error_.message; }

  // Waits until `ticket` is written; false if the recorder failed instead.
  bool Await(Recorder::Ticket ticket) {
    while (recorder_->Written() < ticket && !recorder_->failed()) {
      pollfd ready{recorder_->event_fd(), POLLIN, 0};
      if (::poll(&ready, 1, 20'000) != 1) {
        ADD_FAILURE() << "nothing was written in 20 s";
        return false;
      }
      recorder_->ClearEvent();
    }
    return recorder_->Written() >= ticket;
  }
  // As a session does it: recorded, then shown.
  bool Show(std::string_view bytes, Channel channel = Channel::kStdout) {
    const Recorder::Ticket ticket = recorder_->Append(channel, bytes);
    recorder_->Flush();
    if (!Await(ticket)) return false;
    shown_[static_cast<int>(channel)] += bytes;
    return true;
  }
  Result<Recorder::Totals> Seal() {
    return recorder_->Seal({0, true, "exit"}, clock_.boot_ns + 20 * kSecond);
  }

  ReadBack Read() const {
    ReadBack result;
    auto opened = Recording::Open(MainPath(), Identities());
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      return result;
    }
    Event event;
    for (;;) {
      const auto more = (*opened)->Next(event);
      if (!more) {
        ADD_FAILURE() << more.error().message;
        break;
      }
      if (!*more) break;
      if (event.is_bytes()) {
        result.bytes[static_cast<int>(event.channel())] += event.data;
      } else {
        result.others.push_back(event);
      }
    }
    result.ending = (*opened)->ending();
    auto report = VerifyRecording(
        MainPath(),
        {.signers = Signers::Of({user_key_.spki()}), .identities = Identities()});
    if (report) {
      result.report = *report;
    } else {
      ADD_FAILURE() << report.error().message;
    }
    return result;
  }

  std::string directory_;
  SharedClock clock_;
  // Shared: a thread that hangs in a call outlives the test.
  std::shared_ptr<TestFiles> files_ = std::make_shared<TestFiles>();
  SigningKey user_key_ = SigningKey::Generate();
  std::vector<AgeIdentity> identities_;
  std::set<std::pair<Hash, AeadNonce>> nonces_;
  int encryptions_ = 0;
  Recorder::Options options_;
  std::unique_ptr<Recorder> recorder_;
  Error start_error_{};
  std::string shown_[kChannels];
};

}  // namespace secure_exec
