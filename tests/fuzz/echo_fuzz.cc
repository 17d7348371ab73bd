// What is typed and what is printed, in any order, at any times: text is recorded only if each of
// its characters was printed, in order, after it was typed; nothing goes on before it was announced
// or recorded; nothing is lost but what is masked; memory is bounded.
//
// The input is a script: a byte says what comes (its top two bits) and how many bytes of it, or how
// long nothing does.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "plugin/echo/echo_tracker.h"
#include "recorder/cast/masked_input.h"

namespace secure_exec {
namespace {

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

bool IsText(char c) { return static_cast<uint8_t>(c) > 0x20 && c != 0x7F; }

class World : private EchoTracker::Sink, private ParserHandler {
 public:
  World() : tracker_(*this, /*text_where_unechoed=*/false) {}

  void Type(std::string_view bytes, int64_t now) {
    bytes = bytes.substr(0, tracker_.Room());
    typed_ += bytes;
    tracker_.Type(bytes, now);
    Require(open_ || masked_ || recorded_.size() == typed_.size(), "announced or recorded");
    Check();
  }
  void Output(std::string_view bytes, int64_t now) {
    parser_.Feed(bytes, *this);
    tracker_.Output(bytes, now);
    Check();
  }
  void Expire(int64_t now) {
    const auto deadline = tracker_.Deadline();
    tracker_.Expire(now);
    const auto next = tracker_.Deadline();
    Require(!deadline || *deadline > now || !next || *next > now, "deadlines pass");
    Check();
  }
  void Finish() {
    tracker_.Finish();
    Check();
    Require(tracker_.Room() == EchoTracker::kMaxPending, "nothing is held at the end");
    Require(masked_ || recorded_ == typed_, "exact where nothing was masked");
  }

 private:
  void Placeholder() override { open_ = true; }
  void Text(std::string_view bytes) override {
    open_ = false;
    // Sequences of keys are told apart elsewhere: plain text is enough to catch a line let through.
    if (bytes.find('\x1B') == std::string_view::npos &&
        bytes.find('\x12') == std::string_view::npos) {
      size_t at = 0;
      for (const char c : bytes) {
        if (!IsText(c)) continue;
        at = printed_.find(c, at);
        Require(at != std::string::npos, "text that was printed, in order");
        ++at;
      }
    }
    recorded_ += bytes;
  }
  void Masked(std::string_view text) override {
    open_ = false;
    masked_ = true;
    Require(!LengthBucket(text.size()).empty(), "a length");
  }
  void Marker(std::string_view text) override {
    Require(text.starts_with("secure-exec: "), "our own markers");
  }

  void Print(std::string_view text) override { printed_ += text; }
  void Execute(uint8_t) override {}
  void C1(uint8_t) override {}
  void Escape(std::string_view, char) override {}
  void ControlSequence(const Csi&) override {}
  void String(StringKind, std::string_view, bool) override {}

  void Check() {
    // What is recorded is what was typed, in order, with gaps where something was masked.
    for (; checked_ < recorded_.size(); ++checked_, ++typed_at_) {
      typed_at_ = typed_.find(recorded_[checked_], typed_at_);
      Require(typed_at_ != std::string::npos, "only what was typed, in order");
    }
  }

  std::string typed_, printed_, recorded_;
  size_t checked_ = 0, typed_at_ = 0;
  bool open_ = false, masked_ = false;
  Parser parser_;
  EchoTracker tracker_;
};

}  // namespace
}  // namespace secure_exec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace secure_exec;
  World world;
  int64_t now = 1000 * kSecond;
  const std::string_view script(reinterpret_cast<const char*>(data), size);
  std::string last;
  for (size_t at = 0; at < script.size();) {
    const auto step = static_cast<uint8_t>(script[at++]);
    const size_t count = std::min<size_t>(step & 0x3F, script.size() - at);
    switch (step >> 6) {
      case 0:
        last = script.substr(at, count);
        world.Type(last, now);
        at += count;
        break;
      case 1:
        world.Output(script.substr(at, count), now);
        at += count;
        break;
      case 2:  // an echo
        world.Output(last, now);
        break;
      default:
        now += (step & 0x3F) * 50 * kMillisecond;
        world.Expire(now);
    }
  }
  world.Finish();
  return 0;
}
