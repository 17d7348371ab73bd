#include "plugin/leash/process_list.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

constexpr char kShell[] = "p 7 S 0 7 7 34816 9 1200 sh\n";
constexpr char kEnd[] = "u 99.05 42\n";

std::string Text(std::string_view lines) { return std::string(lines) + kEnd; }

void ExpectRefused(const std::string& text, std::string_view why) {
  const auto list = ParseProcessList(text);
  ASSERT_FALSE(list.has_value()) << text;
  EXPECT_EQ(list.error().kind, ErrorKind::kFormat);
  EXPECT_NE(list.error().message.find(why), std::string::npos) << list.error().message;
}

TEST(ProcessList, ReadsWhatTheScriptPrints) {
  const auto list = ParseProcessList(Text(kShell));
  ASSERT_TRUE(list.has_value());
  ASSERT_EQ(list->processes.size(), 1U);
  EXPECT_EQ(list->processes[0], (Process{.pid = 7,
                                         .parent = 0,
                                         .group = 7,
                                         .session = 7,
                                         .tty = 34816,
                                         .foreground_group = 9,
                                         .start_ticks = 1200,
                                         .state = 'S',
                                         .name = "sh"}));
  EXPECT_EQ(list->uptime_ticks, 9905);
  EXPECT_EQ(list->lister, 42);
}

TEST(ProcessList, KeepsNamesAsTheyAre) {
  const auto list =
      ParseProcessList(Text("p 7 S 0 7 7 0 -1 0 ) S 1 (u 1 2\np 8 S 0 8 8 0 -1 0 \n"));
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ(list->Find(7)->name, ") S 1 (u 1 2");
  EXPECT_EQ(list->Find(8)->name, "");
}

TEST(ProcessList, FindsByPidWhateverTheOrder) {
  const auto list = ParseProcessList(Text("p 9 S 0 9 9 0 -1 0 b\np 2 S 0 2 2 0 -1 0 a\n"));
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ(list->Find(9)->name, "b");
  EXPECT_EQ(list->Find(2)->name, "a");
  EXPECT_EQ(list->Find(3), nullptr);
}

TEST(ProcessList, PassesOverWhatAShellSays) {
  EXPECT_TRUE(ParseProcessList(Text("sh: warning: x\n\n" + std::string(kShell))).has_value());
}

TEST(ProcessList, RefusesALineOfWhichAPartIsMissingOrNoNumber) {
  for (const char* line :
       {"p 7\n", "p 7 S 0 7 7 0 -1 x sh\n", "p x S 0 7 7 0 -1 0 sh\n", "p 7 SS 0 7 7 0 -1 0 sh\n",
        "p 7 S 0 7 7 0 -2 0 sh\n", "p 7 S -1 7 7 0 -1 0 sh\n", "p 0 S 0 7 7 0 -1 0 sh\n",
        "p 7 S 0 7 7 0 -1 99999999999999999999 sh\n", "p 7 S 0 7 7 0 -1 9223372036854775807 sh\n",
        "p 4194305 S 0 7 7 0 -1 0 sh\n", "p 7  0 7 7 0 -1 0 sh\n"}) {
    ExpectRefused(Text(line), "a line is malformed");
  }
}

TEST(ProcessList, RefusesAListWithoutItsEndOrWithABadOne) {
  ExpectRefused(kShell, "no end");
  ExpectRefused("", "no end");
  ExpectRefused(std::string(kShell) + "u 99.05 42", "no end");
  for (const char* end : {"u 99 42\n", "u 99.5 42\n", "u 99.05\n", "u 99.05 x\n", "u .05 4\n",
                          "u 99.05 0\n", "u 99999999999999.00 1\n"}) {
    ExpectRefused(end, "end is malformed");
  }
}

TEST(ProcessList, RefusesAPidThatComesTwice) {
  ExpectRefused(Text(std::string(kShell) + kShell), "twice");
}

TEST(ProcessList, HasBounds) {
  const std::string long_line = "p 7 S 0 7 7 0 -1 0 " + std::string(kMaxProcessLine, 'x') + "\n";
  ExpectRefused(Text(long_line), "a line is too long");
  ExpectRefused(Text(std::string(kMaxListBytes, 'x')), "it is too long");
  std::string many;
  for (size_t pid = 1; pid <= kMaxProcesses + 1; ++pid) {
    many += fmt::format("p {} S 0 7 7 0 -1 0 x\n", pid);
  }
  ExpectRefused(Text(many), "too many");
}

TEST(ProcessList, CutAnywhereIsNoList) {
  const std::string text = Text(kShell);
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(ParseProcessList(text.substr(0, size)).has_value()) << size;
  }
}

TEST(ProcessList, IsFormattedAsItIsRead) {
  const auto list = ParseProcessList(Text(kShell));
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ(FormatProcessList(*list), Text(kShell));
}

}  // namespace
}  // namespace secure_exec
