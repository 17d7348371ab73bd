#include "plugin/pod_hint.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace secure_exec {
namespace {

constexpr std::string_view kNotFound =
    "error: unable to upgrade connection: container not found (\"main\")";
constexpr char kNow[] = "2026-11-26T21:22:36Z";
constexpr char kConditions[] =
    R"([{"type":"Initialized","status":"True","lastTransitionTime":"2026-11-26T21:20:00Z"},
        {"type":"Ready","status":"False","lastTransitionTime":"2026-11-26T20:36:38Z"},
        {"type":"ContainersReady","status":"False","reason":"ContainersNotReady",
         "message":"containers with unready status: [main]","lastTransitionTime":"2026-11-26T20:36:38Z"}])";

// A pod with one container `main`; `metadata`, `spec` and `status` are further members of theirs.
Pod Make(const std::string& status, const std::string& metadata = "",
         const std::string& spec = R"("nodeName":"node1")",
         const std::string& containers = R"([{"name":"main","image":"shell:1"}])") {
  const auto with_comma = [](const std::string& text) { return text.empty() ? "" : "," + text; };
  auto pod = ParsePod(fmt::format(
      R"({{"kind":"Pod","metadata":{{"name":"p","namespace":"ns","uid":"u",
          "creationTimestamp":"2026-11-26T20:36:38Z"{}}},
          "spec":{{"containers":{}{}}},"status":{{{}}}}})",
      with_comma(metadata), containers, with_comma(spec), status));
  EXPECT_TRUE(pod.has_value()) << status;
  return *pod;
}

// One whose container is in `state` (the members of a container status).
Pod InState(const std::string& state, const std::string& metadata = "") {
  return Make(fmt::format(R"("phase":"Running","startTime":"2026-11-26T20:36:38Z","conditions":{},
                             "containerStatuses":[{{"name":"main",{}}}])",
                          kConditions, state),
              metadata);
}

HintQuery Query(const Pod& pod, std::string_view error = kNotFound) {
  HintQuery query;
  query.pod = &pod;
  query.container = "main";
  query.error = error;
  query.program = "bash";
  query.now_s = *ParseRfc3339(kNow);
  return query;
}

std::string Hint(const Pod& pod, std::string_view error = kNotFound) {
  return PodHint(Query(pod, error));
}

// --- states, each as a kubelet 1.20 wrote it unless said otherwise
// ---------------------------------

TEST(PodHint, AnImageThatIsNotThere) {
  EXPECT_EQ(
      Hint(InState(R"("restartCount":0,"lastState":{},"state":{"waiting":{
        "message":"Container image \"absent:1\" is not present with pull policy of Never",
        "reason":"ErrImageNeverPull"}})")),
      "secure-exec: container main of pod p is not running: ErrImageNeverPull for 45 min (since "
      "2026-11-26T20:36:38Z): Container image \"absent:1\" is not present with pull policy of "
      "Never\n"
      "secure-exec: see kubectl describe pod p -n ns");
}

TEST(PodHint, ACrashLoop) {
  EXPECT_EQ(
      Hint(InState(R"("restartCount":13,
        "lastState":{"terminated":{"exitCode":7,"finishedAt":"2026-11-26T21:18:11Z","reason":"Error",
          "startedAt":"2026-11-26T21:18:11Z"}},
        "state":{"waiting":{"message":"back-off 5m0s restarting failed container","reason":"CrashLoopBackOff"}})")),
      "secure-exec: container main of pod p is not running: CrashLoopBackOff: back-off 5m0s "
      "restarting failed container; it ended 4 min ago (2026-11-26T21:18:11Z) with exit code 7, "
      "restarted 13 times\n"
      "secure-exec: see kubectl logs p -n ns -c main --previous");
}

TEST(PodHint, OutOfMemory) {
  const std::string hint = Hint(InState(R"("restartCount":1,
      "lastState":{"terminated":{"exitCode":137,"finishedAt":"2026-11-26T21:22:26Z","reason":"OOMKilled"}},
      "state":{"waiting":{"message":"back-off 40s","reason":"CrashLoopBackOff"}})"));
  EXPECT_NE(hint.find("it ended 10 s ago (2026-11-26T21:22:26Z) with exit code 137 (SIGKILL, "
                      "OOMKilled), restarted 1 time\n"),
            std::string::npos)
      << hint;
}

TEST(PodHint, AProgramThatCannotBeStartedIsExplainedOnceAndHasNoLog) {
  const std::string hint = Hint(InState(R"("restartCount":3,
      "lastState":{"terminated":{"exitCode":128,"finishedAt":"2026-11-26T21:22:27Z","reason":"StartError",
        "message":"runc create failed: no such file","startedAt":"1970-01-01T00:00:00Z"}},
      "state":{"waiting":{"message":"runc create failed: no such file","reason":"RunContainerError"}})"));
  EXPECT_EQ(hint,
            "secure-exec: container main of pod p is not running: RunContainerError: runc create "
            "failed: no such file; it ended 9 s ago (2026-11-26T21:22:27Z) with exit code 128 "
            "(StartError), restarted 3 times\n"
            "secure-exec: see kubectl describe pod p -n ns");
}

TEST(PodHint, WaitingOfAnyOtherKind) {
  for (const char* reason : {"ContainerCreating", "ImagePullBackOff", "CreateContainerConfigError",
                             "InvalidImageName"}) {
    const std::string hint = Hint(InState(
        fmt::format(R"("state":{{"waiting":{{"reason":"{}","message":"because"}}}})", reason)));
    EXPECT_EQ(hint,
              fmt::format("secure-exec: container main of pod p is not running: {} for 45 min "
                          "(since 2026-11-26T20:36:38Z): because\n"
                          "secure-exec: see kubectl describe pod p -n ns",
                          reason));
  }
}

TEST(PodHint, AContainerThatEndedForGood) {
  EXPECT_EQ(Hint(InState(R"("restartCount":0,"state":{"terminated":{"exitCode":5,"reason":"Error",
                "finishedAt":"2026-11-26T21:21:44Z"}})")),
            "secure-exec: container main of pod p ended 52 s ago (2026-11-26T21:21:44Z) with exit "
            "code 5\n"
            "secure-exec: see kubectl logs p -n ns -c main");
}

TEST(PodHint, NoNode) {
  const Pod never_tried = Make(R"("phase":"Pending","qosClass":"BestEffort")", "", "");
  EXPECT_EQ(
      Hint(never_tried),
      "secure-exec: pod p has been waiting for a node for 45 min (since 2026-11-26T20:36:38Z)\n"
      "secure-exec: see kubectl describe pod p -n ns");
  // As kube-scheduler writes it.
  const Pod refused =
      Make(R"("phase":"Pending","conditions":[{"type":"PodScheduled","status":"False",
      "lastTransitionTime":"2026-11-26T21:22:00Z","reason":"Unschedulable",
      "message":"0/3 nodes are available: 3 Insufficient cpu."}])",
           "", "");
  EXPECT_EQ(Hint(refused),
            "secure-exec: pod p has been waiting for a node for 36 s (since 2026-11-26T21:22:00Z): "
            "Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.\n"
            "secure-exec: see kubectl describe pod p -n ns");
}

TEST(PodHint, ANodeThatHasNotBegun) {
  EXPECT_EQ(Hint(Make(R"("phase":"Pending")")),
            "secure-exec: node node1 has not begun to start container main of pod p for 45 min "
            "(since 2026-11-26T20:36:38Z)\n"
            "secure-exec: see kubectl describe pod p -n ns; kubectl describe node node1");
}

TEST(PodHint, ACompletedPod) {
  const Pod pod =
      Make(R"("phase":"Succeeded","containerStatuses":[{"name":"main","state":{"terminated":{
      "exitCode":0,"finishedAt":"2026-11-26T20:36:39Z","reason":"Completed"}}}])");
  EXPECT_EQ(
      Hint(pod, ""),
      "secure-exec: pod p ended 45 min ago (2026-11-26T20:36:39Z) in phase Succeeded; container "
      "main ended with exit code 0\n"
      "secure-exec: see kubectl logs p -n ns -c main; a shell in a copy: kubectl debug p -n ns "
      "-it --copy-to=p-debug --container=main -- sh");
}

TEST(PodHint, AFailedPodNamesWhatFailed) {
  const std::string hint = Hint(Make(
      R"("phase":"Failed","containerStatuses":[{"name":"main","state":{"waiting":{"reason":"PodInitializing"}}}],
         "initContainerStatuses":[
          {"name":"good","state":{"terminated":{"exitCode":0,"finishedAt":"2026-11-26T21:21:40Z"}}},
          {"name":"setup","state":{"terminated":{"exitCode":3,"reason":"Error","finishedAt":"2026-11-26T21:21:44Z"}}}])",
      "", R"("initContainers":[{"name":"good"},{"name":"setup"}])"));
  EXPECT_EQ(
      hint.substr(0, hint.find('\n')),
      "secure-exec: pod p ended 52 s ago (2026-11-26T21:21:44Z) in phase Failed; init container "
      "setup ended with exit code 3");
  EXPECT_NE(hint.find("see kubectl logs p -n ns -c setup;"), std::string::npos) << hint;
}

// As the eviction manager writes it: no container has a status.
TEST(PodHint, AnEvictedPodHasNoLogs) {
  EXPECT_EQ(Hint(Make(R"("phase":"Failed","reason":"Evicted","startTime":"2026-11-26T20:36:38Z",
                "message":"The node was low on resource: memory. ")")),
            "secure-exec: pod p ended 45 min ago (2026-11-26T20:36:38Z) in phase Failed: Evicted: "
            "The node was low on resource: memory.\n"
            "secure-exec: see kubectl describe pod p -n ns");
}

TEST(PodHint, Terminating) {
  // The kubelet goes on saying that what has ended runs.
  const Pod pod =
      InState(R"("state":{"running":{"startedAt":"2026-11-26T21:21:43Z"}})",
              R"("deletionTimestamp":"2026-11-26T22:22:16Z","deletionGracePeriodSeconds":3600)");
  EXPECT_EQ(
      Hint(pod),
      "secure-exec: pod p has been terminating for 20 s (since 2026-11-26T21:22:16Z): what ends "
      "in its grace period of 60 min is not started again; 59 min of it are left\n"
      "secure-exec: see kubectl describe pod p -n ns");
}

TEST(PodHint, TerminatingForTooLong) {
  const Pod pod =
      InState(R"("state":{"running":{}})",
              R"("deletionTimestamp":"2026-11-26T21:12:36Z","deletionGracePeriodSeconds":30)");
  EXPECT_EQ(Hint(pod),
            "secure-exec: pod p has been terminating for 10 min (since 2026-11-26T21:12:06Z): its "
            "grace period of 30 s was over 10 min ago (2026-11-26T21:12:36Z); its node may not "
            "answer, or a finalizer keeps it\n"
            "secure-exec: see kubectl describe pod p -n ns; kubectl describe node node1");
}

TEST(PodHint, AnUnheardOfGracePeriodOverflowsNothing) {
  for (const char* grace :
       {"9223372036854775807", "-9223372036854775808", "18446744073709551615"}) {
    const Pod pod = InState(R"("state":{"running":{}})",
                            fmt::format(R"("deletionTimestamp":"9999-12-31T23:59:59Z",
                                           "deletionGracePeriodSeconds":{})",
                                        grace));
    EXPECT_NE(Hint(pod).find("terminating"), std::string::npos);
  }
}

TEST(PodHint, ANodeThatDoesNotAnswer) {
  const Pod running = InState(R"("state":{"running":{"startedAt":"2026-11-26T21:00:00Z"}})");
  const std::string dialing = Hint(
      running, "Error from server: error dialing backend: dial tcp 10.0.0.1:10250: i/o timeout");
  EXPECT_EQ(
      dialing,
      "secure-exec: node node1, on which pod p is, does not answer the API server; the pod has "
      "not been ready for 45 min (since 2026-11-26T20:36:38Z)\n"
      "secure-exec: see kubectl describe node node1");
  // As node lifecycle controllers up to 1.2x write it.
  const std::string lost = Hint(Make(
      R"("phase":"Running","reason":"NodeLost","message":"Node node1 which was running pod p is unresponsive")",
      R"("deletionTimestamp":"2026-11-26T21:12:36Z")"));
  EXPECT_EQ(lost,
            "secure-exec: node node1, on which pod p is, does not answer the API server: NodeLost: "
            "Node node1 which was running pod p is unresponsive\n"
            "secure-exec: see kubectl describe node node1");
  EXPECT_NE(Hint(Make(R"("phase":"Unknown")")).find("does not answer"), std::string::npos);
}

// --- init containers
// -------------------------------------------------------------------------------

Pod Initializing(const std::string& setup, const std::string& load,
                 const std::string& load_spec = "") {
  return Make(
      fmt::format(R"("phase":"Pending","conditions":[{{"type":"Initialized","status":"False"}}],
        "containerStatuses":[{{"name":"main","state":{{"waiting":{{"reason":"PodInitializing"}}}}}}],
        "initContainerStatuses":[{{"name":"setup",{}}},{{"name":"load",{}}}])",
                  setup, load),
      "",
      fmt::format(R"("nodeName":"node1","initContainers":[{{"name":"setup"}},{{"name":"load"{}}}])",
                  load_spec));
}

constexpr char kDone[] = R"("state":{"terminated":{"exitCode":0}})";
constexpr char kRuns[] = R"("state":{"running":{"startedAt":"2026-11-26T21:21:45Z"}})";

TEST(PodHint, AnInitContainerThatRuns) {
  EXPECT_EQ(
      Hint(Initializing(kDone, kRuns)),
      "secure-exec: container main of pod p waits for init container load (2 of 2), which has "
      "been running for 51 s (since 2026-11-26T21:21:45Z)\n"
      "secure-exec: see kubectl logs p -n ns -c load");
}

TEST(PodHint, AnInitContainerThatFails) {
  EXPECT_EQ(
      Hint(Initializing(R"("restartCount":3,
        "lastState":{"terminated":{"exitCode":3,"reason":"Error","finishedAt":"2026-11-26T21:22:21Z"}},
        "state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off 40s"}})",
                        R"("state":{"waiting":{"reason":"PodInitializing"}})")),
      "secure-exec: container main of pod p waits for init container setup (1 of 2), which is in "
      "CrashLoopBackOff: back-off 40s; it ended 15 s ago (2026-11-26T21:22:21Z) with exit code 3, "
      "restarted 3 times\n"
      "secure-exec: see kubectl logs p -n ns -c setup --previous");
  EXPECT_NE(
      Hint(Initializing(
               R"("state":{"terminated":{"exitCode":3,"finishedAt":"2026-11-26T21:22:33Z"}})",
               R"("state":{"waiting":{"reason":"PodInitializing"}})"))
          .find("which failed 3 s ago (2026-11-26T21:22:33Z) with exit code 3\nsecure-exec: see "
                "kubectl logs p -n ns -c setup"),
      std::string::npos);
}

TEST(PodHint, ASidecarHoldsNothingUpOnceItHasStarted) {
  const std::string always = R"(,"restartPolicy":"Always")";
  const std::string started = std::string(kRuns) + R"(,"started":true)";
  EXPECT_NE(Hint(Initializing(kDone, started, always)).find("is not running: PodInitializing"),
            std::string::npos);
  EXPECT_NE(Hint(Initializing(kDone, kRuns, always)).find("waits for init container load"),
            std::string::npos);
}

// --- the command
// -----------------------------------------------------------------------------------

Pod RunningPod() { return InState(R"("state":{"running":{"startedAt":"2026-11-26T21:00:00Z"}})"); }

TEST(PodHint, ACommandThatIsNotThere) {
  const std::string hint =
      Hint(RunningPod(),
           "error: Internal error occurred: OCI runtime exec failed: exec failed: unable to start "
           "container process: exec: \"bash\": executable file not found in $PATH: unknown");
  EXPECT_EQ(
      hint,
      "secure-exec: container main of pod p is running for 22 min (since "
      "2026-11-26T21:00:00Z), but it has no program bash in its $PATH (image shell:1); sh may "
      "be there\n"
      "secure-exec: see kubectl debug p -n ns -it --image=busybox --target=main -- sh");
}

TEST(PodHint, OtherWaysNotToStart) {
  const struct {
    const char* error;
    const char* words;
  } cases[] = {
      {"exec: \"bash\": stat bash: no such file or directory: unknown", "bash is not there"},
      {"exec: \"bash\": permission denied: unknown", "bash is a directory, or a file"},
      {"exec bash: exec format error: unknown", "bash is no program for its node's processor"},
      // crun's
      {"OCI runtime exec failed: exec failed: executable file `bash` not found in $PATH",
       "it has no program bash in its $PATH"},
  };
  for (const auto& one : cases) {
    const std::string hint = Hint(RunningPod(), one.error);
    EXPECT_NE(hint.find(one.words), std::string::npos) << one.error << "\n" << hint;
  }
}

TEST(PodHint, AContainerThatHasStartedSince) {
  EXPECT_EQ(Hint(RunningPod()),
            "secure-exec: container main of pod p is running now for 22 min (since "
            "2026-11-26T21:00:00Z); try again");
}

// --- what the pod has no part in
// -------------------------------------------------------------------

TEST(PodHint, NothingAboutAPodThatRuns) {
  EXPECT_EQ(Hint(RunningPod(), "error: Internal error occurred: something else"), "");
}

TEST(PodHint, NothingWhereTheUserMayNot) {
  const Pod stuck = InState(R"("state":{"waiting":{"reason":"ErrImagePull"}})");
  EXPECT_EQ(Hint(stuck, "Error from server (Forbidden): pods \"p\" is forbidden"), "");
  EXPECT_EQ(Hint(stuck,
                 "error: unable to upgrade connection: pods \"p\" is forbidden: User \"u\" "
                 "cannot create resource \"pods/exec\""),
            "");
  EXPECT_EQ(Hint(stuck, "error: unable to upgrade connection: Unauthorized"), "");
  EXPECT_EQ(Hint(stuck, "error: You must be logged in to the server (Unauthorized)"), "");
}

TEST(PodHint, APodThatIsGoneOrAnotherOne) {
  const Pod pod = RunningPod();
  HintQuery query = Query(pod);
  query.uid = "u";
  query.gone = true;
  EXPECT_EQ(PodHint(query), "secure-exec: pod p was deleted meanwhile");
  query.gone = false;
  query.uid = "before";
  EXPECT_EQ(
      PodHint(query),
      "secure-exec: pod p was replaced meanwhile: another one of this name was created 45 min "
      "ago (2026-11-26T20:36:38Z)\nsecure-exec: see kubectl describe pod p -n ns");
}

// --- what is said how
// ------------------------------------------------------------------------------

TEST(PodHint, CommandsGoWhereTheUserWas) {
  const Pod pod = InState(R"("state":{"waiting":{"reason":"ErrImagePull"}})");
  HintQuery query = Query(pod);
  query.context = "arn:aws:eks:eu:1:cluster/a";
  query.kubeconfig = "my file's";
  const std::string hint = PodHint(query);
  EXPECT_NE(
      hint.find("kubectl describe pod p -n ns --context arn:aws:eks:eu:1:cluster/a --kubeconfig "
                "'my file'\\''s'"),
      std::string::npos)
      << hint;
}

TEST(PodHint, TextsOfTheClusterCannotWriteToTheTerminal) {
  Pod pod = InState(
      R"("state":{"waiting":{"reason":"a\u001b[2Jb\nc","message":"\u001b]0;x\u0007\u202e"}})");
  pod.name = "p; rm -rf ~\x1b[2J";
  pod.name_space = "-x";
  const std::string hint = Hint(pod);
  EXPECT_EQ(hint.find('\x1b'), std::string::npos) << hint;
  EXPECT_EQ(std::count(hint.begin(), hint.end(), '\n'), 1) << hint;
  EXPECT_NE(hint.find("see kubectl describe pod POD -n NAMESPACE"), std::string::npos) << hint;
}

TEST(PodHint, ALongMessageIsCut) {
  const std::string hint =
      Hint(InState(fmt::format(R"("state":{{"waiting":{{"reason":"{}","message":"{}"}}}})",
                               std::string(100'000, 'r'), std::string(100'000, 'm'))));
  EXPECT_LT(hint.size(), 1000u);
}

TEST(PodHint, AServerWithoutTimesOrFields) {
  auto pod = ParsePod(R"({"kind":"Pod","metadata":{"name":"p"},"spec":{"nodeName":"n",
      "containers":[{"name":"main"}]},"status":{"containerStatuses":[{"name":"main",
      "restartCount":"x","state":{"waiting":7,"terminated":{"exitCode":1.5,"finishedAt":"soon"}}}]}})");
  EXPECT_EQ(Hint(*pod),
            "secure-exec: container main of pod p ended with exit code 0\n"
            "secure-exec: see kubectl logs p -n NAMESPACE -c main");
}

}  // namespace
}  // namespace secure_exec
