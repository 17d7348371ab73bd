// What recording costs. Prints one line:
//   recorder_bench (log|random|zeros|lines|FILE) [MEBIBYTES] [OPTION...]
// log, random, zeros: bulk output in reads of 128 KiB, as a session does it. lines: one short line
// at a time, each waited for (mean round trip from Append to Written). FILE: its bytes over and
// over.
//   child       through DiskProcess
//   level=N     zstd's level in place of the one by speed
//   age1...     encrypted for this recipient
//   in=DIR      below this directory (/tmp)
//   keep=FILE   what was recorded stays there
//   read=N      in reads of N bytes: an event each
//   nul         of FILE: a read ends at each NUL, which is not recorded
//   tty         of a session with a terminal
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "bench/log_text.h"
#include "recorder/disk_process.h"
#include "recorder/recorder.h"

namespace secure_exec {
namespace {

constexpr size_t kRead = 128 * 1024;

std::string RandomText(size_t size) {
  std::mt19937_64 random(1);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

void Wait(Recorder& recorder) {
  pollfd ready{recorder.event_fd(), POLLIN, 0};
  ::poll(&ready, 1, -1);
  recorder.ClearEvent();
}

int Run(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "log";
  const size_t mebibytes = argc > 2 ? static_cast<size_t>(std::atol(argv[2])) : 512;
  bool child = false;
  std::string parent = "/tmp", keep;
  size_t read = kRead;
  bool tty = false, nul = false;
  Recorder::Options options;
  for (int i = 3; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "child") {
      child = true;
    } else if (option.starts_with("level=")) {
      options.limits.level = std::atoi(option.c_str() + 6);
    } else if (option.starts_with("in=")) {
      parent = option.substr(3);
    } else if (option.starts_with("keep=")) {
      keep = option.substr(5);
    } else if (option.starts_with("read=")) {
      read = std::max<size_t>(1, static_cast<size_t>(std::atol(option.c_str() + 5)));
    } else if (option == "nul") {
      nul = true;
    } else if (option == "tty") {
      tty = true;
    } else if (auto recipient = AgeRecipient::Parse(option)) {
      options.recipients.push_back(*recipient);
    } else {
      return std::fprintf(stderr, "%s: %s\n", option.c_str(), recipient.error().message.c_str()), 2;
    }
  }
  std::unique_ptr<DiskProcess> disk;
  if (child) disk = std::move(*DiskProcess::Start());

  std::string directory = parent + "/recorder_bench.XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) return 1;
  const SigningKey key = SigningKey::Generate();
  options.directory = directory;
  options.header.session.emplace();
  options.header.session->tty = tty;
  options.header.session->id = MakeUuidV7(Clock::System().WallNs());
  options.user_key = &key;
  if (child) options.files = disk.get();
  auto created = Recorder::Create(options);
  if (!created) return std::fprintf(stderr, "%s\n", created.error().message.c_str()), 1;
  Recorder& recorder = **created;

  constexpr size_t kPool = 4 << 20;
  std::string pool;
  if (what == "log") {
    pool = LogText(kPool, "\n");
    pool.resize(kPool);
  } else if (what == "random") {
    pool = RandomText(kPool);
  } else if (what == "zeros" || what == "lines") {
    pool.resize(kPool);
  } else {
    std::ifstream file(what, std::ios::binary);
    pool.assign(std::istreambuf_iterator<char>(file), {});
    if (pool.empty()) return std::fprintf(stderr, "%s: nothing to read\n", what.c_str()), 1;
  }
  const double start = Seconds(CLOCK_MONOTONIC);
  const double start_cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  const double start_thread = Seconds(CLOCK_THREAD_CPUTIME_ID);
  double total = 0;
  if (what == "lines") {
    constexpr int kLines = 20'000;
    for (int i = 0; i < kLines; ++i) {
      const Recorder::Ticket ticket = recorder.Append(Channel::kStdout, "total 64\r\n");
      recorder.Flush();
      while (recorder.Written() < ticket && !recorder.failed()) Wait(recorder);
    }
    total = kLines;
  } else {
    for (size_t left = mebibytes << 20, at = 0; left > 0 && !recorder.failed();) {
      if (recorder.Room() == 0) {
        Wait(recorder);
        continue;
      }
      size_t part = std::min({left, read, pool.size() - at});
      if (nul) part = std::min(part, pool.find('\0', at) - at);
      recorder.Append(Channel::kStdout, std::string_view(pool).substr(at, part));
      recorder.Flush();
      at = (at + part + (nul && at + part < pool.size() && pool[at + part] == '\0')) % pool.size();
      left -= part;
    }
    total = static_cast<double>(mebibytes);
  }
  const double thread = Seconds(CLOCK_THREAD_CPUTIME_ID) - start_thread;
  const auto sealed = recorder.Seal({0, true, "exit"}, Clock::System().BootNs() + 60 * kSecond);
  if (!sealed) return std::fprintf(stderr, "%s\n", sealed.error().message.c_str()), 1;
  const double wall = Seconds(CLOCK_MONOTONIC) - start;
  const double cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID) - start_cpu;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  if (what == "lines") {
    std::printf("lines: %.1f us a round trip, %.1f us CPU\n", wall / total * 1e6,
                cpu / total * 1e6);
  } else {
    std::printf(
        "%s: %.0f MiB in %.2f s (%.0f MiB/s), CPU %.2f s, of it appending %.2f s, "
        "file %.1f MiB, peak RSS %.1f MiB with a pool of %zu MiB\n",
        what.c_str(), total, wall, total / wall, cpu, thread,
        static_cast<double>(sealed->file_size) / (1 << 20),
        static_cast<double>(usage.ru_maxrss) / 1024, pool.size() >> 20);
  }
  if (!keep.empty()) std::filesystem::rename(recorder.path(), keep);
  created->reset();
  std::filesystem::remove_all(directory);
  return 0;
}

}  // namespace
}  // namespace secure_exec

int main(int argc, char** argv) { return secure_exec::Run(argc, argv); }
