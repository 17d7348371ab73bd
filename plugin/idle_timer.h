// When a session that nothing happens in ends. Decides only: what it says is done by the session.
//
//   life … | warning | end
//          notice     the foreground is asked about: a job that still runs there keeps the session
//
// * The notice comes kWarningNs before the end; where the timeout is under twice that, at its half.
//   Any life answers it, and the timer begins anew.
// * The probe is asked with the notice and again shortly before the end. The latest answer counts.
//   kJobRuns: the notice stands, the session goes on, and the question comes again after
//   kAskJobEveryNs (or the timeout, if that is less); no second notice. Anything else ends it, "not
//   known" too: an idle limit that binds only where a second exec works would bind nobody who
//   forbids it. An answer that does not come is waited for until kPatienceNs after the end, and
//   that to the notice's question counts then.
// * After a time in which nobody could see a notice (the machine slept past the end) there is none:
//   the session ends as soon as the probe has answered.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "plugin/foreground_probe.h"

namespace secure_exec {

inline constexpr int64_t kWarningNs = 60 * kSecond;
// How long before its end a session that may last `limit` is given notice.
constexpr int64_t WarningOf(int64_t limit_ns) {
  return limit_ns < 2 * kWarningNs ? limit_ns / 2 : kWarningNs;
}

class IdleTimer {
 public:
  static constexpr int64_t kPatienceNs = 10 * kSecond;
  static constexpr int64_t kAskAgainNs = 5 * kSecond;  // before the end
  static constexpr int64_t kAskJobEveryNs = 300 * kSecond;

  struct Options {
    int64_t timeout_ns = 0;            // 0: there is no limit
    bool on_input_only = false;        // output is no life
    bool end_foreground_jobs = false;  // nobody is asked
  };
  enum class Step {
    kNone,
    kNotice,    // give notice: it ends at ends_at()
    kAnswered,  // something happened: take the notice away
    kJobRuns,   // the end has come, and the session goes on for a job
    kEnd,
  };

  // `probe` is borrowed, and may be null: then nothing is known.
  IdleTimer(const Options& options, int64_t now, ForegroundProbe* probe)
      : options_(options), probe_(options.end_foreground_jobs ? nullptr : probe), life_(now) {
    ends_at_ = now + options.timeout_ns;
  }

  void OnInput(int64_t now) { Live(now); }
  void OnOutput(int64_t now) {
    if (!options_.on_input_only) Live(now);
  }

  // What is to be done now. To be called after anything happened, and at Deadline().
  Step Advance(int64_t now);
  std::optional<int64_t> Deadline() const;

  int64_t ends_at() const { return ends_at_; }
  int64_t idle_for(int64_t now) const { return now - life_; }
  // Whether a session should be kept from being cut for its silence: not once this limit bites.
  bool Wanted(int64_t now) const { return options_.timeout_ns == 0 || now < ends_at_; }

 private:
  void Live(int64_t now);
  void Ask();
  int64_t warning() const { return WarningOf(options_.timeout_ns); }
  int64_t ask_again_at() const;
  Step Judge(int64_t now);

  const Options options_;
  ForegroundProbe* const probe_;
  int64_t life_;             // when something last happened
  int64_t ends_at_ = 0;      // if nothing does
  bool noticed_ = false;     // a notice stands
  bool answered_ = false;    // it did, and Advance() has not said so
  bool job_runs_ = false;    // that was said
  bool asked_last_ = false;  // the question before the end was asked
  bool waiting_ = false;     // the end has come, its answer has not
  int64_t give_up_at_ = 0;   // waiting for it
  // What was answered to the notice's question.
  std::optional<ForegroundProbe::Answer> known_;
};

}  // namespace secure_exec
