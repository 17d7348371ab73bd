// The stream phase: terminal <-> recorder <-> remote command, in one loop with one poll.
//
// The way of a byte typed: stdin, here, recorder (written), remote. The way of a byte shown:
// remote, here, recorder (written), stdout. Nothing moves on before its ticket is written, nothing
// is reordered within a channel, and every buffer has a bound at which the loop stops reading from
// whoever fills it:
//   output waiting for the recorder or for the user's descriptor   1 MiB, then the socket is not
//   read input waiting for the recorder or the socket                 256 KiB, then stdin is not
//   read lines waiting for the disk                                     2 MiB, then neither is read
//
// When it ends by itself, and what is said on the terminal meanwhile, is decided by parts of its
// own (idle_timer.h, time_limit.h, liveness.h, escape_key.h, notices.h); here they are asked.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/window_size.h"
#include "plugin/echo/echo_tracker.h"
#include "plugin/escape_key.h"
#include "plugin/foreground_probe.h"
#include "plugin/idle_timer.h"
#include "plugin/liveness.h"
#include "plugin/notices.h"
#include "plugin/remote/remote_command.h"
#include "plugin/screen_watch.h"
#include "plugin/terminal/terminal.h"
#include "plugin/ticketed_buffer.h"
#include "plugin/time_limit.h"
#include "recorder/recorder.h"

namespace secure_exec {

inline constexpr int64_t kUtf8HoldNs = 20 * kMillisecond;
inline constexpr int64_t kStallNoticeNs = 10 * kSecond;
inline constexpr int64_t kStallEndNs = 60 * kSecond;
// How long output that came before a session of ours ended may take to be shown.
inline constexpr int64_t kDrainNs = 5 * kSecond;

// Why the stream phase ended. The first that happened.
struct SessionEnd {
  enum class Why {
    kFinished,  // the peer ended the stream; its status bytes tell the rest
    kConnectionLost,
    kRecordingFailed,  // or stalled for a minute
    kSignal,           // HUP, INT, QUIT or TERM, in `signal`
    kOutputClosed,     // nobody reads stdout or stderr any more (EPIPE)
    kOutputFailed,     // writing to stdout or stderr failed otherwise
    kIdle,             // nothing happened for the idle timeout
    kTimeLimit,        // the longest duration is over
    kDisconnected,     // the user typed ~. while the connection did not answer
  };
  Why why = Why::kFinished;
  int signal = 0;
  bool silent = false;  // the server did not answer any more
  std::optional<Error> error = std::nullopt;
  uint64_t stdin_read = 0;   // bytes read from the user
  bool stdin_ended = false;  // their end was read and handed to the remote command
  std::optional<std::string> stdin_error = std::nullopt;  // what reading them failed with, in words
};

class Session : private RemoteCommand::Listener, private EchoTracker::Sink {
 public:
  struct Options {
    int stdin_fd = 0;
    int stdout_fd = 1;
    int stderr_fd = 2;
    bool stdin_open = false;
    bool tty = false;            // stdin is a raw terminal; sizes are sent
    WindowSize recorded_size;    // the one in the recording's header
    bool stall_notices = false;  // stderr is a terminal
    // Where to put when the first output came (BootNs), if anybody wants to know; 0 until then.
    int64_t* first_output_ns = nullptr;
    // False for a channel that is not recorded as text.
    bool hold_utf8[kChannels] = {true, true, true};
    IdleTimer::Options idle;
    int64_t max_duration_ns = 0;       // 0: no limit
    ForegroundProbe* probe = nullptr;  // borrowed; null: nothing is known of jobs
    // When ~. at the start of a line is ours; never without a TTY.
    enum class Escape { kOff, kSilent, kAlways } escape = Escape::kOff;
    Notices::Form notices = Notices::Form::kNone;
    // Which descriptors are the terminal that notices go to (stderr first).
    bool stdout_on_terminal = true, stderr_on_terminal = true;
    // stdin is recorded as far as it is echoed (plugin/echo/); what is not, as text or masked.
    bool echoed_stdin = false;
    bool text_where_unechoed = false;
    const Clock* clock = &Clock::System();
    // Told what the user is told on the way: one word for machines, and the text. Must not block.
    std::function<void(std::string_view word, std::string_view text)> on_notice = nullptr;
  };

  // All are borrowed; `terminal` is null without a TTY.
  Session(const Options& options, Recorder& recorder, RemoteCommand& remote, SignalSource& signals,
          RawTerminal* terminal);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Runs to the end. The terminal stays raw: the caller gives it back.
  SessionEnd Run();

  // After Run(), while the leash ends the command: goes on recording what still comes, and shows it
  // unless that is on a terminal, which was given back by then; until `fd` is readable, and then
  // for up to `patience_ns` until the peer ends the stream; so the command's last words and its
  // status are not lost. Input is no longer read. False: the user pressed Ctrl-C (INT or QUIT)
  // meanwhile; other signals change nothing.
  bool Linger(int fd, int64_t patience_ns);

 private:
  // An incomplete character at the end of what a channel brought.
  struct Utf8Hold {
    std::string bytes;
    int64_t deadline = 0;
  };
  struct Output {
    Output(int fd, bool terminal) : out(fd), on_terminal(terminal) {}
    OutputFd out;
    const bool on_terminal;
    TicketedBuffer waiting;
    Utf8Hold hold;
  };

  void OnOutput(Channel channel, std::string_view bytes) override;
  bool WantsOutput() const override;
  // What of the input is recorded.
  void Placeholder() override;
  void Text(std::string_view bytes) override;
  void Masked(std::string_view text) override;
  void Marker(std::string_view text) override;

  Output& output(Channel channel) { return channel == Channel::kStderr ? stderr_ : stdout_; }
  // Records `bytes` less an incomplete character at their end, which `hold` keeps.
  void Take(Channel channel, std::string_view bytes, Utf8Hold& hold, TicketedBuffer& to);
  void Record(Channel channel, std::string_view bytes, TicketedBuffer& to);
  void ReleaseHold(Channel channel, Utf8Hold& hold, TicketedBuffer& to);
  void ReleaseExpiredHolds(int64_t now);

  bool WantsInput() const;
  void ReadStdin();
  void SendInput();
  void WriteOutput(Output& output);
  void HandleSignals();
  void SuspendSelf();
  void SendWindowSize();
  void CheckStall(int64_t now);
  void CheckLiveness(int64_t now);
  void CheckIdle(int64_t now);
  void CheckTimeLimit(int64_t now);
  bool EscapeArmed() const;
  void TakeInput(std::string_view bytes);
  // Text for the recording alone.
  void Note(std::string_view word, std::string_view text);
  Output& notice_output() { return stderr_.on_terminal ? stderr_ : stdout_; }
  void ShowNotices(int64_t now);
  // True: no notice is on its way out.
  bool FlushNotice();
  std::string_view ReadyToWrite(Output& output);
  // What the remote left of the terminal, put right, and our title taken away.
  void GiveBackScreen();
  int PollTimeoutMs(int64_t now, int64_t deadline) const;
  // Until something can be done, `also_fd` is readable, or `until_ns`.
  void Wait(int also_fd = -1, int64_t until_ns = INT64_MAX);
  bool Drained() const;
  void End(SessionEnd::Why why, std::optional<Error> error = std::nullopt);
  // The one place where we end a session that could go on: idle, time limit, ~.
  void EndByUs(SessionEnd::Why why, Error error);

  const Options options_;
  const Clock& clock_;
  Recorder& recorder_;
  RemoteCommand& remote_;
  SignalSource& signals_;
  RawTerminal* terminal_;

  Output stdout_, stderr_;
  TicketedBuffer input_;
  std::optional<EchoTracker> echo_;
  Utf8Hold input_hold_;
  bool stdin_open_;         // we still read it
  bool stdin_eof_ = false;  // its end was read
  bool stdin_close_sent_ = false;
  uint64_t stdin_read_ = 0;
  WindowSize size_;         // the last that is in the recording
  bool size_sent_ = false;  // and that the pod knows
  std::optional<std::string> stdin_error_;
  Recorder::Ticket last_ticket_ = 0;
  bool stall_noticed_ = false;

  IdleTimer idle_;
  TimeLimit time_limit_;
  Liveness liveness_;
  EscapeKey escape_;
  ScreenWatch screen_;
  Notices notices_;
  std::string notice_;  // on its way out; the terminal's output waits behind it

  bool lingering_ = false;    // the end is known: see Linger()
  bool remote_over_ = false;  // nothing more will come or go there
  std::optional<SessionEnd> end_;
  int64_t drain_until_ = INT64_MAX;
};

}  // namespace secure_exec
