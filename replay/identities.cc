#include "replay/identities.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <iterator>
#include <memory>
#include <optional>

#include "base/unique_fd.h"
#include "base/vt/safe_text.h"
#include "recorder/age/identity_file.h"
#include "recorder/container/byte_source.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxPassphrase = 1024;

Result<SecretText> ReadFile(const std::string& path) {
  const auto source = FileSource::Open(path, /*follow=*/true);
  if (!source) return tl::unexpected(source.error());
  SecretText text(std::string(kMaxIdentityFile + 1, '\0'));
  const auto size = (*source)->ReadAt(0, text.text().data(), text.text().size());
  if (!size) return tl::unexpected(size.error());
  text.text().resize(*size);
  return text;
}

// The terminal without echo and signals of its own; as it was when this goes.
class QuietTerminal {
 public:
  explicit QuietTerminal(int fd) : fd_(fd) {
    if (::tcgetattr(fd_, &old_) != 0) return;
    termios quiet = old_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ISIG | ICANON);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    // A signal from elsewhere waits until the terminal is given back.
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP})
      ::sigaddset(&signals, number);
    ::pthread_sigmask(SIG_BLOCK, &signals, &old_mask_);
    quiet_ = ::tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
    masked_ = true;
  }
  ~QuietTerminal() {
    if (quiet_) ::tcsetattr(fd_, TCSAFLUSH, &old_);
    if (masked_) ::pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;
  bool quiet() const { return quiet_; }
  const termios& settings() const { return old_; }  // as they were

 private:
  const int fd_;
  termios old_{};
  sigset_t old_mask_{};
  bool quiet_ = false;
  bool masked_ = false;
};

void Say(int fd, std::string_view text) {
  // Where the terminal takes no text, there will be no answer either.
  (void)!::write(fd, text.data(), text.size());
}

// With the keys that the user's terminal has for editing and interrupting.
Result<SecretText> ReadLine(int fd, const termios& settings) {
  const auto is_key = [&](char c, int key) {
    const cc_t at = settings.c_cc[key];
    return at != _POSIX_VDISABLE && static_cast<cc_t>(c) == at;
  };
  SecretText line;
  line.text().reserve(kMaxPassphrase);  // so that growing leaves no copies
  while (true) {
    char c = 0;
    const ssize_t size = ::read(fd, &c, 1);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return Fail(ErrorKind::kUsage, "the terminal went away");
    if (is_key(c, VINTR) || is_key(c, VQUIT)) return Fail(ErrorKind::kInterrupted, "interrupted");
    if (c == '\n' || c == '\r' || is_key(c, VEOF)) return line;
    if (is_key(c, VERASE)) {
      if (!line.text().empty()) line.text().pop_back();
    } else if (is_key(c, VKILL)) {
      line.Clear();
      line.text().reserve(kMaxPassphrase);
    } else if (line.text().size() == kMaxPassphrase) {
      return Fail(ErrorKind::kUsage, "longer than {} bytes", kMaxPassphrase);
    } else {
      line.text() += c;
    }
  }
}

Result<std::vector<AgeIdentity>> Load(const std::vector<std::string>& paths,
                                      const PassphrasePrompt& prompt) {
  std::vector<AgeIdentity> all;
  for (const std::string& path : paths) {
    const auto fail = [&](const Error& error) {
      const auto kind = error.kind == ErrorKind::kInterrupted ? error.kind : ErrorKind::kUsage;
      return Fail(kind, "identity file {}: {}", path, error.message);
    };
    const auto text = ReadFile(path);
    if (!text) return Fail(ErrorKind::kUsage, "identity file: {}", text.error().message);
    auto found = ParseIdentityFile(text->view(), [&] { return prompt(path); });
    if (!found) return fail(found.error());
    std::move(found->begin(), found->end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

Result<SecretText> PromptOnTerminal(const std::string& path) {
  const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) {
    return Fail(ErrorKind::kUsage,
                "it is under a pass phrase, and there is no terminal to ask for it");
  }
  const QuietTerminal quiet(terminal.get());
  if (!quiet.quiet()) return Fail(ErrorKind::kUsage, "cannot turn the terminal's echo off");
  Say(terminal.get(), fmt::format("pass phrase of {}: ", SafeLine(path)));
  auto line = ReadLine(terminal.get(), quiet.settings());
  Say(terminal.get(), "\n");
  return line;
}

IdentitySource LoadIdentities(std::vector<std::string> paths, PassphrasePrompt prompt) {
  if (paths.empty()) return nullptr;
  auto loaded = std::make_shared<std::optional<Result<std::vector<AgeIdentity>>>>();
  return [paths = std::move(paths), prompt = std::move(prompt),
          loaded]() -> Result<std::span<const AgeIdentity>> {
    if (!*loaded) *loaded = Load(paths, prompt);
    if (!**loaded) return tl::unexpected((*loaded)->error());
    return std::span<const AgeIdentity>(***loaded);
  };
}

}  // namespace secure_exec
