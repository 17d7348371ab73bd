#include "plugin/policy/interview.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "base/vt/safe_text.h"
#include "plugin/policy/decide.h"
#include "plugin/reason.h"

namespace secure_exec {
namespace {

constexpr int kReasonTries = 3;
constexpr size_t kMaxLine = 4096;  // what a terminal gives as one line

void ShowBanner(std::string_view banner, const std::function<void(const std::string&)>& say) {
  while (!banner.empty()) {
    const size_t end = std::min(banner.find('\n'), banner.size());
    say(SafeLine(banner.substr(0, end)));
    banner.remove_prefix(std::min(end + 1, banner.size()));
  }
}

Result<void> AskReason(Options& options, Terminal& terminal) {
  if (!terminal.Open()) {
    return Fail(ErrorKind::kPolicy,
                "the policy wants a reason, and there is no terminal to ask "
                "for it: give --reason{}",
                options.reason_hint.empty() ? "" : " (" + options.reason_hint + ")");
  }
  const std::string question =
      options.reason_hint.empty()
          ? std::string("Reason for this session: ")
          : fmt::format("Reason for this session ({}): ", options.reason_hint);
  std::string why;
  for (int i = 0; i < kReasonTries; ++i) {
    const auto line =
        terminal.Ask(why.empty() ? question : fmt::format("The reason {}.\n{}", why, question));
    if (!line) break;
    options.reason = std::string(TrimSpace(*line));
    if (options.reason.empty()) {
      why = "is missing";
      continue;
    }
    why = ReasonProblem(options.reason);
    if (!why.empty()) {
      why = "cannot be used: " + why;
      continue;
    }
    why = ReasonMismatch(options);
    if (why.empty()) return {};
  }
  options.reason.clear();
  return Fail(ErrorKind::kPolicy, "the policy wants a reason, and {}",
              why.empty() ? "none was given" : "it " + why);
}

Result<void> AskConfirmation(const Options& options, const InterviewFacts& facts,
                             Terminal& terminal) {
  const auto [what, wanted] =
      options.confirm == Options::Confirm::kPod       ? std::pair("pod", facts.pod)
      : options.confirm == Options::Confirm::kContext ? std::pair("context", facts.context)
                                                      : std::pair("namespace", facts.name_space);
  if (!terminal.Open()) {
    return Fail(ErrorKind::kPolicy,
                "the policy wants the {} typed before the session, and there is no terminal", what);
  }
  const auto line = terminal.Ask(
      fmt::format("{}/{} in context {}: type the {} to go on: ", SafeLine(facts.name_space),
                  SafeLine(facts.pod), SafeLine(facts.context), what));
  if (line && TrimSpace(*line) == wanted) return {};
  return Fail(ErrorKind::kPolicy, "not confirmed: the {} is {}", what, SafeLine(wanted));
}

}  // namespace

ControllingTerminal::~ControllingTerminal() {
  if (fd_ >= 0) ::close(fd_);
}

bool ControllingTerminal::Open() {
  if (fd_ < 0) fd_ = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  return fd_ >= 0;
}

std::optional<std::string> ControllingTerminal::Ask(const std::string& question) {
  for (std::string_view rest = question; !rest.empty();) {
    const ssize_t count = ::write(fd_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    rest.remove_prefix(static_cast<size_t>(count));
  }
  std::string line;
  char c = 0;
  for (;;) {
    const ssize_t count = ::read(fd_, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    if (c == '\n') return line;
    if (line.size() < kMaxLine) line += c;
  }
}

Result<bool> Interview(Options& options, const InterviewFacts& facts, Terminal& terminal,
                       const std::function<void(const std::string&)>& say) {
  ShowBanner(options.banner, say);
  bool asked = false;
  if (options.reason_required && options.reason.empty()) {
    if (auto reason = AskReason(options, terminal); !reason) return tl::unexpected(reason.error());
    asked = true;
  }
  if (options.confirm != Options::Confirm::kNo) {
    if (auto done = AskConfirmation(options, facts, terminal); !done) {
      return tl::unexpected(done.error());
    }
    asked = true;
  }
  return asked;
}

}  // namespace secure_exec
