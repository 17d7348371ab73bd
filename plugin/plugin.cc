#include "plugin/plugin.h"

#include <malloc.h>
#include <sys/resource.h>

#include <cstdio>

#include "base/completion/install.h"
#include "plugin/bind_policy.h"
#include "plugin/explain.h"
#include "plugin/manual.h"
#include "plugin/options.h"
#include "plugin/outcome.h"
#include "plugin/policy/load.h"
#include "plugin/reap.h"
#include "plugin/run.h"
#include "plugin/say.h"
#include "recorder/container/crypto.h"
#include "recorder/disk_process.h"

namespace secure_exec {

int RunPlugin(const std::vector<std::string>& args, const Environment& environment) {
  auto options = ParseOptions(args);
  if (!options) {
    const Outcome outcome = OutcomeOfError(options.error());
    Say(outcome.message);
    return outcome.exit.code;
  }
  if (options->action == Options::Action::kHelp || options->action == Options::Action::kFullHelp) {
    const bool full = options->action == Options::Action::kFullHelp;
    std::fputs((full ? FullHelpText() : HelpText()).c_str(), stdout);
    return 0;
  }
  if (options->action == Options::Action::kVersion) {
    std::puts("kubectl-secure_exec " SECURE_EXEC_VERSION);
    return 0;
  }
  if (!options->completion.empty()) {
    std::fputs(ShellScript(*CompletionShellNamed(options->completion), kExecNames).c_str(), stdout);
    return 0;
  }
  if (options->install_completion || options->uninstall_completion) {
    const InstallReport report =
        options->install_completion ? InstallCompletion(kExecNames, environment, OwnExecutable())
                                    : UninstallCompletion(kExecNames, environment, OwnExecutable());
    std::fputs(report.text.c_str(), stdout);
    std::fputs(report.problems.c_str(), stderr);
    return report.problems.empty() ? 0 : 1;
  }
  if (!options->check_policy.empty()) {
    const PolicyCheck check = CheckPolicy(*options, environment, LocalFacts());
    std::fputs(check.text.c_str(), stdout);
    return check.sound ? 0 : 1;
  }
  if (options->explain != Options::Explain::kNo) {
    const Explanation explanation = Explain(*options, environment, Clock::System());
    const bool json = options->explain == Options::Explain::kJson;
    std::fputs((json ? ExplanationJson(explanation) : ExplanationText(explanation)).c_str(),
               stdout);
    if (!json) {
      for (const std::string& problem : explanation.problems) Say(problem);
    }
    return explanation.problems.empty() ? 0 : 1;
  }
  if (!options->reap.empty()) return Reap(*options, environment);
  // Memory stays flat: one heap for both threads, and large buffers go back to the system.
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  // A core dump would hold keys and what was typed.
  const rlimit no_core{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &no_core);
  // Forked first, while the process is small and has one thread.
  auto disk = DiskProcess::Start();
  if (!disk) {
    const Outcome outcome = OutcomeOfError(disk.error());
    Say(outcome.message);
    return outcome.exit.code;
  }
  // Lives as long as the process: a writer thread that is stuck may still be using it. Static, so
  // that a leak checker sees who has it.
  static FileOps* const files = disk->release();
  (void)LockSecrets();
  return RunSession(*options, environment, *files);
}

}  // namespace secure_exec
