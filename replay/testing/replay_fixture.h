// For tests: runs commands as the command line does, on a store in a directory of the test's own.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "recorder/testing/temp_directory.h"
#include "replay/program.h"

namespace secure_exec {

class StringOutput final : public Output {
 public:
  bool is_terminal() const override { return terminal; }
  std::string text;
  bool terminal = false;
  std::optional<Error> fails_with;

 private:
  Result<void> WriteThrough(std::string_view bytes) override {
    if (fails_with) return tl::unexpected(*fails_with);
    text += bytes;
    return {};
  }
};

// A terminal without time: waits are over at once.
class FakePacer final : public Pacer {
 public:
  std::optional<WindowSize> size() const override { return terminal; }
  Result<void> Begin() override {
    ++begun;
    return {};
  }
  void End() override { ++ended; }
  bool Suspend() override {
    now_ns += stops_for_ns;
    return true;
  }
  int64_t NowNs() const override { return now_ns; }
  Wake Wait(int64_t boot_ns) override {
    Wake wake{.interrupted = interrupt_after == 0};
    if (interrupt_after > 0) --interrupt_after;
    if (wake.interrupted) return wake;
    if (!keys.empty()) {
      boot_ns = std::min(boot_ns, keys.front().first);
    } else if (boot_ns == INT64_MAX) {
      wake.interrupted = true;  // nothing would ever come
      return wake;
    }
    now_ns = std::max(now_ns, boot_ns);
    if (!keys.empty() && keys.front().first <= now_ns) {
      const std::string& key = keys.front().second;
      wake.stop = key == "\x1A";  // a terminal makes signals of these
      wake.cancelled = key == "\x03";
      if (!wake.stop && !wake.cancelled) wake.keys = key;
      keys.pop_front();
    }
    return wake;
  }

  std::optional<WindowSize> terminal = WindowSize{80, 24};
  int begun = 0;
  int ended = 0;
  int64_t now_ns = 1'000'000'000;
  int64_t stops_for_ns = 0;
  int interrupt_after = -1;
  std::deque<std::pair<int64_t, std::string>> keys;  // from which time on, in order
};

class ReplayTest : public testing::Test {
 protected:
  struct Outcome {
    int code;
    std::string out;
    std::string err;
  };

  Outcome Run(std::vector<std::string> words) {
    StringOutput out;
    StringOutput err;
    out.terminal = terminal;
    out.fails_with = output_error;
    World world{out, err, [this](const std::string& name) { return Variable(name); }, pacer};
    const int code = RunReplay(words, world);
    out.Flush();
    err.Flush();
    return {code, out.text, err.text};
  }

  // A cast with `events` (lines without LF), made at 2025-11-23 14:03:00Z by alice in
  // prod/shop/web-0.
  static std::string Cast(const std::vector<std::string>& events, bool tty = true,
                          std::string_view id = kId, std::string_view stdin_mode = "all") {
    std::string text = fmt::format(
        R"({{"version":2,"width":80,"height":24,"timestamp":1763906580,"command":"sh -c date",)"
        R"("session":{{"format":"1.0","id":"{}","tool":"kubectl-secure_exec 0.1.0",)"
        R"("start":1763906580000000000,"user":{{"local":"alice","uid":1000,"host":"laptop",)"
        R"("kubeconfig":"ops"}},"context":"prod","namespace":"shop","pod":"web-0",)"
        R"("container":"app","command":["sh","-c","date"],"stdin":true,"tty":{},)"
        R"("record":{{"stdin":"{}","stdout":"all","stderr":"all","limit":0}}}}}})",
        id, tty, stdin_mode);
    text += '\n';
    for (const std::string& event : events) text += event + "\n";
    return text;
  }

  std::string WriteCast(std::string_view name, const std::vector<std::string>& events,
                        bool tty = true) {
    return directory.Write(name, Cast(events, tty));
  }
  // Into the store, under its id.
  std::string Store(const std::vector<std::string>& events, std::string_view id = kId) {
    return directory.Write(fmt::format("store/prod/shop/web-0/{}.cast.zst", id),
                           Cast(events, true, id));
  }

  static constexpr std::string_view kId = "019ab123-4567-7890-8abc-def012345678";
  static constexpr std::string_view kOtherId = "019ab124-0000-7000-8000-000000000001";

  TempDirectory directory;
  FakePacer pacer;
  bool terminal = false;
  std::optional<Error> output_error;
  std::string no_color;
  std::string term = "xterm-256color";

 private:
  std::optional<std::string> Variable(const std::string& name) const {
    if (name == "SECURE_EXEC_STORE") return directory / "store";
    if (name == "TERM") return term;
    if (name == "NO_COLOR" && !no_color.empty()) return no_color;
    return std::nullopt;
  }
};

}  // namespace secure_exec
