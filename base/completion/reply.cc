#include "base/completion/reply.h"

#include <fmt/format.h>

#include <algorithm>

namespace secure_exec {
namespace {

std::string FirstLine(const Completion& completion) {
  std::string line;
  const auto add = [&](std::string_view word) {
    line += line.empty() ? "" : " ";
    line += word;
  };
  if (completion.no_space()) add("nospace");
  if (completion.names == Completion::Names::kFiles) add("files");
  if (completion.names == Completion::Names::kDirectories) add("dirs");
  if (completion.keep_order) add("order");
  // Never empty: a shell that drops empty lines would lose it.
  return (line.empty() ? "none" : line) + "\n";
}

}  // namespace

std::optional<CompletionShell> CompletionShellNamed(std::string_view name) {
  if (name == "bash") return CompletionShell::kBash;
  if (name == "zsh") return CompletionShell::kZsh;
  if (name == "fish") return CompletionShell::kFish;
  return std::nullopt;
}

std::string CobraReply(const Completion& completion) {
  // cobra's ShellCompDirective
  constexpr int kNoSpace = 2, kNoFiles = 4, kFilterDirectories = 16, kKeepOrder = 32;
  const std::string& word = completion.word();
  const size_t equals = word.starts_with('-') ? word.find('=') : std::string::npos;
  const size_t lead = equals == std::string::npos ? 0 : equals + 1;
  std::string out;
  for (const Candidate& candidate : completion.candidates()) {
    out += candidate.text.substr(std::min(lead, candidate.text.size()));
    if (!candidate.description.empty()) out += "\t" + candidate.description;
    out += '\n';
  }
  int directive = completion.no_space() ? kNoSpace : 0;
  if (completion.keep_order) directive |= kKeepOrder;
  switch (completion.names) {
    case Completion::Names::kNone:
      directive |= kNoFiles;
      break;
    case Completion::Names::kFiles:
      break;
    case Completion::Names::kDirectories:
      directive |= kFilterDirectories;
      break;
  }
  return out + fmt::format(":{}\n", directive);
}

std::string ShellReply(const Completion& completion) {
  std::string out = FirstLine(completion);
  for (const Candidate& candidate : completion.candidates()) {
    out += candidate.text;
    if (!candidate.description.empty()) out += "\t" + candidate.description;
    out += '\n';
  }
  return out;
}

std::string BashReply(const Completion& completion, std::string_view replaced,
                      std::optional<size_t> columns) {
  std::string out = FirstLine(completion);
  const std::string& word = completion.word();
  if (!word.ends_with(replaced)) return out;  // it reads the line in another way than we do
  const size_t kept = word.size() - replaced.size();
  size_t widest = 0;
  for (const Candidate& candidate : completion.candidates())
    widest = std::max(widest, candidate.text.size() - kept);
  const bool several = completion.candidates().size() > 1;
  for (const Candidate& candidate : completion.candidates()) {
    std::string line = candidate.text.substr(kept);
    if (several && columns && !candidate.description.empty()) {
      const std::string shown =
          fmt::format("{:<{}}  ({})", line, std::min<size_t>(widest, 40), candidate.description);
      // By bytes: a character of several is narrower, and never cut.
      if (shown.size() < *columns) line = shown;
    }
    out += line + '\n';
  }
  return out;
}

}  // namespace secure_exec
