#include "base/completion/install.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace secure_exec {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

// A home with krew's bin folder on PATH: the program's name there is a link to where it is stored.
class Install : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "secure-exec-install-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    home_ = fs::canonical(name);
    bin_ = home_ / "krew/bin";
    store_ = home_ / "krew/store/kubectl-secure_exec";
    fs::create_directories(bin_);
    Write(store_, "the program");
    fs::create_symlink(store_, bin_ / "kubectl-secure_exec");
    path_ = "relative:" + bin_.string() + ":/usr/bin";
  }
  void TearDown() override { fs::remove_all(home_); }

  static void Write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  static std::string Read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  Environment environment() const {
    return [this](const std::string& name) -> std::optional<std::string> {
      if (name == "HOME") return home_.string();
      if (name == "PATH") return path_;
      return std::nullopt;
    };
  }
  InstallReport Make() { return InstallCompletion(kExecNames, environment(), store_.string()); }
  InstallReport Unmake() { return UninstallCompletion(kExecNames, environment(), store_.string()); }

  fs::path home_, bin_, store_;
  std::string path_;
};

TEST_F(Install, PutsEverythingWhereItIsFound) {
  const InstallReport report = Make();
  EXPECT_EQ(report.problems, "");
  EXPECT_EQ(fs::read_symlink(bin_ / "kubectl_complete-secure_exec"), "kubectl-secure_exec");
  const fs::path bash = home_ / ".local/share/bash-completion/completions";
  EXPECT_THAT(Read(bash / "kubectl-secure_exec"), HasSubstr("complete -F _kubectl_secure_exec"));
  EXPECT_EQ(Read(bash / "kubectl-secure-exec"), Read(bash / "kubectl-secure_exec"));
  EXPECT_THAT(Read(home_ / ".local/share/zsh/site-functions/_kubectl-secure_exec"),
              testing::StartsWith("#compdef kubectl-secure_exec kubectl-secure-exec\n"));
  EXPECT_THAT(Read(home_ / ".config/fish/completions/kubectl-secure-exec.fish"),
              HasSubstr("complete -c kubectl-secure-exec"));
  EXPECT_THAT(report.text, HasSubstr("fpath=(" + home_.string() + "/.local/share/zsh"));
  EXPECT_THAT(Read(bash / "kubectl-secure_exec"), testing::Not(HasSubstr("@NAME")));
}

TEST_F(Install, DoesNothingTwice) {
  (void)Make();
  Write(home_ / ".zshrc", "fpath=(" + home_.string() + "/.local/share/zsh/site-functions $fpath)");
  const InstallReport again = Make();
  EXPECT_EQ(again.problems, "");
  std::istringstream lines(again.text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_THAT(line, testing::StartsWith("there: "));
}

TEST_F(Install, ReplacesAnOlderScriptOfItsOwn) {
  const fs::path script = home_ / ".local/share/bash-completion/completions/kubectl-secure_exec";
  Write(script, "# bash completion\n# " + std::string(kScriptMark) + "\nold\n");
  EXPECT_THAT(Make().text, HasSubstr("updated: " + script.string()));
  EXPECT_THAT(Read(script), testing::Not(HasSubstr("old")));
}

TEST_F(Install, LeavesWhatIsNotItsOwn) {
  const fs::path script = home_ / ".config/fish/completions/kubectl-secure_exec.fish";
  Write(script, "mine");
  Write(bin_ / "kubectl_complete-secure_exec", "mine");
  fs::create_directories(home_ / ".local/share/bash-completion/completions");
  const fs::path link = home_ / ".local/share/bash-completion/completions/kubectl-secure-exec";
  fs::create_symlink("/etc/passwd", link);
  const InstallReport report = Make();
  for (const fs::path& path : {script, bin_ / "kubectl_complete-secure_exec", link})
    EXPECT_THAT(report.problems, HasSubstr(path.string() + " is not of kubectl-secure_exec"));
  EXPECT_EQ(Unmake().problems, "");
  EXPECT_EQ(Read(script), "mine");
  EXPECT_EQ(Read(bin_ / "kubectl_complete-secure_exec"), "mine");
  EXPECT_EQ(fs::read_symlink(link), "/etc/passwd");
}

TEST_F(Install, WritesThroughNoLink) {
  const fs::path script = home_ / ".local/share/bash-completion/completions/kubectl-secure_exec";
  Write(home_ / "elsewhere", "# " + std::string(kScriptMark) + "\n");
  fs::create_directories(script.parent_path());
  fs::create_symlink(home_ / "elsewhere", script);
  EXPECT_THAT(Make().problems, HasSubstr(script.string()));
  EXPECT_EQ(Read(home_ / "elsewhere"), "# " + std::string(kScriptMark) + "\n");
}

TEST_F(Install, TakesTheUsersBinWhereItIsNotOnPath) {
  path_ = "/usr/bin";
  const InstallReport report = Make();
  EXPECT_EQ(fs::read_symlink(home_ / ".local/bin/kubectl_complete-secure_exec"), store_);
  EXPECT_THAT(report.text, HasSubstr(".local/bin is not on PATH"));
}

TEST_F(Install, PathsAreSafeForATerminal) {
  home_ /= "\x1b]0;x\a";
  const InstallReport report = Make();
  EXPECT_THAT(report.text, HasSubstr("\\x1b]0;x\\x07/"));
  EXPECT_THAT(report.text + report.problems, Not(HasSubstr("\x1b")));
}

TEST_F(Install, CanBeUndone) {
  (void)Make();
  EXPECT_EQ(Unmake().problems, "");
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(home_)) files += !entry.is_directory();
  EXPECT_EQ(files, 2u);  // the program and krew's link
  EXPECT_EQ(Unmake().text, "nothing to remove\n");
}

}  // namespace
}  // namespace secure_exec
