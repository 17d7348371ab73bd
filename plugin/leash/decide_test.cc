#include "plugin/leash/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/clock.h"

namespace secure_exec {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// A node that has been up for 1000 s at our second 5000, and a session that began 100 s ago.
constexpr int64_t kNow = 5000 * kSecond;
constexpr int64_t kUptime = 1000 * kTicksPerSecond;
constexpr int64_t kOurStart = 900 * kTicksPerSecond;
constexpr int64_t kTty = 34816;

struct Decide : testing::Test {
  Decide() {
    list.uptime_ticks = kUptime;
    list.lister = 500;
    Add({.pid = 1, .session = 1, .name = "init"});
    Add({.pid = 500, .parent = 0, .session = 500, .start_ticks = kUptime - 10, .name = "sh"});
    target = {.tty = true,
              .earliest_ns = kNow - 100 * kSecond,
              .latest_ns = kNow - 100 * kSecond + 300 * kMillisecond};
  }
  void Add(Process process) {
    if (process.group == 0) process.group = process.session;
    process.state = process.state == '?' ? 'S' : process.state;
    list.processes.push_back(std::move(process));
    std::sort(list.processes.begin(), list.processes.end(),
              [](const Process& a, const Process& b) { return a.pid < b.pid; });
  }
  // A session's first process, as the runtime starts it.
  void AddRoot(int64_t pid, int64_t start = kOurStart, int64_t tty = kTty) {
    Add({.pid = pid, .session = pid, .tty = tty, .start_ticks = start, .name = "sh"});
  }
  Result<Process> Root() { return FindRoot(list, target, kNow - 50 * kMillisecond, kNow); }
  int64_t RootPid() {
    const auto root = Root();
    return root ? root->pid : 0;
  }
  static std::vector<int64_t> Pids(const std::vector<Process>& processes) {
    std::vector<int64_t> pids;
    for (const Process& one : processes) pids.push_back(one.pid);
    return pids;
  }

  ProcessList list;
  LeashTarget target;
};

TEST_F(Decide, TheRootIsOfTheSessionsAge) {
  AddRoot(10, kOurStart - 500);
  AddRoot(11);
  AddRoot(12, kOurStart + 500);
  EXPECT_EQ(RootPid(), 11);
}

TEST_F(Decide, NothingStartsBeforeItIsAskedForNorAfterItSpoke) {
  AddRoot(11, kOurStart - 20);
  EXPECT_EQ(RootPid(), 0);
  list.processes.pop_back();
  AddRoot(12, kOurStart + 50);
  EXPECT_EQ(RootPid(), 0);
}

TEST_F(Decide, AnOldSessionMayDriftWithTheClocks) {
  list.uptime_ticks = 200'000 * kTicksPerSecond;
  target.earliest_ns = target.latest_ns = kNow - 100'000 * kSecond;
  AddRoot(11, list.uptime_ticks - 100'009 * kTicksPerSecond);
  EXPECT_EQ(RootPid(), 11);
  list.processes.back().start_ticks -= 3 * kTicksPerSecond;
  AddRoot(10, list.uptime_ticks - 100'012 * kTicksPerSecond);
  list.processes.erase(std::find_if(list.processes.begin(), list.processes.end(),
                                    [](const Process& one) { return one.pid == 11; }));
  EXPECT_EQ(RootPid(), 0);
}

TEST_F(Decide, SlackWidensBothSides) {
  AddRoot(11, kOurStart - 150);
  target.slack_ns = 2 * kSecond;
  EXPECT_EQ(RootPid(), 11);
}

TEST_F(Decide, NoRootAndSeveralAreToldApart) {
  EXPECT_EQ(Root().error().kind, ErrorKind::kNotFound);
  AddRoot(11);
  AddRoot(12, kOurStart + 7);
  const auto several = Root();
  ASSERT_FALSE(several.has_value());
  EXPECT_EQ(several.error().kind, ErrorKind::kUsage);
  EXPECT_NE(several.error().message.find("11 sh, 12 sh"), std::string::npos);
}

TEST_F(Decide, TheRootHasATerminalExactlyIfWeDo) {
  AddRoot(11, kOurStart, 0);
  EXPECT_EQ(RootPid(), 0);
  target.tty = false;
  EXPECT_EQ(RootPid(), 11);
}

TEST_F(Decide, TheRootLeadsItsSessionAndIsTheRuntimes) {
  Add({.pid = 20, .session = 11, .tty = kTty, .start_ticks = kOurStart, .name = "sh"});
  Add({.pid = 21, .parent = 1, .session = 21, .tty = kTty, .start_ticks = kOurStart, .name = "x"});
  EXPECT_EQ(RootPid(), 0);
  // Where the namespace is the node's, the parent is the shim.
  Add({.pid = 30, .parent = 1, .session = 30, .name = "containerd-shim"});
  Add({.pid = 31,
       .parent = 30,
       .session = 31,
       .tty = kTty,
       .start_ticks = kOurStart,
       .name = "sh"});
  EXPECT_EQ(RootPid(), 31);
}

TEST_F(Decide, TheRootIsNeitherTheFirstProcessNorTheLister) {
  target.tty = false;
  target.earliest_ns = target.latest_ns = kNow - kUptime * (kSecond / kTicksPerSecond);
  EXPECT_EQ(RootPid(), 0) << "the container's own";
  target.earliest_ns = target.latest_ns = kNow - 100 * kMillisecond;
  EXPECT_EQ(RootPid(), 0) << "the lister";
}

TEST_F(Decide, ItIsBoundedByTheFirstOutputWhereThatCameSoon) {
  const int64_t sent = kNow, answered = kNow + kSecond;
  EXPECT_EQ(TargetOf(true, sent, answered, 0).latest_ns, answered + kStartPatienceNs);
  EXPECT_EQ(TargetOf(true, sent, answered, answered + 7).latest_ns, answered + 7);
  EXPECT_EQ(TargetOf(true, sent, answered, answered + 5 * kSecond).latest_ns,
            answered + 5 * kSecond);
  EXPECT_EQ(TargetOf(true, sent, answered, answered + 500 * kSecond).latest_ns,
            answered + kStartPatienceNs);
}

struct Victims : Decide {
  Victims() {
    AddRoot(11);
    root = *list.Find(11);
  }
  void AddChild(int64_t pid, int64_t parent, int64_t session, int64_t start = kOurStart + 100,
                char state = 'S') {
    Add({.pid = pid,
         .parent = parent,
         .session = session,
         .start_ticks = start,
         .state = state,
         .name = "job"});
  }
  void Remove(int64_t pid) {
    std::erase_if(list.processes, [&](const Process& one) { return one.pid == pid; });
  }
  std::vector<int64_t> VictimPids() { return Pids(FindVictims(list, root)); }
  Process root;
};

TEST_F(Victims, AreTheSessionAndItsDescendantsWhateverTheirSession) {
  AddChild(12, 11, 11);
  AddChild(13, 12, 13);    // setsid, its parent lives
  AddChild(14, 1, 11);     // its parent is gone
  AddChild(9, 13, 13);     // pids have wrapped around
  AddRoot(70, kOurStart);  // somebody else's
  AddChild(71, 70, 70);
  EXPECT_THAT(VictimPids(), ElementsAre(11, 9, 12, 13, 14));
}

TEST_F(Victims, AreNeverDaemonsTheDeadTheFirstProcessOrTheLister) {
  AddChild(12, 1, 12);
  AddChild(13, 11, 11, kOurStart + 100, 'Z');
  list.processes[0].parent = 11;
  Remove(500);
  Add({.pid = 500, .parent = 11, .session = 11, .name = "sh"});
  EXPECT_THAT(VictimPids(), ElementsAre(11));
}

TEST_F(Victims, SurviveByPidAndStart) {
  AddChild(12, 11, 11);
  AddChild(13, 11, 13);
  const auto victims = FindVictims(list, root);
  Remove(12);
  Remove(13);
  AddChild(12, 70, 70, kUptime - 1);  // the number of another one now
  EXPECT_THAT(Pids(FindSurvivors(list, root, victims)), ElementsAre(11));
  Remove(11);
  EXPECT_THAT(Pids(FindSurvivors(list, root, victims)), IsEmpty());
}

TEST_F(Victims, WhoComesLaterIsASurvivorToo) {
  AddChild(12, 11, 11);
  const auto victims = FindVictims(list, root);
  Remove(11);
  AddChild(40, 12, 40);  // a child of one that is known
  AddChild(41, 1, 11);   // in the session, whose first process is gone
  EXPECT_THAT(Pids(FindSurvivors(list, root, victims)), UnorderedElementsAre(12, 40, 41));
}

TEST_F(Victims, ASessionWithTheRootsNumberButAnotherRootIsNotOurs) {
  const auto victims = FindVictims(list, root);
  Remove(11);
  AddRoot(11, kUptime - 100);
  AddChild(12, 11, 11, kUptime - 50);
  EXPECT_THAT(Pids(FindSurvivors(list, root, victims)), IsEmpty());
}

TEST_F(Victims, DaemonsAreNamedApart) {
  AddChild(12, 1, 12);                      // setsid, and its parent is gone
  AddChild(13, 1, 99);                      // twice forked: its session's leader is gone
  AddChild(14, 1, 14, kOurStart - 100);     // older than we are
  AddChild(15, 1, 1);                       // the container's own
  AddChild(16, 1, 11);                      // ours
  AddRoot(70, kOurStart - 900);             // another session
  AddChild(71, 1, 70);                      // and what it left
  AddChild(17, 1, 17, kOurStart + 1, 'Z');  // dead
  const auto victims = FindVictims(list, root);
  EXPECT_THAT(Pids(FindDaemons(list, root, victims)), ElementsAre(12, 13));
}

TEST_F(Victims, AJobRunsWhereTheTerminalIsAnotherGroups) {
  root.foreground_group = root.group;
  EXPECT_EQ(FindForeground(root), Foreground::kShellOnly);
  root.foreground_group = 12;
  EXPECT_EQ(FindForeground(root), Foreground::kJobRuns);
  root.foreground_group = -1;
  EXPECT_EQ(FindForeground(root), Foreground::kUnknown);
  root.tty = 0;
  EXPECT_EQ(FindForeground(root), Foreground::kUnknown);
}

TEST(NameProcesses, AreSafeAndFew) {
  std::vector<Process> processes(10, Process{.pid = 3, .name = "a\x1b[2Jb\n"});
  processes[0].name = "";
  const std::string text = NameProcesses(processes);
  EXPECT_TRUE(text.starts_with("3 ?, 3 a\\x1b[2Jb\\n, 3 ")) << text;
  EXPECT_TRUE(text.ends_with(" and 2 more")) << text;
}

}  // namespace
}  // namespace secure_exec
