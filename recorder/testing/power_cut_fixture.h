// What tests of power cuts share: a session on a CrashDisk, of texts that stand nowhere else, and
// the judgement of what a cut left of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "recorder/recording.h"
#include "recorder/testing/crash_disk.h"
#include "recorder/testing/recorder_fixture.h"
#include "recorder/testing/temp_directory.h"

namespace secure_exec {

class PowerCutFixture : public RecorderFixture {
 protected:
  void SetUp() override {
    RecorderFixture::SetUp();
    options_.files = disk_.get();
    options_.limits.frame_bytes = 400;
    // Small enough that every combination can be tried.
    session().command = {"sh"};
  }

  // A text of `size` bytes that no other call returns.
  virtual std::string NewText(size_t size) = 0;

  void ShowSome(size_t size = 20) {
    std::string text = NewText(size);
    ASSERT_TRUE(Show(text));
    texts_.push_back(std::move(text));
  }
  void Sync() {
    clock_.Advance(5 * kSecond);
    ShowSome();
  }

  // The texts that a reader finds, which are some of those that were shown, in their order. With
  // `readable` it must be able to begin.
  std::vector<std::string> Texts(std::unique_ptr<RecordingSource> source, bool readable) {
    std::vector<std::string> texts;
    auto opened = Recording::Open(std::move(source), MainPath());
    if (!opened) {
      EXPECT_FALSE(readable) << opened.error().message;
      return texts;
    }
    Event event;
    auto next = (*opened)->Next(event);
    size_t at = 0;
    for (; next && *next; next = (*opened)->Next(event)) {
      if (event.code != 'o') continue;
      while (at < texts_.size() && texts_[at] != event.data) ++at;
      EXPECT_LT(at, texts_.size()) << "not shown, or not then: " << event.data.substr(0, 20);
      texts.push_back(event.data);
    }
    EXPECT_TRUE(next) << next.error().message;
    return texts;
  }
  void ExpectHas(const std::vector<std::string>& texts, const std::vector<std::string>& synced) {
    EXPECT_TRUE(std::includes(texts.begin(), texts.end(), synced.begin(), synced.end(),
                              [this](const auto& a, const auto& b) { return Order(a) < Order(b); }))
        << texts.size() << " texts, " << synced.size() << " were synced";
  }

  // What was found, as files. Returns the main file's path.
  std::string Write(const CrashDisk::Found& found, const std::string& suffix,
                    const TempDirectory& directory) {
    const std::string id = FormatUuid(session().id);
    for (const auto& [k, bytes] : found.tails) {
      directory.Write(fmt::format("{}.tail.{}", id, k), bytes);
    }
    for (const auto& [n, bytes] : found.rests) {
      directory.Write(fmt::format("{}.rest.{}", id, n), bytes);
    }
    if (found.seal) directory.Write(id + ".seal", *found.seal);
    return directory.Write(id + suffix, *found.main);
  }

  std::unique_ptr<CrashDisk> disk_ = std::make_unique<CrashDisk>();
  std::vector<std::string> texts_;
  int recovered_ = 0;
  bool sealed_ = false;

 private:
  size_t Order(const std::string& text) const {
    return static_cast<size_t>(std::find(texts_.begin(), texts_.end(), text) - texts_.begin());
  }
};

}  // namespace secure_exec
