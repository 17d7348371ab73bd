#include "base/completion/entry.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

#include "base/clock.h"
#include "base/completion/reply.h"
#include "base/completion/shell_line.h"
#include "base/completion/within.h"
#include "base/unique_fd.h"
#include "base/vt/safe_text.h"

namespace secure_exec {
namespace {

std::string_view BaseName(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// $SECURE_EXEC_COMPLETION_DEBUG, for whoever asks why there are no candidates.
void TellProblems(const Completion& completion, const Environment& environment) {
  const auto file = environment("SECURE_EXEC_COMPLETION_DEBUG");
  if (!file || completion.problems.empty()) return;
  const UniqueFd fd(::open(
      file->c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  std::string text;
  for (const std::string& problem : completion.problems) text += SafeLine(problem) + "\n";
  if (fd) (void)!::write(fd.get(), text.data(), text.size());
}

int Print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count <= 0) return 1;
    text.remove_prefix(static_cast<size_t>(count));
  }
  return 0;
}

std::optional<size_t> Columns(const std::vector<std::string>& arguments) {
  if (arguments.size() < 4) return std::nullopt;
  size_t columns = 0;
  const std::string& text = arguments[3];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return columns;
}

}  // namespace

std::optional<int> CompleteIfAsked(const ProgramNames& names, int argc, char** argv,
                                   const Environment& environment, const Completer& complete) {
  const bool for_kubectl = argc > 0 && BaseName(argv[0]) == names.complete;
  const bool for_shell = argc > 1 && std::string_view(argv[1]) == "__complete";
  if (!for_kubectl && !for_shell) return std::nullopt;
  const int64_t deadline_ns = Clock::System().BootNs() + kCompletionSoftNs;
  std::vector<std::string> arguments(argv + (for_kubectl ? 1 : 2), argv + argc);
  const auto answer = [&](const std::vector<std::string>& words, const std::string& word) {
    Completion completion = complete(words, word, deadline_ns);
    TellProblems(completion, environment);
    return completion;
  };
  if (for_kubectl) {
    if (arguments.empty()) return 1;
    const std::string word = std::move(arguments.back());
    arguments.pop_back();
    const std::string text =
        RunWithin(kCompletionNs, [&] { return CobraReply(answer(arguments, word)); });
    return Print(text.empty() ? ":4\n" : text);
  }
  const auto shell = arguments.empty() ? std::nullopt : CompletionShellNamed(arguments[0]);
  const bool bash = shell == CompletionShell::kBash;
  if (!shell || arguments.size() < (bash ? 3 : 2)) return 1;
  return Print(RunWithin(kCompletionNs, [&] {
    ShellLine line = SplitShellLine(arguments[1], environment);
    if (!line.words.empty()) line.words.erase(line.words.begin());
    const Completion completion = answer(line.words, line.word);
    return bash ? BashReply(completion, arguments[2], Columns(arguments)) : ShellReply(completion);
  }));
}

}  // namespace secure_exec
