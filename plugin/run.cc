#include "plugin/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/local_account.h"
#include "base/unique_fd.h"
#include "base/vt/safe_text.h"
#include "plugin/anchors.h"
#include "plugin/bind_policy.h"
#include "plugin/options.h"
#include "plugin/outcome.h"
#include "plugin/policy/interview.h"
#include "plugin/policy/load.h"
#include "plugin/policy/on_end.h"
#include "plugin/prepare.h"
#include "plugin/reap_note.h"
#include "plugin/remote/remote_command.h"
#include "plugin/say.h"
#include "plugin/session.h"
#include "plugin/session_audit.h"
#include "plugin/session_leash.h"
#include "plugin/session_setup.h"
#include "plugin/start_command.h"
#include "plugin/terminal/terminal.h"
#include "recorder/discarding_files.h"
#include "recorder/recorder.h"
#include "recorder/store/store.h"
#include "recorder/user_key.h"

namespace secure_exec {
namespace {

// How long the disk may take over the end.
constexpr int64_t kSealPatienceNs = 60 * kSecond;

class Run {
 public:
  Run(const Options& options, const Environment& environment, FileOps& files)
      : options_(options), environment_(environment), files_(files) {}

  int Execute();

 private:
  Result<void> OpenStatusFile();
  // From here on options_ is what the files and the command line make together. Asks the user what
  // the policy wants asked.
  Result<void> BindPolicy();
  // kPolicy: the rule was chosen for somebody else than whose credentials we have by now.
  Result<void> CheckIdentity();
  // The sinks of options_, told of what is known by now.
  Result<void> OpenAudit();
  Result<void> StartRecording();
  // The same where nothing is to be kept.
  Result<void> StartUnrecorded();
  std::string UserAgent() const;
  // `audit_id` must be another one for each try.
  Result<std::unique_ptr<RemoteCommand>> StartCommand(const SignalSource& signals,
                                                      std::string audit_id);
  // StartCommand(), and once more with new credentials where the server does not take the old ones.
  Result<std::unique_ptr<RemoteCommand>> StartCommandAsUser(const SignalSource& signals);
  Outcome Stream(SignalSource& signals);
  // Adds what the user must know of the leash.
  void TellLeash(bool has_ended, Outcome& outcome);
  static void AddLine(const std::string& line, Outcome& outcome);
  // The outcome's message before its time; Finish() says the rest of it.
  void SayNow(const Outcome& outcome);
  void WarnAboutStdin(const SessionEnd& end, uint64_t sent);
  // The anchors that were asked for; a failure is told, and ends nothing.
  void BeginAnchors();
  // For --reap. The disk is known to be alive.
  void NoteWhatIsLeft();
  Outcome SealRecording(Outcome outcome);
  // Gives the recording to on_end's program; that it failed is told with the outcome.
  void HandOn(Outcome& outcome, SignalSource& signals);
  // Adds what the pod's state says about a command that could not be started. After the seal: it
  // asks the server.
  Outcome ExplainRefusal(Outcome outcome) const;
  // The last audit event: of a session that ended, or that did not come to be.
  Outcome TellAudit(Outcome outcome);
  // Audit events that could not be delivered, on stderr and in the recording that is still open.
  void TellAuditFailures(bool recording);
  int Finish(const Outcome& outcome);
  int Refuse(const Error& error);

  // Whether stderr is a terminal whose user wants to hear from us.
  bool Chatty() const { return !options_.quiet && IsTerminal(STDERR_FILENO); }

  Options options_;
  const Environment& environment_;
  FileOps& files_;
  DiscardingFiles no_files_;
  const Clock& clock_ = Clock::System();
  Prepared prepared_;
  UniqueFd status_file_;
  Uuid id_{};
  CastHeader header_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Anchors> anchors_;
  std::unique_ptr<SessionAudit> audit_;
  SessionAudit::End audit_end_;
  bool may_have_run_ = false;  // the command
  SessionLeash::Start command_start_;
  LeashReport leash_report_;           // what was done in the container at the end
  std::string leash_line_;             // and what of it the user was told
  std::string said_;                   // of the outcome's message
  std::optional<ReapNote> reap_note_;  // none of a session that is not recorded
  bool may_be_left_ = true;            // something in the container
  Rules rules_;
  std::optional<BoundPolicy> policy_;
  std::optional<ClusterIdentity> judged_as_;  // whom its rule was chosen for
  std::optional<Hash> seal_link_;             // once it is sealed
};

Result<void> Run::OpenStatusFile() {
  if (options_.status_file.empty()) return {};
  status_file_.Reset(
      ::open(options_.status_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (status_file_) return {};
  return FailErrno(ErrorKind::kUsage, "opening --status-file " + options_.status_file, errno);
}

Result<void> Run::BindPolicy() {
  Decision decision = Decide(options_, rules_,
                             SessionFacts(*prepared_.client, prepared_.pod.name_space,
                                          prepared_.pod.name, prepared_.container.name));
  options_ = std::move(decision.options);
  policy_ = std::move(decision.policy);
  judged_as_ = std::move(decision.identity);
  if (decision.refusal) return tl::unexpected(*decision.refusal);
  // What a terminal shows is always recorded; a file's word about it is for sessions without one.
  for (const Channel channel : {Channel::kStdout, Channel::kStderr}) {
    const std::string flag = fmt::format("record-{}", ChannelName(channel));
    const auto& given = options_.given;
    if (prepared_.tty && std::find(given.begin(), given.end(), flag) == given.end())
      options_.record[static_cast<int>(channel)].reset();
  }
  ControllingTerminal terminal;
  const auto asked = Interview(options_,
                               {.context = prepared_.client->access().context,
                                .name_space = prepared_.pod.name_space,
                                .pod = prepared_.pod.name},
                               terminal, &Say);
  if (!asked) return tl::unexpected(asked.error());
  if (!*asked) return {};
  // People take their time, and servers do not wait for a request so long.
  auto stream = prepared_.client->Connect();
  if (!stream) return tl::unexpected(stream.error());
  prepared_.stream = std::move(*stream);
  return CheckIdentity();
}

Result<void> Run::CheckIdentity() {
  if (!judged_as_) return {};
  auto now = AskIdentity(*prepared_.client);
  if (!now) return tl::unexpected(now.error());
  if (*now == *judged_as_) return {};
  return Fail(
      ErrorKind::kPolicy,
      "the credentials changed while the session was prepared: the cluster takes them for {} "
      "now, and the policy's rule was chosen for {}; start again",
      SafeLine(now->name.value_or("somebody else")),
      SafeLine(judged_as_->name.value_or("somebody else")));
}

Result<void> Run::StartRecording() {
  const auto& wanted = options_.record[static_cast<int>(Channel::kStdout)];
  if (prepared_.tty && wanted && *wanted != RecordMode::kAll)
    return Fail(ErrorKind::kUsage,
                "--record-stdout={} is for sessions without a TTY: what a terminal shows is always "
                "recorded",
                RecordModeName(*wanted));
  if (prepared_.tty && options_.record[static_cast<int>(Channel::kStdin)] == RecordMode::kDigest) {
    return Fail(ErrorKind::kUsage,
                "--record-stdin=digest is for sessions without a TTY: from the digest of what is "
                "typed a password can be guessed");
  }
  if (options_.no_record) return StartUnrecorded();
  if (options_.unechoed == Options::Unechoed::kEncrypted && options_.recipients.empty()) {
    return Fail(ErrorKind::kUsage,
                "--record-unechoed=encrypted is for encrypted recordings: name a --recipient, or "
                "let what is not echoed be masked");
  }
  auto root = options_.store.empty() ? StoreRoot(environment_) : options_.store;
  if (!root) return tl::unexpected(root.error());
  auto keys = KeyDirectory(environment_);
  if (!keys) return tl::unexpected(keys.error());
  auto directory = MakeRecordingDirectory(*root, prepared_.client->access().context,
                                          prepared_.pod.name_space, prepared_.pod.name, files_);
  if (!directory) return tl::unexpected(directory.error());
  auto user_key =
      options_.signing_key.empty() ? LoadOrCreateUserKey(*keys) : LoadUserKey(options_.signing_key);
  if (!user_key) return tl::unexpected(user_key.error());

  id_ = MakeUuidV7(clock_.WallNs());
  header_ = MakeSessionHeader(options_, prepared_, policy_, id_, environment_, clock_);
  Recorder::Options options;
  options.directory = *directory;
  options.header = header_;
  options.user_key = &*user_key;
  options.recipients = options_.recipients;
  // What only they may read must not reach a core dump or a debugger of the user's either.
  if (!options_.recipients.empty()) ::prctl(PR_SET_DUMPABLE, 0);
  options.files = &files_;
  auto recorder = Recorder::Create(std::move(options));
  if (!recorder) return tl::unexpected(recorder.error());
  recorder_ = std::move(*recorder);
  audit_->Describe(*recorder_, id_);
  reap_note_.emplace(recorder_->path(), files_);
  if (options_.recipients.empty()) return {};
  // Nobody here can read the header of an encrypted recording again.
  const auto noted = reap_note_->Write(header_, std::nullopt);
  if (noted) return {};
  (void)recorder_->Seal(OutcomeOfError({ErrorKind::kRecording, ""}).exit,
                        clock_.BootNs() + kSealPatienceNs);
  return Fail(ErrorKind::kRecording, "recording: {}", noted.error().message);
}

Result<void> Run::StartUnrecorded() {
  id_ = MakeUuidV7(clock_.WallNs());
  header_ = MakeSessionHeader(options_, prepared_, policy_, id_, environment_, clock_);
  const SigningKey nobodys = SigningKey::Generate();
  Recorder::Options options;
  options.directory = "/";
  options.header = header_;
  options.user_key = &nobodys;
  options.files = &no_files_;
  auto recorder = Recorder::Create(std::move(options));
  if (!recorder) return tl::unexpected(recorder.error());
  recorder_ = std::move(*recorder);
  audit_->DescribeUnrecorded(id_);
  return {};
}

std::string Run::UserAgent() const {
  const std::string reason = ReasonWord(options_.reason);
  // No b0: there is nothing that it could be held against.
  if (options_.no_record) {
    return fmt::format("secure-exec/{} id={} unrecorded{}", SECURE_EXEC_VERSION, FormatUuid(id_),
                       reason);
  }
  return AnchorUserAgent(
             {.kind = Anchor::Kind::kStart, .id = id_, .k = 0, .link = recorder_->genesis_link()},
             SECURE_EXEC_VERSION) +
         reason;
}

Result<std::unique_ptr<RemoteCommand>> Run::StartCommand(const SignalSource& signals,
                                                         std::string audit_id) {
  ExecRequest request;
  request.host_header = prepared_.client->host_header();
  request.path_prefix = prepared_.client->path_prefix();
  request.authorization = prepared_.client->authorization();
  request.impersonation = prepared_.client->access().impersonation;
  request.user_agent = UserAgent();
  request.audit_id = std::move(audit_id);
  request.name_space = prepared_.pod.name_space;
  request.pod = prepared_.pod.name;
  request.container = prepared_.container.name;
  request.command = options_.command;
  request.stdin_open = options_.stdin_open;
  request.stderr_open = !prepared_.tty;
  request.tty = prepared_.tty;
  request.wire_log = prepared_.client->wire_log();
  command_start_ = {.tty = prepared_.tty, .sent_ns = clock_.BootNs()};
  auto started =
      StartRemoteCommand(std::move(prepared_.stream), std::move(request), options_.protocol,
                         {.connect = [this] { return prepared_.client->Connect(); },
                          .clock = clock_,
                          .interrupt_fd = signals.ending_fd()});
  command_start_.answered_ns = clock_.BootNs();
  return started;
}

Result<std::unique_ptr<RemoteCommand>> Run::StartCommandAsUser(const SignalSource& signals) {
  auto started = StartCommand(signals, FormatUuid(id_));
  if (started || started.error().kind != ErrorKind::kUnauthorized) return started;
  const auto renewed = prepared_.client->RenewCredentials();
  if (renewed && !*renewed) return started;
  // The terminal's Ctrl-C ends a credential plugin, and waits for us here.
  pollfd signal{signals.ending_fd(), POLLIN, 0};
  if (::poll(&signal, 1, 0) > 0) {
    return Fail(ErrorKind::kInterrupted, "interrupted while getting credentials");
  }
  if (!renewed) return tl::unexpected(renewed.error());
  if (auto same = CheckIdentity(); !same) return tl::unexpected(same.error());
  auto stream = prepared_.client->Connect();
  if (!stream) return tl::unexpected(stream.error());
  prepared_.stream = std::move(*stream);
  return StartCommand(signals, FormatUuid(id_) + ".again");
}

Outcome Run::Stream(SignalSource& signals) {
  if (auto told = audit_->Start(); !told) {
    may_be_left_ = false;
    return OutcomeOfError(told.error());
  }
  TellAuditFailures(/*recording=*/true);
  auto remote = StartCommandAsUser(signals);
  may_have_run_ = remote || remote.error().kind == ErrorKind::kInterrupted;
  if (!remote) {
    if (remote.error().kind != ErrorKind::kInterrupted) {
      may_be_left_ = false;  // nothing was started
      return OutcomeOfError(remote.error());
    }
    // The command may have been started all the same: what came after the request is not known.
    const int signal = signals.NextEnding().value_or(SIGINT);
    Outcome outcome =
        OutcomeOfSession({.why = SessionEnd::Why::kSignal, .signal = signal}, "", prepared_.tty);
    if (signal != SIGINT && signal != SIGQUIT) TellLeash(/*has_ended=*/false, outcome);
    return outcome;
  }
  audit_end_.protocol = (*remote)->protocol();
  if (options_.no_record) {
    Say(fmt::format("secure-exec: this session is NOT recorded, as rule \"{}\" of {} allows",
                    policy_->rule, policy_->file));
  } else if (Chatty()) {
    Say("secure-exec: this session is recorded, as " + FormatUuid(id_));
  }

  BeginAnchors();
  SessionLeash leash(prepared_.client->access(),
                     {.name_space = prepared_.pod.name_space,
                      .pod = prepared_.pod.name,
                      .container = prepared_.container.name,
                      .recording = id_,
                      .session_command = options_.command,
                      .protocol = ChoiceOf((*remote)->protocol())},
                     command_start_, options_, environment_, clock_);

  std::optional<RawTerminal> terminal;
  if (prepared_.tty) {
    auto entered = RawTerminal::Enter(STDIN_FILENO);
    if (!entered) {
      Outcome outcome = OutcomeOfError(entered.error());
      TellLeash(/*has_ended=*/false, outcome);
      return outcome;
    }
    terminal.emplace(std::move(*entered));
  }
  Session::Options options = MakeSessionOptions(options_, header_, environment_);
  options.on_notice = [this](std::string_view word, std::string_view text) {
    audit_->Notice(word, text);
  };
  options.first_output_ns = leash.first_output_ns();
  // Asking is an exec of its own, which --leash off wants none of.
  std::unique_ptr<ForegroundProbe> probe;
  if (options_.leash != Options::Leash::kOff && options.idle.timeout_ns > 0) {
    probe = leash.MakeProbe();
    options.probe = probe.get();
  }
  Session session(options, *recorder_, **remote, signals, terminal ? &*terminal : nullptr);
  const SessionEnd end = session.Run();
  if (terminal) terminal->Restore();

  Outcome outcome = OutcomeOfSession(end, (*remote)->status_bytes(), prepared_.tty);
  const bool has_ended = HasEnded(end, (*remote)->status_bytes());
  const bool leashed = LeashModeFor(end, (*remote)->status_bytes(), prepared_.tty,
                                    options_.leash) != LeashMode::kOff;
  // That takes seconds, in which the user may still be typing, to what is no more the pod.
  if (leashed) SayNow(outcome);
  leash_report_ = leash.End(end, session, **remote, *recorder_);
  if (leashed && prepared_.tty) ::tcflush(STDIN_FILENO, TCIFLUSH);
  if (end.why != SessionEnd::Why::kFinished || leash_report_.mode != LeashMode::kOff) {
    audit_end_.leash = SessionAudit::Describe(leash_report_);
  }
  if (leashed || outcome.die_of_signal == 0) TellLeash(has_ended, outcome);
  may_be_left_ = !has_ended;
  if (end.why == SessionEnd::Why::kFinished) WarnAboutStdin(end, (*remote)->stdin_sent());
  return outcome;
}

void Run::TellLeash(bool has_ended, Outcome& outcome) {
  // An id is found in the user's own store only.
  const std::string recording = options_.no_record       ? ""
                                : options_.store.empty() ? FormatUuid(id_)
                                                         : recorder_->path();
  leash_line_ = LeashLine(leash_report_, has_ended, options_, recording, Chatty());
  AddLine(leash_line_, outcome);
}

void Run::AddLine(const std::string& line, Outcome& outcome) {
  if (line.empty()) return;
  if (!outcome.message.empty()) outcome.message += '\n';
  outcome.message += line;
}

void Run::SayNow(const Outcome& outcome) {
  if (outcome.message.empty()) return;
  Say(outcome.message);
  said_ = outcome.message;
}

void Run::WarnAboutStdin(const SessionEnd& end, uint64_t sent) {
  if (!options_.stdin_open || prepared_.tty) return;
  int waiting = 0;
  if (end.stdin_ended || ::ioctl(STDIN_FILENO, FIONREAD, &waiting) != 0) waiting = 0;
  const std::string warning = StdinWarning(end, sent, waiting);
  if (warning.empty()) return;
  recorder_->AppendMarker("secure-exec: warning: " + warning);
  audit_->Notice("stdin-not-sent", warning);
  Say("warning: " + warning);
}

void Run::BeginAnchors() {
  if (!options_.anchor) return;
  auto anchors = Anchors::Create(prepared_.client->access(),
                                 {.name_space = prepared_.pod.name_space,
                                  .pod = prepared_.pod.name,
                                  .container = prepared_.container.name,
                                  .recording = id_},
                                 environment_);
  if (!anchors) return Say("warning: no anchors: " + ErrorText(anchors.error()));
  anchors_ = std::move(*anchors);
  if (options_.anchor_every_ns > 0) anchors_->Begin(*recorder_, options_.anchor_every_ns);
}

void Run::NoteWhatIsLeft() {
  if (!reap_note_) return;
  if (!may_be_left_) return reap_note_->Remove();
  if (auto noted = reap_note_->Update(header_, leash_report_); !noted) {
    Say("warning: what is left cannot be reaped: " + ErrorText(noted.error()));
  }
}

Outcome Run::SealRecording(Outcome outcome) {
  if (anchors_ != nullptr) anchors_->Stop();
  audit_->Flush();
  TellAuditFailures(/*recording=*/true);
  // A recorder that failed has ended its file already; one that stalls would not.
  if (!outcome.exit.remote && outcome.exit.code == kExitRecordingFailed) return outcome;
  auto sealed = recorder_->Seal(outcome.exit, clock_.BootNs() + kSealPatienceNs);
  if (!sealed) {
    Outcome failed = OutcomeOfError(sealed.error());
    AddLine(leash_line_, failed);
    if (!recorder_->StalledSince()) NoteWhatIsLeft();
    return failed;
  }
  audit_end_.totals = *sealed;
  if (options_.no_record) audit_end_.totals->seal_link = {};  // of no file
  // How much was typed at a terminal would tell a password's length.
  const bool counts = RecordsText(header_.session->record[static_cast<int>(Channel::kStdin)]);
  audit_end_.stdin_counts = counts || !prepared_.tty;
  NoteWhatIsLeft();
  seal_link_ = sealed->seal_link;
  if (anchors_ == nullptr) return outcome;
  auto anchored = anchors_->SendSeal(sealed->seal_link);
  if (!anchored) Say("warning: the seal is not anchored: " + ErrorText(anchored.error()));
  if (anchors_->failure() && anchored) {
    Say("warning: not every anchor was sent: " + ErrorText(*anchors_->failure()));
  }
  return outcome;
}

void Run::HandOn(Outcome& outcome, SignalSource& signals) {
  if (options_.on_end.empty()) return;
  // Those that ended the session are not meant for what comes after it.
  while (signals.Next()) {
  }
  const LocalAccount account = ThisAccount();
  const SessionInfo& session = *header_.session;
  const FinishedRecording recording = {.path = recorder_->path(),
                                       .id = FormatUuid(id_),
                                       .seal = seal_link_ ? HexEncode(AsView(*seal_link_)) : "",
                                       .exit = FormatExit(outcome.exit),
                                       .sealed = seal_link_.has_value(),
                                       .context = session.context,
                                       .name_space = session.name_space,
                                       .pod = session.pod,
                                       .container = session.container,
                                       .reason = session.reason,
                                       .local_user = account.name,
                                       .home = account.home};
  const auto ends_us = [&signals] { return signals.NextEnding().has_value(); };
  const auto done = RunOnEnd(options_.on_end, recording, options_.on_end_timeout_ns,
                             {.fd = signals.fd(), .came = ends_us}, clock_);
  if (done) return;
  if (!outcome.message.empty()) outcome.message += "\n";
  outcome.message += "warning: the recording was not handed on: " + done.error().message;
}

Outcome Run::ExplainRefusal(Outcome outcome) const {
  const bool refused = outcome.exit.kind == (outcome.exit.remote ? "error" : "refused");
  if (!refused || outcome.message.empty()) return outcome;
  const std::string hint = HintOfFailure(options_, prepared_, outcome.message, clock_);
  if (!hint.empty()) outcome.message += "\n" + hint;
  return outcome;
}

Result<void> Run::OpenAudit() {
  auto audit = SessionAudit::Open(options_, environment_, clock_);
  if (!audit) return tl::unexpected(audit.error());
  audit_ = std::move(*audit);
  if (prepared_.client != nullptr) audit_->Describe(prepared_);
  if (policy_) audit_->SetRule(policy_->rule);
  return {};
}

int Run::Refuse(const Error& error) {
  if (audit_ == nullptr && prepared_.client == nullptr) {
    // Which rule it would have been, by what was asked for: its sinks are to hear of it.
    options_ = Decide(options_, rules_, AskedFacts(options_, environment_)).options;
  }
  if (audit_ == nullptr) {
    // Sinks that cannot be are no reason to say anything but why there is no session.
    if (auto opened = OpenAudit(); !opened) return Finish(OutcomeOfError(error));
  }
  return Finish(TellAudit(OutcomeOfError(error)));
}

Outcome Run::TellAudit(Outcome outcome) {
  if (may_have_run_) {
    audit_->Ended(outcome, audit_end_);
  } else {
    audit_->Denied(outcome);
  }
  TellAuditFailures(/*recording=*/false);
  return outcome;
}

void Run::TellAuditFailures(bool recording) {
  for (const std::string& line : audit_->TakeFailures()) {
    if (recording) recorder_->AppendMarker("secure-exec: warning: " + line);
    Say("warning: " + line);
  }
}

int Run::Finish(const Outcome& outcome) {
  if (status_file_) {
    const std::string text = StatusFileText(outcome.exit);
    if (::write(status_file_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      Say("error: writing --status-file " + options_.status_file + ": " + ErrnoText(errno));
  }
  std::string_view message = outcome.message;
  if (!said_.empty() && message.starts_with(said_)) {
    message.remove_prefix(said_.size());
    if (message.starts_with('\n')) message.remove_prefix(1);
  }
  if (!message.empty()) Say(std::string(message));
  if (recorder_ != nullptr && !options_.no_record && Chatty())
    Say("secure-exec: recording: " + recorder_->path());
  const int signal = outcome.die_of_signal;
  if (signal != 0) {
    recorder_.reset();
    DieOfSignal(signal);
  }
  return outcome.exit.code;
}

int Run::Execute() {
  if (auto opened = OpenStatusFile(); !opened) return Finish(OutcomeOfError(opened.error()));
  auto rules = LoadRules(environment_);
  if (!rules) return Refuse(rules.error());
  rules_ = std::move(*rules);
  auto prepared = Prepare(options_, environment_, clock_);
  if (!prepared) return Refuse(prepared.error());
  prepared_ = std::move(*prepared);
  if (auto possible = CheckProtocol(options_.protocol, options_.stdin_open, prepared_.tty);
      !possible)
    return Refuse(possible.error());
  if (auto bound = BindPolicy(); !bound) return Refuse(bound.error());
  if (auto opened = OpenAudit(); !opened) return Finish(OutcomeOfError(opened.error()));
  if (auto started = StartRecording(); !started) return Refuse(started.error());
  // From here to the very end a signal ends the session in order: sealed, and the terminal given
  // back.
  auto signals = SignalSource::Open();
  if (!signals) return Refuse(signals.error());
  Outcome outcome = TellAudit(ExplainRefusal(SealRecording(Stream(*signals))));
  HandOn(outcome, *signals);
  return Finish(outcome);
}

}  // namespace

int RunSession(const Options& options, const Environment& environment, FileOps& files) {
  return Run(options, environment, files).Execute();
}

}  // namespace secure_exec
