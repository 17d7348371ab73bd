#include "plugin/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "base/time_text.h"
#include "base/utf8.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxOutputWaiting = 1 << 20;
constexpr size_t kMaxInputWaiting = 256 * 1024;
constexpr size_t kReadSize = 64 * 1024;

bool IsFatal(SessionEnd::Why why) {
  // Ends at which nothing that is still under way may or can be shown.
  return why == SessionEnd::Why::kRecordingFailed || why == SessionEnd::Why::kSignal ||
         why == SessionEnd::Why::kOutputClosed || why == SessionEnd::Why::kOutputFailed;
}

std::string Words(int64_t ns) { return FormatDuration((ns + kSecond / 2) / kSecond); }

}  // namespace

Session::Session(const Options& options, Recorder& recorder, RemoteCommand& remote,
                 SignalSource& signals, RawTerminal* terminal)
    : options_(options),
      clock_(*options.clock),
      recorder_(recorder),
      remote_(remote),
      signals_(signals),
      terminal_(terminal),
      stdout_(options.stdout_fd, options.stdout_on_terminal),
      stderr_(options.stderr_fd, options.stderr_on_terminal),
      stdin_open_(options.stdin_open),
      size_(options.recorded_size),
      idle_(options.idle, clock_.BootNs(), options.probe),
      time_limit_(options.max_duration_ns, clock_.BootNs()),
      liveness_(clock_.BootNs()),
      notices_(options.notices) {
  screen_.SetRows(size_.rows);
  if (!options.echoed_stdin) return;
  echo_.emplace(static_cast<EchoTracker::Sink&>(*this), options.text_where_unechoed);
  echo_->SetColumns(size_.columns);
  input_.Wipe(kMaxInputWaiting + kReadSize);
}

SessionEnd Session::Run() {
  if (options_.tty) SendWindowSize();
  for (;;) {
    const int64_t now = clock_.BootNs();
    ReleaseExpiredHolds(now);
    if (echo_) echo_->Expire(now);
    recorder_.Flush();
    SendInput();
    WriteOutput(stdout_);
    WriteOutput(stderr_);
    if (!remote_over_) {
      if (auto advanced = remote_.Advance(*this); !advanced) {
        End(SessionEnd::Why::kConnectionLost, advanced.error());
      } else if (remote_.finished()) {
        End(SessionEnd::Why::kFinished);
      }
    }
    CheckStall(now);
    CheckLiveness(now);
    CheckIdle(now);
    CheckTimeLimit(now);
    recorder_.Flush();
    ShowNotices(now);
    if (end_ && (IsFatal(end_->why) || Drained() || now >= drain_until_)) break;
    Wait();
    HandleSignals();
    recorder_.ClearEvent();
    if (auto failed = recorder_.failed()) End(SessionEnd::Why::kRecordingFailed, *failed);
  }
  // Whatever the way out, what is recorded by now may be seen.
  WriteOutput(stdout_);
  WriteOutput(stderr_);
  GiveBackScreen();
  if (echo_) echo_->Finish();
  end_->silent = !liveness_.answering();
  end_->stdin_read = stdin_read_;
  end_->stdin_ended = stdin_close_sent_;
  end_->stdin_error = stdin_error_;
  return *end_;
}

bool Session::Linger(int fd, int64_t patience_ns) {
  lingering_ = true;
  input_hold_.bytes.clear();
  // What broke is over; what only we have ended is not.
  remote_over_ =
      remote_.finished() || end_->why == SessionEnd::Why::kConnectionLost || end_->silent;
  std::optional<int64_t> deadline;  // once `fd` was readable
  bool patient = true;
  while (true) {
    ReleaseExpiredHolds(clock_.BootNs());
    if (!remote_over_) remote_over_ = !remote_.Advance(*this) || remote_.finished();
    recorder_.Flush();
    WriteOutput(stdout_);
    WriteOutput(stderr_);
    if (remote_over_ && deadline && Drained()) break;
    if (recorder_.failed() || (deadline && clock_.BootNs() >= *deadline)) break;
    const int64_t wait_until = deadline.value_or(clock_.BootNs() + kSecond);
    Wait(deadline ? -1 : fd, wait_until);
    recorder_.ClearEvent();
    bool interrupted = false;
    while (const auto signal = signals_.Next()) {
      interrupted = interrupted || *signal == SIGINT || *signal == SIGQUIT;
    }
    if (interrupted) {
      patient = false;
      break;
    }
    pollfd done{fd, POLLIN, 0};
    if (!deadline && ::poll(&done, 1, 0) > 0) deadline = clock_.BootNs() + patience_ns;
  }
  ReleaseHold(Channel::kStdout, stdout_.hold, stdout_.waiting);
  ReleaseHold(Channel::kStderr, stderr_.hold, stderr_.waiting);
  recorder_.Flush();
  WriteOutput(stdout_);
  WriteOutput(stderr_);
  return patient;
}

// The first reason counts, except that a recording that failed or a signal ends the draining that a
// finished stream left to do.
void Session::End(SessionEnd::Why why, std::optional<Error> error) {
  if (lingering_) return;
  remote_over_ = true;
  stdin_open_ = false;
  if (!IsFatal(why)) {
    ReleaseHold(Channel::kStdout, stdout_.hold, stdout_.waiting);
    ReleaseHold(Channel::kStderr, stderr_.hold, stderr_.waiting);
  }
  if (end_ && (IsFatal(end_->why) || !IsFatal(why))) return;
  end_.emplace();
  end_->why = why;
  end_->error = std::move(error);
}

void Session::EndByUs(SessionEnd::Why why, Error error) {
  if (end_) return;
  last_ticket_ = recorder_.AppendMarker("secure-exec: " + error.message);
  drain_until_ = clock_.BootNs() + kDrainNs;
  End(why, std::move(error));
}

bool Session::Drained() const {
  return stdout_.waiting.empty() && stderr_.waiting.empty() && recorder_.Written() >= last_ticket_;
}

// --- output ------------------------------------------------------------------------------------

bool Session::WantsOutput() const {
  return stdout_.waiting.size() + stderr_.waiting.size() < kMaxOutputWaiting &&
         recorder_.Room() > 0;
}

void Session::OnOutput(Channel channel, std::string_view bytes) {
  if (options_.first_output_ns != nullptr && *options_.first_output_ns == 0) {
    *options_.first_output_ns = clock_.BootNs();
  }
  Output& to = output(channel);
  Take(channel, bytes, to.hold, to.waiting);
  if (!bytes.empty()) idle_.OnOutput(clock_.BootNs());
  if (echo_ && !lingering_ && channel == Channel::kStdout) echo_->Output(bytes, clock_.BootNs());
}

void Session::Record(Channel channel, std::string_view bytes, TicketedBuffer& to) {
  if (bytes.empty()) return;
  if (channel == Channel::kStdin && echo_) {
    echo_->Type(bytes, clock_.BootNs());  // tells what is to be recorded before they go on
  } else {
    last_ticket_ = recorder_.Append(channel, bytes);
  }
  to.Append(last_ticket_, bytes);
}

void Session::Placeholder() { last_ticket_ = recorder_.AppendPlaceholder(); }
void Session::Text(std::string_view bytes) {
  last_ticket_ = recorder_.Append(Channel::kStdin, bytes);
}
void Session::Masked(std::string_view text) { last_ticket_ = recorder_.AppendMasked(text); }
void Session::Marker(std::string_view text) { last_ticket_ = recorder_.AppendMarker(text); }

void Session::Take(Channel channel, std::string_view bytes, Utf8Hold& hold, TicketedBuffer& to) {
  if (bytes.empty()) return;
  if (!options_.hold_utf8[static_cast<int>(channel)]) {
    Record(channel, bytes, to);
    return;
  }
  std::string joined;
  if (!hold.bytes.empty()) {
    joined = std::move(hold.bytes);
    joined.append(bytes);
    bytes = joined;
    hold.bytes.clear();
  }
  const size_t tail = IncompleteUtf8Tail(bytes);
  Record(channel, bytes.substr(0, bytes.size() - tail), to);
  if (tail > 0) {
    hold.bytes.assign(bytes.substr(bytes.size() - tail));
    hold.deadline = clock_.BootNs() + kUtf8HoldNs;
  }
  if (channel == Channel::kStdin && echo_) Wipe(joined.data(), joined.size());
}

void Session::ReleaseHold(Channel channel, Utf8Hold& hold, TicketedBuffer& to) {
  const std::string bytes = std::move(hold.bytes);
  hold.bytes.clear();
  Record(channel, bytes, to);
}

void Session::ReleaseExpiredHolds(int64_t now) {
  if (!stdout_.hold.bytes.empty() && now >= stdout_.hold.deadline)
    ReleaseHold(Channel::kStdout, stdout_.hold, stdout_.waiting);
  if (!stderr_.hold.bytes.empty() && now >= stderr_.hold.deadline)
    ReleaseHold(Channel::kStderr, stderr_.hold, stderr_.waiting);
  if (!input_hold_.bytes.empty() && (now >= input_hold_.deadline || stdin_eof_))
    ReleaseHold(Channel::kStdin, input_hold_, input_);
}

// What may go out on `to` now.
std::string_view Session::ReadyToWrite(Output& to) {
  if (!notice_.empty() && to.on_terminal) return {};
  return to.waiting.Ready(recorder_.Written());
}

void Session::WriteOutput(Output& to) {
  (void)FlushNotice();
  for (std::string_view ready = ReadyToWrite(to); !ready.empty(); ready = ReadyToWrite(to)) {
    if (lingering_ && options_.tty) {
      to.waiting.Consume(ready.size());
      continue;
    }
    auto taken = to.out.Write(ready);
    if (!taken && lingering_) {
      to.waiting.Consume(ready.size());  // nobody sees it any more; it is recorded
      continue;
    }
    if (!taken) {
      const bool closed = taken.error().kind == ErrorKind::kOutputClosed;
      End(closed ? SessionEnd::Why::kOutputClosed : SessionEnd::Why::kOutputFailed, taken.error());
      return;
    }
    if (*taken == 0) return;
    if (to.on_terminal && options_.notices != Notices::Form::kNone)
      screen_.Feed(ready.substr(0, *taken));
    to.waiting.Consume(*taken);
  }
}

// --- input -------------------------------------------------------------------------------------

bool Session::WantsInput() const {
  return stdin_open_ && !stdin_eof_ && input_.size() < kMaxInputWaiting && recorder_.Room() > 0 &&
         (!echo_ || echo_->Room() > 0);
}

void Session::ReadStdin() {
  std::array<char, kReadSize> buffer;
  const size_t room = echo_ ? std::min(buffer.size(), echo_->Room()) : buffer.size();
  const ssize_t count = ::read(options_.stdin_fd, buffer.data(), room);
  if (count > 0) {
    stdin_read_ += static_cast<uint64_t>(count);
    idle_.OnInput(clock_.BootNs());
    TakeInput({buffer.data(), static_cast<size_t>(count)});
    if (echo_) Wipe(buffer.data(), static_cast<size_t>(count));
    return;
  }
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  // To the command a failed read is the end of its input; the user and the recording are told that
  // it is not. EIO from a terminal is a hang-up: an end.
  if (count < 0 && !(errno == EIO && IsTerminal(options_.stdin_fd))) {
    stdin_error_ =
        fmt::format("reading stdin failed after {} bytes: {}", stdin_read_, ErrnoText(errno));
    last_ticket_ = recorder_.AppendMarker("secure-exec: " + *stdin_error_);
  }
  stdin_eof_ = true;
  Take(Channel::kStdin, escape_.Release(), input_hold_, input_);
  ReleaseHold(Channel::kStdin, input_hold_, input_);
}

bool Session::EscapeArmed() const {
  if (!options_.tty) return false;
  return options_.escape == Options::Escape::kAlways ||
         (options_.escape == Options::Escape::kSilent && !liveness_.answering());
}

void Session::TakeInput(std::string_view bytes) {
  EscapeKey::Typed typed = escape_.Feed(bytes, EscapeArmed());
  Take(Channel::kStdin, typed.pass, input_hold_, input_);
  if (echo_) Wipe(typed.pass.data(), typed.pass.size());
  if (typed.help) {
    notices_.Tell("secure-exec: ~. ends the session; ~~ sends ~");
  }
  if (!typed.disconnect) return;
  const std::string silent =
      liveness_.answering()
          ? ""
          : fmt::format(" after the server had not answered for {}", Words(liveness_.silence()));
  EndByUs(SessionEnd::Why::kDisconnected,
          Error{ErrorKind::kDisconnected, fmt::format("ended with ~.{}", silent)});
}

void Session::SendInput() {
  if (remote_over_) return;
  const Recorder::Ticket written = recorder_.Written();
  for (std::string_view ready = input_.Ready(written); !ready.empty();
       ready = input_.Ready(written)) {
    const size_t size = std::min(ready.size(), remote_.StdinRoom());
    if (size == 0) return;
    remote_.SendStdin(ready.substr(0, size));
    input_.Consume(size);
  }
  if (stdin_eof_ && !stdin_close_sent_ && input_.empty() && input_hold_.bytes.empty() &&
      remote_.CanCloseStdin()) {
    remote_.CloseStdin();
    stdin_close_sent_ = true;
  }
}

// --- signals and size --------------------------------------------------------------------------

void Session::SendWindowSize() {
  // kubectl reads the size from stdout; a session whose output is redirected still has a terminal.
  auto size = TerminalSize(options_.stdout_fd);
  if (!size) size = TerminalSize(options_.stdin_fd);
  if (!size) return;
  if (*size != size_) {
    last_ticket_ = recorder_.AppendResize(size->columns, size->rows);
  } else if (size_sent_) {
    return;
  }
  size_ = *size;
  screen_.SetRows(size_.rows);
  if (echo_) echo_->SetColumns(size_.columns);
  size_sent_ = true;
  if (!remote_over_) remote_.Resize(size_);
}

void Session::HandleSignals() {
  while (auto signal = signals_.Next()) {
    switch (*signal) {
      case SIGWINCH:
        if (options_.tty) SendWindowSize();
        break;
      case SIGTSTP:
        SuspendSelf();
        break;
      case SIGCONT:
        if (terminal_ != nullptr) terminal_->Reenter();
        if (options_.tty) SendWindowSize();
        break;
      default:
        End(SessionEnd::Why::kSignal);
        if (end_->why == SessionEnd::Why::kSignal && end_->signal == 0) end_->signal = *signal;
    }
  }
}

void Session::SuspendSelf() {
  if (terminal_ != nullptr) terminal_->Restore();
  StopAsOthersDo();
  if (terminal_ != nullptr) terminal_->Reenter();
}

// --- limits and notices ------------------------------------------------------------------------

void Session::Note(std::string_view word, std::string_view text) {
  last_ticket_ = recorder_.AppendMarker(fmt::format("secure-exec: {}", text));
  if (options_.on_notice) options_.on_notice(word, text);
}

void Session::CheckLiveness(int64_t now) {
  if (remote_over_) return;
  switch (liveness_.Advance(now, remote_.silence())) {
    case Liveness::Step::kSilent: {
      const bool escape = options_.tty && options_.escape != Options::Escape::kOff;
      Note("no-answer",
           fmt::format("no answer from the server for {}", Words(liveness_.silence())));
      notices_.Raise(Notices::Kind::kSilent,
                     {.title = fmt::format("secure-exec: no answer{}",
                                           escape ? " (Enter ~. ends the session)" : ""),
                      .line = fmt::format("secure-exec: no answer; given up in {{}} s{}",
                                          escape ? "; Enter, then ~. ends the session" : ""),
                      .ends_at = now + kSilenceEndNs - liveness_.silence(),
                      .bell = false});
      break;
    }
    case Liveness::Step::kBack:
      Note("answers-again", "the server answers again");
      notices_.Lower(Notices::Kind::kSilent);
      notices_.Tell("secure-exec: the server answers again");
      break;
    case Liveness::Step::kNone:
      break;
  }
  // A ~ that was held for what might follow is a ~ now.
  if (!EscapeArmed()) Take(Channel::kStdin, escape_.Release(), input_hold_, input_);
}

void Session::CheckIdle(int64_t now) {
  if (end_) return;
  if (options_.probe != nullptr) options_.probe->Advance();
  remote_.KeepAlive(idle_.Wanted(now));
  const auto idle = [&] { return Words(idle_.idle_for(now)); };
  switch (idle_.Advance(now)) {
    case IdleTimer::Step::kNotice:
      Note("idle", fmt::format("notice: idle for {}: the session ends in {}", idle(),
                               Words(idle_.ends_at() - now)));
      notices_.Raise(
          Notices::Kind::kIdle,
          {.title = "secure-exec: idle: the session ends soon (press a key)",
           .line = fmt::format("secure-exec: idle for {}: the session ends in {{}} s "
                               "unless {}",
                               idle(), options_.tty ? "a key is pressed" : "something happens"),
           .ends_at = idle_.ends_at()});
      break;
    case IdleTimer::Step::kAnswered:
      Note("idle-answered", "notice answered: the session goes on");
      notices_.Lower(Notices::Kind::kIdle);
      break;
    case IdleTimer::Step::kJobRuns:
      Note("job-runs",
           fmt::format("idle for {}: the session goes on for a job in its foreground", idle()));
      notices_.Raise(
          Notices::Kind::kIdle,
          {.title = "secure-exec: idle: ends with its foreground job (press a key)",
           .line = "secure-exec: a job runs in the foreground: the session ends after it "
                   "unless a key is pressed",
           .bell = false});
      break;
    case IdleTimer::Step::kEnd:
      EndByUs(SessionEnd::Why::kIdle,
              Error{ErrorKind::kIdle,
                    fmt::format("idle for {}: the session was ended (--idle-timeout)", idle())});
      break;
    case IdleTimer::Step::kNone:
      break;
  }
}

void Session::CheckTimeLimit(int64_t now) {
  if (end_) return;
  const auto limit = [this] { return Words(options_.max_duration_ns); };
  switch (time_limit_.Advance(now)) {
    case TimeLimit::Step::kNotice:
      Note("time-limit", fmt::format("notice: the session ends in {}: it may last {}",
                                     Words(time_limit_.ends_at() - now), limit()));
      notices_.Raise(
          Notices::Kind::kTimeLimit,
          {.title = "secure-exec: the session's time is over soon",
           .line = fmt::format("secure-exec: the session ends in {{}} s: it may last {}, "
                               "whatever is typed",
                               limit()),
           .ends_at = time_limit_.ends_at()});
      break;
    case TimeLimit::Step::kEnd:
      EndByUs(SessionEnd::Why::kTimeLimit,
              Error{ErrorKind::kTimeLimit,
                    fmt::format("the session lasted {}: it was ended (--max-duration)", limit())});
      break;
    case TimeLimit::Step::kNone:
      break;
  }
}

void Session::ShowNotices(int64_t now) {
  if (end_ || !FlushNotice()) return;
  notice_ = notices_.Take(screen_, size_, now);
  (void)FlushNotice();
}

bool Session::FlushNotice() {
  if (notice_.empty()) return true;
  auto taken = notice_output().out.Write(notice_);
  // The output that follows will say why.
  notice_.erase(0, taken ? *taken : notice_.size());
  return notice_.empty();
}

void Session::GiveBackScreen() {
  if (options_.notices == Notices::Form::kNone || !FlushNotice()) return;
  std::string bytes;
  const bool cut_off = end_->why != SessionEnd::Why::kFinished;
  if (cut_off && options_.tty) bytes += screen_.Undo();
  bytes += notices_.Close(screen_);
  // What is said next begins a line.
  if (cut_off && options_.tty && (!screen_.line_start() || screen_.alternate())) bytes += "\r\n";
  if (!bytes.empty()) (void)notice_output().out.Write(bytes);
}

// --- waiting -----------------------------------------------------------------------------------

void Session::CheckStall(int64_t now) {
  if (recorder_.Written() >= last_ticket_) {
    stall_noticed_ = false;
    return;
  }
  const auto since = recorder_.StalledSince();
  if (!since || now - *since < kStallNoticeNs) return;
  if (now - *since >= kStallEndNs) {
    End(SessionEnd::Why::kRecordingFailed,
        Error{ErrorKind::kRecording,
              fmt::format(
                  "recording stalled: {}: the disk has taken nothing for {} s; the session was "
                  "ended (SECURE_EXEC_STORE names another place)",
                  recorder_.path(), kStallEndNs / kSecond)});
    return;
  }
  if (stall_noticed_) return;
  stall_noticed_ = true;
  if (options_.on_notice)
    options_.on_notice("recording-stalled", "the disk takes nothing: " + recorder_.path());
  if (!options_.stall_notices) return;
  const std::string notice = fmt::format(
      "\r\nsecure-exec: recording stalled: {}: the disk takes nothing; the session waits, "
      "and ends in {} s\r\n",
      recorder_.path(), (kStallEndNs - (now - *since)) / kSecond);
  // A notice that a stuck terminal does not take is not worth waiting for.
  (void)stderr_.out.Write(notice);
}

int Session::PollTimeoutMs(int64_t now, int64_t deadline) const {
  if (!remote_over_ && remote_.HasBufferedInput() && WantsOutput()) return 0;
  const auto consider = [&](int64_t at) { deadline = std::min(deadline, at); };
  if (!remote_over_) {
    if (const auto at = remote_.Deadline()) consider(*at);
  }
  if (lingering_) {
    // What comes is waited for until the caller's deadline alone.
  } else if (end_) {
    consider(drain_until_);
  } else {
    consider(liveness_.Deadline());
    if (const auto at = idle_.Deadline()) consider(*at);
    if (const auto at = time_limit_.Deadline()) consider(*at);
    if (options_.probe != nullptr && options_.probe->Deadline())
      consider(*options_.probe->Deadline());
  }
  for (const Utf8Hold* hold : {&stdout_.hold, &stderr_.hold, &input_hold_}) {
    if (!hold->bytes.empty()) consider(hold->deadline);
  }
  if (echo_ && !lingering_) {
    if (const auto at = echo_->Deadline()) consider(*at);
  }
  // While something is not written the disk may be stalling: look once a second.
  if (recorder_.Written() < last_ticket_) consider(now + kSecond);
  if (deadline == INT64_MAX) return -1;
  if (deadline <= now) return 0;
  return static_cast<int>(
      std::min<int64_t>((deadline - now + kMillisecond - 1) / kMillisecond, INT_MAX));
}

void Session::Wait(int also_fd, int64_t until_ns) {
  const bool wants_input = WantsInput();
  ForegroundProbe* const probe = end_ ? nullptr : options_.probe;
  std::array<pollfd, 8> fds;
  fds[0] = {signals_.fd(), POLLIN, 0};
  fds[1] = {recorder_.event_fd(), POLLIN, 0};
  fds[2] = {remote_over_ ? -1 : remote_.fd(), remote_over_ ? short{0} : remote_.PollEvents(*this),
            0};
  if (fds[2].events == 0) fds[2].fd = -1;  // else POLLHUP would spin
  fds[3] = {wants_input ? options_.stdin_fd : -1, POLLIN, 0};
  const auto wants_room = [this](Output& to) {
    return !ReadyToWrite(to).empty() || (!notice_.empty() && &to == &notice_output());
  };
  fds[4] = {wants_room(stdout_) ? stdout_.out.poll_fd() : -1, POLLOUT, 0};
  fds[5] = {wants_room(stderr_) ? stderr_.out.poll_fd() : -1, POLLOUT, 0};
  fds[6] = {probe != nullptr ? probe->fd() : -1, probe != nullptr ? probe->PollEvents() : short{0},
            0};
  if (fds[6].events == 0) fds[6].fd = -1;
  fds[7] = {also_fd, POLLIN, 0};
  if (::poll(fds.data(), fds.size(), PollTimeoutMs(clock_.BootNs(), until_ns)) < 0) return;
  if (wants_input && fds[3].revents != 0) ReadStdin();
}

}  // namespace secure_exec
