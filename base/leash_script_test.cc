#include "base/leash_script.h"

#include <gtest/gtest.h>

#include <string>

namespace secure_exec {
namespace {

std::string Command(const std::string& shell, const std::string& id) {
  return shell + " -c " + std::string(kLeashScript) + " secure-exec-leash " + id;
}

TEST(LeashScript, IsKnownByItsText) {
  for (const char* shell : {"sh", "/bin/bash", "dash", "busybox sh", "/busybox ash"}) {
    EXPECT_TRUE(IsLeashCommand(Command(shell, "ID"), "ID")) << shell;
  }
}

TEST(LeashScript, NothingElseIsTakenForIt) {
  for (const char* shell : {"zsh", "", "evil", "sh -x", "env sh", "bash sh", "sh sh"}) {
    EXPECT_FALSE(IsLeashCommand(Command(shell, "ID"), "ID")) << shell;
  }
  EXPECT_FALSE(IsLeashCommand(Command("sh", "ID"), "OTHER"));
  EXPECT_FALSE(IsLeashCommand("sh -c x secure-exec-leash ID", "ID"));
  EXPECT_FALSE(IsLeashCommand(Command("sh", "ID") + " ", "ID"));
}

}  // namespace
}  // namespace secure_exec
