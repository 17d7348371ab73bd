// kubectl-secure_replay: what kubectl runs for "kubectl secure-replay".
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/completion/entry.h"
#include "base/standard_descriptors.h"
#include "recorder/container/crypto.h"
#include "replay/completion/complete.h"
#include "replay/program.h"
#include "replay/terminal_pacer.h"

int main(int argc, char** argv) {
  using namespace secure_exec;
  EnsureStandardDescriptors();
  const Environment environment = SystemEnvironment();
  const auto complete = [&](const std::vector<std::string>& typed, const std::string& word,
                            int64_t deadline_ns) {
    return CompleteReplay(typed, word, environment, Clock::System(), deadline_ns);
  };
  if (const auto code = CompleteIfAsked(kReplayNames, argc, argv, environment, complete))
    return *code;
  // A core dump would hold identities and what they opened.
  const rlimit no_core{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &no_core);
  (void)LockSecrets();
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  FdOutput out(STDOUT_FILENO, "standard output");
  FdOutput err(STDERR_FILENO, "standard error");
  TerminalPacer pacer(STDOUT_FILENO);
  World world{out, err, environment, pacer};
  return RunReplay(words, world);
}
