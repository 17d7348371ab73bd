// The command line of kubectl secure-exec, with pflag's grammar and kubectl exec's messages.
// docs/flags.md has every flag and what it does here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "plugin/kubeconfig/access.h"
#include "plugin/remote/remote_command.h"
#include "plugin/target/find_pod.h"
#include "recorder/age/keys.h"
#include "recorder/cast/event.h"

namespace secure_exec {

struct Options {
  enum class Action { kExec, kHelp, kFullHelp, kVersion };
  Action action = Action::kExec;
  TargetQuery target;                // names something once CheckRequest() has passed
  std::vector<std::string> command;  // not empty then, but for --explain
  std::string container;             // empty: choose as kubectl does
  bool stdin_open = false;           // -i
  bool tty = false;                  // -t; without -i there is no TTY, as with kubectl
  bool quiet = false;                // -q
  AccessFlags access;
  bool match_server_version = false;
  std::string status_file;  // empty: none
  std::string signing_key;  // a file; empty: the user's own
  ProtocolChoice protocol = ProtocolChoice::kAuto;
  int verbosity = 0;  // -v: from 6 on requests are logged on stderr, secrets masked
  enum class Explain { kNo, kText, kJson } explain = Explain::kNo;
  // nullopt: the default (stdin echoed and the rest all with a TTY; all without).
  std::optional<RecordMode> record[kChannels];
  // What is recorded of a terminal's input where nothing is echoed line by line: full-screen
  // programs, and after several lines (plugin/echo/).
  enum class Unechoed {
    kMasked,
    kAll,        // its text
    kEncrypted,  // its text, and the recording must be encrypted
  } unechoed = Unechoed::kMasked;
  bool anchor = false;          // --anchor: the seal's hash goes to the API server's audit log
  int64_t anchor_every_ns = 0;  // --anchor-every, above zero: hashes on the way, too
  uint64_t record_limit = uint64_t{1} << 30;  // bytes a channel; beyond them digests
  std::vector<AgeRecipient> recipients;  // whom the recording is encrypted for; none: in the clear

  // When the session ends by itself (plugin/session.h).
  enum class IdleOn { kAny, kInput } idle_on = IdleOn::kAny;  // what counts as life
  std::optional<int64_t> idle_timeout_ns;  // nullopt: 30 min with a TTY, none without; 0: none
  bool end_foreground_jobs = false;        // the idle timeout ends even a session whose job runs
  int64_t max_duration_ns = 0;             // 0: none
  // When ~. at the start of a line is ours: while the connection does not answer, with a TTY.
  enum class Escape { kAuto, kAlways, kOff } escape = Escape::kAuto;
  // What the processes of a session that we end are sent (plugin/leash/).
  enum class Leash { kHangup, kKill, kOff } leash = Leash::kHangup;
  std::string reap;          // --reap: the id of a recording whose processes are to be ended
  std::string reason;        // why the session was opened; empty: not said
  std::string check_policy;  // --check-policy: a file; nothing is run
  std::string completion;    // --completion: the shell whose script is printed
  bool install_completion = false, uninstall_completion = false;
  // Where audit events go (plugin/audit/). Both empty: nowhere.
  std::string audit_file;
  std::string audit_syslog;     // "unix:/dev/log", "udp:HOST:PORT" or "tcp:HOST:PORT"
  bool audit_required = false;  // no session without them

  // What policy.yaml and config.yaml set, too (plugin/policy/settings.h).
  bool no_record = false;       // --no-record: nothing is kept, where the policy allows that
  bool record_required = true;  // it does not
  std::string store;            // where recordings go, absolute; empty: as StoreRoot() says
  bool reason_required = false;
  std::string reason_pattern;  // RE2, unanchored; empty: any reason will do
  std::string reason_hint;     // what a reason looks like, for people
  enum class Confirm { kNo, kNamespace, kPod, kContext } confirm = Confirm::kNo;
  std::string banner;               // shown before the session
  std::vector<std::string> on_end;  // run when the recording is sealed; argv, no shell
  int64_t on_end_timeout_ns = 30'000'000'000;

  std::vector<std::string> given;  // the flags on the command line, by their long names
};

// `args` without the program's name. Errors are kUsage with kubectl exec's text where it has one,
// the "See 'kubectl secure-exec -h' …" line included.
Result<Options> ParseOptions(const std::vector<std::string>& args);

// What kubectl checks when the kubeconfig has been read, and not before: whether a pod and a
// command are named. Errors as above. Explaining needs neither.
Result<void> CheckRequest(const Options& options);

}  // namespace secure_exec
