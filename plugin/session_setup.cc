#include "plugin/session_setup.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/local_account.h"
#include "plugin/kubeconfig/access.h"
#include "plugin/reap_note.h"
#include "plugin/terminal/terminal.h"

namespace secure_exec {
namespace {

// --idle-timeout, where a terminal may be left alone.
constexpr int64_t kIdleTimeoutNs = 30 * 60 * kSecond;

std::string Join(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) {
    if (!joined.empty()) joined += ' ';
    joined += word;
  }
  return joined;
}

}  // namespace

CastHeader MakeSessionHeader(const Options& options, const Prepared& prepared,
                             const std::optional<BoundPolicy>& policy, const Uuid& id,
                             const Environment& environment, const Clock& clock) {
  CastHeader header;
  const int64_t wall = clock.WallNs();
  header.timestamp = wall / kSecond;
  header.command = Join(options.command);
  if (prepared.tty) {
    auto size = TerminalSize(STDOUT_FILENO);
    if (!size) size = TerminalSize(STDIN_FILENO);
    if (size) {
      header.width = size->columns;
      header.height = size->rows;
    }
    header.term = environment("TERM").value_or("");
  }
  SessionInfo info;
  info.id = id;
  info.tool = "kubectl-secure_exec " SECURE_EXEC_VERSION;
  info.start_wall_ns = wall;
  info.start_boot_ns = clock.BootNs();
  info.boot_id = BootId();
  info.clock_offset_ns = prepared.clock_offset_ns;
  info.user = {.local = ThisAccount().name,
               .uid = static_cast<uint32_t>(getuid()),
               .host = HostName(),
               .kubeconfig = prepared.client->access().user,
               .certificate = CertificateSubject(prepared.client->access().client_certificate_pem)};
  info.context = prepared.client->access().context;
  info.cluster = prepared.client->access().cluster;
  info.server = prepared.client->access().server;
  info.name_space = prepared.pod.name_space;
  info.pod = prepared.pod.name;
  info.pod_uid = prepared.pod.uid;
  info.container = prepared.container.name;
  info.container_id = prepared.container.container_id;
  info.node = prepared.pod.node;
  info.image = prepared.container.image;
  info.image_id = prepared.container.image_id;
  info.command = options.command;
  info.reason = options.reason;
  if (policy) {
    info.policy = {.file = policy->file,
                   .sha256 = policy->sha256,
                   .rule = policy->rule,
                   .line = policy->line,
                   .settings = policy->settings};
  }
  info.stdin_open = options.stdin_open;
  info.tty = prepared.tty;
  RecordMode& input = info.record[static_cast<int>(Channel::kStdin)];
  // With a TTY stdin can hold passwords typed at prompts.
  input = RecordMode::kEchoed;
  for (int channel = 0; channel < kChannels; ++channel) {
    if (options.record[channel]) info.record[channel] = *options.record[channel];
  }
  // Without one nothing is echoed, and nobody types.
  if (!prepared.tty && input == RecordMode::kEchoed) input = RecordMode::kAll;
  if (options.no_record) std::fill_n(info.record, kChannels, RecordMode::kOff);
  if (input == RecordMode::kEchoed) info.format = "1.1";
  // What a terminal shows is always recorded.
  info.record_limit = prepared.tty ? 0 : options.record_limit;
  header.session = std::move(info);
  return header;
}

Session::Options MakeSessionOptions(const Options& wanted, const CastHeader& header,
                                    const Environment& environment) {
  const SessionInfo& info = *header.session;
  Session::Options options;
  options.stdin_open = wanted.stdin_open;
  options.tty = info.tty;
  options.recorded_size = {.columns = header.width, .rows = header.height};
  options.stall_notices = IsTerminal(STDERR_FILENO);
  for (int channel = 0; channel < kChannels; ++channel)
    options.hold_utf8[channel] = RecordsText(info.record[channel]);
  options.echoed_stdin = info.record[static_cast<int>(Channel::kStdin)] == RecordMode::kEchoed;
  options.text_where_unechoed = wanted.unechoed != Options::Unechoed::kMasked;
  options.idle = {.timeout_ns = wanted.idle_timeout_ns.value_or(info.tty ? kIdleTimeoutNs : 0),
                  .on_input_only = wanted.idle_on == Options::IdleOn::kInput,
                  .end_foreground_jobs = wanted.end_foreground_jobs};
  options.max_duration_ns = wanted.max_duration_ns;
  switch (wanted.escape) {
    case Options::Escape::kAuto:
      options.escape = Session::Options::Escape::kSilent;
      break;
    case Options::Escape::kAlways:
      options.escape = Session::Options::Escape::kAlways;
      break;
    case Options::Escape::kOff:
      options.escape = Session::Options::Escape::kOff;
      break;
  }
  options.stderr_on_terminal = IsTerminal(STDERR_FILENO);
  options.stdout_on_terminal = IsTerminal(STDOUT_FILENO);
  // Without a TTY stdout is for data, wherever it goes.
  if (options.stderr_on_terminal || (options.tty && options.stdout_on_terminal)) {
    const std::string term = environment("TERM").value_or("");
    const bool plain = term.empty() || term == "dumb" || term == "linux" || !options.tty;
    options.notices = plain ? Notices::Form::kLines : Notices::Form::kScreen;
  }
  return options;
}

}  // namespace secure_exec
