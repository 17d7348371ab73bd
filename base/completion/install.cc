#include "base/completion/install.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/vt/safe_text.h"

namespace secure_exec {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMarkWithin = 512;

std::string Quiet(const fs::path& path) {
  std::error_code error;
  return fs::canonical(path, error).string();
}

bool IsThere(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() > fs::file_type::not_found;
}

std::optional<std::string> LinkTarget(const fs::path& path) {
  std::error_code error;
  const fs::path target = fs::read_symlink(path, error);
  if (error) return std::nullopt;
  return target.string();
}

std::optional<std::string> ReadText(const fs::path& path) {
  std::error_code error;
  if (fs::symlink_status(path, error).type() != fs::file_type::regular) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::string text(64 * 1024, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

bool IsOurScript(const std::string& text) {
  return std::string_view(text).substr(0, kMarkWithin).find(kScriptMark) != std::string::npos;
}

std::vector<std::string> SearchPath(const Environment& environment) {
  std::vector<std::string> folders;
  const std::string path = environment("PATH").value_or("");
  for (size_t from = 0; from <= path.size();) {
    const size_t colon = std::min(path.find(':', from), path.size());
    // A relative one is another place tomorrow.
    if (path[from] == '/' && colon > from) folders.push_back(path.substr(from, colon - from));
    from = colon + 1;
  }
  return folders;
}

class Installer {
 public:
  Installer(const ProgramNames& names, const Environment& environment,
            const std::string& executable)
      : names_(names), environment_(environment), executable_(executable) {
    home_ = environment("HOME").value_or("");
    data_ = environment("XDG_DATA_HOME").value_or(home_ + "/.local/share");
    const std::string config = environment("XDG_CONFIG_HOME").value_or(home_ + "/.config");
    const std::string bash =
        environment("BASH_COMPLETION_USER_DIR").value_or(data_ + "/bash-completion");
    bash_ = bash.substr(0, bash.find(':')) + "/completions";
    zsh_ = data_ + "/zsh/site-functions";
    fish_ = config + "/fish/completions";
  }

  InstallReport Install() {
    if (Usable()) {
      InstallLink();
      for (const Script& script : Scripts()) WriteScript(script);
      for (const auto& [path, target] : Aliases()) MakeLink(path, target);
      SayZsh();
    }
    return std::move(report_);
  }

  InstallReport Uninstall() {
    if (!Usable()) return std::move(report_);
    std::vector<std::string> folders = SearchPath(environment_);
    folders.push_back(home_ + "/.local/bin");
    for (const std::string& folder : folders) {
      const fs::path path = fs::path(folder) / names_.complete;
      if (LinksToUs(path)) Remove(path);
    }
    for (const Script& script : Scripts()) {
      const auto text = ReadText(script.path);
      if (text && IsOurScript(*text)) Remove(script.path);
    }
    for (const auto& [path, target] : Aliases()) {
      if (LinkTarget(path) == target) Remove(path);
    }
    if (report_.text.empty()) Say("nothing to remove");
    return std::move(report_);
  }

 private:
  struct Script {
    fs::path path;
    CompletionShell shell;
  };

  bool Usable() {
    if (!home_.starts_with('/') || executable_.empty()) {
      Fault("completion: HOME must be set to an absolute path");
      return false;
    }
    return true;
  }

  std::vector<Script> Scripts() const {
    return {{fs::path(bash_) / names_.name, CompletionShell::kBash},
            {fs::path(zsh_) / ("_" + std::string(names_.name)), CompletionShell::kZsh},
            {fs::path(fish_) / (std::string(names_.name) + ".fish"), CompletionShell::kFish}};
  }

  // The second name: those shells look for a file of the command's name.
  std::vector<std::pair<fs::path, std::string>> Aliases() const {
    return {{fs::path(bash_) / names_.dash, std::string(names_.name)},
            {fs::path(fish_) / (std::string(names_.dash) + ".fish"),
             std::string(names_.name) + ".fish"}};
  }

  bool LinksToUs(const fs::path& path) const {
    const auto target = LinkTarget(path);
    return target && (*target == names_.name || Quiet(path) == executable_);
  }

  void InstallLink() {
    std::string beside;
    for (const std::string& folder : SearchPath(environment_)) {
      const fs::path link = fs::path(folder) / names_.complete;
      if (IsThere(link)) {  // the one that kubectl takes
        LinksToUs(link) ? Say(fmt::format("there:   {}", link.string())) : Foreign(link);
        return;
      }
      if (beside.empty() && Quiet(fs::path(folder) / names_.name) == executable_) beside = folder;
    }
    const std::string local = home_ + "/.local/bin";
    if (!beside.empty() && ::access(beside.c_str(), W_OK) == 0) {
      MakeLink(fs::path(beside) / names_.complete, std::string(names_.name));
      return;
    }
    MakeLink(fs::path(local) / names_.complete,
             beside.empty() ? executable_ : beside + "/" + std::string(names_.name));
    const auto folders = SearchPath(environment_);
    if (std::find(folders.begin(), folders.end(), local) == folders.end())
      Say(fmt::format("kubectl: {} is not on PATH; add it for `kubectl {}`", local,
                      names_.dash.substr(names_.dash.find('-') + 1)));
  }

  void MakeLink(const fs::path& path, const std::string& target) {
    if (LinkTarget(path) == target) return Say(fmt::format("there:   {}", path.string()));
    if (IsThere(path)) return Foreign(path);
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (!error) fs::create_symlink(target, path, error);
    if (error) return Failed(path, error);
    Say(fmt::format("made:    {} -> {}", path.string(), target));
  }

  void WriteScript(const Script& script) {
    const std::string wanted = ShellScript(script.shell, names_);
    const auto there = ReadText(script.path);
    if (there == wanted) return Say(fmt::format("there:   {}", script.path.string()));
    if (IsThere(script.path) && !(there && IsOurScript(*there))) return Foreign(script.path);
    std::error_code error;
    fs::create_directories(script.path.parent_path(), error);
    if (error) return Failed(script.path, error);
    // A shell that starts meanwhile reads the old one or the new one, whole.
    std::string temporary = script.path.string() + ".XXXXXX";
    const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    const bool written =
        fd &&
        ::write(fd.get(), wanted.data(), wanted.size()) == static_cast<ssize_t>(wanted.size()) &&
        ::fchmod(fd.get(), 0644) == 0 && ::rename(temporary.c_str(), script.path.c_str()) == 0;
    if (!written) {
      const std::error_code why(errno, std::generic_category());
      if (fd) ::unlink(temporary.c_str());
      return Failed(script.path, why);
    }
    Say(fmt::format("{} {}", there ? "updated:" : "made:   ", script.path.string()));
  }

  void SayZsh() {
    const std::string fpath = environment_("FPATH").value_or("");
    const std::string zshrc = environment_("ZDOTDIR").value_or(home_) + "/.zshrc";
    const auto text = ReadText(zshrc);
    const bool known = (":" + fpath + ":").find(":" + zsh_ + ":") != std::string::npos ||
                       (text && text->find(zsh_) != std::string::npos);
    if (!known)
      Say(fmt::format("zsh:     add to {}, before compinit: fpath=({} $fpath)", zshrc, zsh_));
  }

  void Remove(const fs::path& path) {
    std::error_code error;
    fs::remove(path, error);
    error ? Failed(path, error) : Say(fmt::format("removed: {}", path.string()));
  }

  void Say(const std::string& line) { report_.text += SafeLine(line) + "\n"; }
  void Fault(const std::string& line) { report_.problems += SafeLine(line) + "\n"; }
  void Foreign(const fs::path& path) {
    Fault(fmt::format("{} is not of {}: left as it is; move it away and try again", path.string(),
                      names_.name));
  }
  void Failed(const fs::path& path, const std::error_code& error) {
    Fault(fmt::format("{}: {}", path.string(), ErrnoText(error.value())));
  }

  const ProgramNames& names_;
  const Environment& environment_;
  const std::string& executable_;
  std::string home_, data_, bash_, zsh_, fish_;
  InstallReport report_;
};

}  // namespace

InstallReport InstallCompletion(const ProgramNames& names, const Environment& environment,
                                const std::string& executable) {
  return Installer(names, environment, executable).Install();
}

InstallReport UninstallCompletion(const ProgramNames& names, const Environment& environment,
                                  const std::string& executable) {
  return Installer(names, environment, executable).Uninstall();
}

std::string OwnExecutable() { return LinkTarget("/proc/self/exe").value_or(""); }

}  // namespace secure_exec
