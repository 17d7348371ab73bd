// A disk in memory that knows what was synced, and what a power cut may leave of the rest: of the
// bytes written since a file's last fdatasync any 512-byte sector may be missing (older, or zero)
// and the size may be old or new; of the directory, entries made or removed since its last sync may
// be there or not. For one recording's files. Test-only.
#pragma once

#include <errno.h>
#include <fcntl.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_ops.h"

namespace secure_exec {

// Decides what the power cut leaves: a number below `count`, where 0 is the oldest state.
class Choices {
 public:
  virtual ~Choices() = default;
  virtual size_t Pick(size_t count) = 0;
};

// Every combination, one after the other, beginning with the oldest of all.
class EveryChoice final : public Choices {
 public:
  size_t Pick(size_t count) override {
    if (at_ == trail_.size()) trail_.push_back({0, count});
    return trail_[at_++].first;
  }
  // False when there is no other.
  bool Next() {
    trail_.resize(at_);
    at_ = 0;
    for (; !trail_.empty(); trail_.pop_back()) {
      if (++trail_.back().first < trail_.back().second) return true;
    }
    return false;
  }

 private:
  std::vector<std::pair<size_t, size_t>> trail_;
  size_t at_ = 0;
};

class RandomChoice final : public Choices {
 public:
  explicit RandomChoice(uint32_t seed) : random_(seed) {}
  size_t Pick(size_t count) override { return random_() / 7 % count; }

 private:
  std::minstd_rand random_;
};

class CrashDisk final : public FileOps {
 public:
  static constexpr size_t kSector = 512;

  // What is found after the machine is up again.
  struct Found {
    std::optional<std::string> main;
    std::map<uint64_t, std::string> tails;
    std::map<uint64_t, std::string> rests;  // of an encrypted one, as is the seal
    std::optional<std::string> seal;
  };

  // Calls that changed or synced something.
  size_t steps() const {
    const std::lock_guard lock(mutex_);
    return log_.size();
  }
  // The power went after the first `steps` of them.
  Found After(size_t steps, Choices& choices) const {
    const std::lock_guard lock(mutex_);
    Found found;
    for (size_t file = 0; file < paths_.size(); ++file) {
      const auto bytes = Left(static_cast<int>(file), steps, choices);
      if (bytes) Put(file, *bytes, found);
    }
    return found;
  }
  // With everything that was called in place, as after a kill.
  Found Now() const {
    const std::lock_guard lock(mutex_);
    Found found;
    for (size_t file = 0; file < paths_.size(); ++file) {
      if (!removed_[file]) Put(file, content_[file], found);
    }
    return found;
  }

  // About half of a write, up to the end of a sector: a system that gives up within a write does so
  // between the pages of its cache.
  size_t Half(int fd, size_t size) const {
    const std::lock_guard lock(mutex_);
    const size_t begin = content_[static_cast<size_t>(fd)].size();
    const size_t end = (begin + size / 2) / kSector * kSector;
    return end > begin ? end - begin : size;
  }

  int MakeDirectory(const std::string&, mode_t) override { return 0; }
  int Open(const std::string& path, int flags, mode_t) override {
    if ((flags & O_DIRECTORY) != 0) return kDirectory;
    const std::lock_guard lock(mutex_);
    if (std::find(paths_.begin(), paths_.end(), path) != paths_.end()) return -EEXIST;
    paths_.push_back(path);
    content_.emplace_back();
    removed_.push_back(false);
    const int file = static_cast<int>(paths_.size()) - 1;
    log_.push_back({Step::kCreate, file, {}});
    return file;
  }
  ssize_t Write(int fd, const void* data, size_t size) override {
    const std::lock_guard lock(mutex_);
    content_[static_cast<size_t>(fd)].append(static_cast<const char*>(data), size);
    log_.push_back({Step::kContent, fd, content_[static_cast<size_t>(fd)]});
    return static_cast<ssize_t>(size);
  }
  int Truncate(int fd, off_t size) override {
    const std::lock_guard lock(mutex_);
    content_[static_cast<size_t>(fd)].resize(static_cast<size_t>(size));
    log_.push_back({Step::kContent, fd, content_[static_cast<size_t>(fd)]});
    return 0;
  }
  int DataSync(int fd) override {
    const std::lock_guard lock(mutex_);
    log_.push_back({Step::kSync, fd, {}});
    return 0;
  }
  int Reserve(int, off_t, off_t) override { return 0; }
  int Unlink(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    const auto file = std::find(paths_.begin(), paths_.end(), path);
    if (file == paths_.end()) return -ENOENT;
    removed_[static_cast<size_t>(file - paths_.begin())] = true;
    log_.push_back({Step::kUnlink, static_cast<int>(file - paths_.begin()), {}});
    return 0;
  }
  int Close(int) override { return 0; }
  int FreeBytes(const std::string&, uint64_t* bytes) override {
    *bytes = uint64_t{1} << 40;
    return 0;
  }

 private:
  static constexpr int kDirectory = 1'000'000;
  struct Step {
    enum What { kCreate, kContent, kSync, kUnlink } what;
    int file;
    std::string content;  // after the step
  };

  void Put(size_t file, const std::string& bytes, Found& found) const {
    const std::string& path = paths_[file];
    const size_t tail = path.find(".tail."), rest = path.find(".rest.");
    if (tail != std::string::npos) {
      found.tails[std::stoull(path.substr(tail + 6))] = bytes;
    } else if (rest != std::string::npos) {
      found.rests[std::stoull(path.substr(rest + 6))] = bytes;
    } else if (path.ends_with(".seal")) {
      found.seal = bytes;
    } else {
      found.main = bytes;
    }
  }

  // What is left of a file; nullopt: it has no entry in the directory.
  std::optional<std::string> Left(int file, size_t steps, Choices& choices) const {
    enum { kNo, kMaybe, kYes } made = kNo, removed = kNo;
    std::vector<std::string> versions = {""};  // the synced one, then those since
    for (size_t i = 0; i < std::min(steps, log_.size()); ++i) {
      const Step& step = log_[i];
      if (step.what == Step::kSync && step.file == kDirectory) {
        if (made == kMaybe) made = kYes;
        if (removed == kMaybe) removed = kYes;
      }
      if (step.file != file) continue;
      if (step.what == Step::kCreate) made = kMaybe;
      if (step.what == Step::kUnlink) removed = kMaybe;
      if (step.what == Step::kContent) versions.push_back(step.content);
      if (step.what == Step::kSync) versions.erase(versions.begin(), versions.end() - 1);
    }
    if (made == kNo || removed == kYes) return std::nullopt;
    if (made == kMaybe && choices.Pick(2) == 0) return std::nullopt;
    if (removed == kMaybe && choices.Pick(2) == 1) return std::nullopt;
    return Mixed(versions, choices);
  }

  static std::string Sector(const std::string& content, size_t begin) {
    std::string sector = begin < content.size() ? content.substr(begin, kSector) : "";
    sector.resize(kSector);
    return sector;
  }

  static std::string Mixed(const std::vector<std::string>& versions, Choices& choices) {
    if (versions.size() == 1) return versions[0];
    std::set<size_t> sizes;
    size_t largest = 0;
    for (const std::string& version : versions) {
      sizes.insert(version.size());
      largest = std::max(largest, version.size());
    }
    // A size can reach the disk before all of a write is done.
    for (size_t at = *sizes.begin() / kSector * kSector + kSector; at < largest; at += kSector) {
      sizes.insert(at);
    }
    auto size = sizes.begin();
    std::advance(size, choices.Pick(sizes.size()));
    std::string mixed;
    for (size_t begin = 0; begin < *size; begin += kSector) {
      std::vector<std::string> states;
      for (const std::string& version : versions) {
        std::string sector = Sector(version, begin);
        if (std::find(states.begin(), states.end(), sector) == states.end()) {
          states.push_back(std::move(sector));
        }
      }
      mixed += states[states.size() == 1 ? 0 : choices.Pick(states.size())];
    }
    mixed.resize(*size);
    return mixed;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> paths_;    // by descriptor
  std::vector<std::string> content_;  // by descriptor, as it is now
  std::vector<bool> removed_;         // by descriptor
  std::vector<Step> log_;
};

}  // namespace secure_exec
