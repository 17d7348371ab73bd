// completion: prints a shell's completion script, or installs all there is of it.
#include "base/completion/install.h"
#include "replay/command.h"

namespace secure_exec {
namespace {

constexpr std::string_view kWords[] = {"bash", "zsh", "fish", "install", "uninstall"};

Result<int> Run(const Arguments& arguments, World& world) {
  const std::string& what = arguments.positional[0];
  if (const auto shell = CompletionShellNamed(what)) {
    world.out.Write(ShellScript(*shell, kReplayNames));
    return 0;
  }
  if (what != "install" && what != "uninstall") {
    return Fail(ErrorKind::kUsage,
                "completion: bash, zsh, fish, install or uninstall is wanted, not \"{}\"", what);
  }
  const InstallReport report =
      what == "install" ? InstallCompletion(kReplayNames, world.environment, OwnExecutable())
                        : UninstallCompletion(kReplayNames, world.environment, OwnExecutable());
  world.out.Write(report.text);
  world.out.Flush();
  world.err.Write(report.problems);
  return report.problems.empty() ? 0 : 1;
}

}  // namespace

const Command kCompletionCommand = {
    .name = "completion",
    .summary = "what the Tab key needs: a shell's script, or install it",
    .synopsis = "bash | zsh | fish | install | uninstall",
    .details =
        "install puts kubectl_complete-secure_replay beside the program (kubectl's own completion\n"
        "runs it), and the scripts where bash, zsh and fish find them. It overwrites nothing that\n"
        "is not its own; uninstall removes what it made.\n",
    .options = {},
    .min_arguments = 1,
    .max_arguments = 1,
    .words = kWords,
    .run = Run,
};

}  // namespace secure_exec
