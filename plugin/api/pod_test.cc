#include "plugin/api/pod.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

constexpr char kMulti[] = R"({
  "kind": "Pod",
  "metadata": {"name": "p", "namespace": "ns", "uid": "u-1"},
  "spec": {"nodeName": "node1",
    "initContainers": [{"name": "ini", "image": "i"}],
    "containers": [{"name": "app", "image": "a:1"}, {"name": "side", "image": "s:1"}],
    "ephemeralContainers": [{"name": "dbg", "image": "d"}]},
  "status": {"phase": "Running", "containerStatuses": [
    {"name": "side", "containerID": "containerd://2", "imageID": "sha256:s"},
    {"name": "app", "containerID": "containerd://1", "imageID": "sha256:a"}]}})";

Pod Multi() { return *ParsePod(kMulti); }

TEST(ParsePod, TakesWhatTheHeaderNeeds) {
  const Pod pod = Multi();
  EXPECT_EQ(pod.uid, "u-1");
  EXPECT_EQ(pod.node, "node1");
  EXPECT_EQ(pod.containers[0].container_id, "containerd://1");
  EXPECT_EQ(pod.containers[1].image_id, "sha256:s");
}

TEST(ParsePod, RefusesWhatIsNoPod) {
  for (const char* text : {"", "[]", "null", "{}", "<html>", R"({"kind":"Pod"})",
                           R"({"kind":"Status"})", R"({"kind":"Pod","metadata":{"name":7}})"})
    EXPECT_FALSE(ParsePod(text).has_value()) << text;
}

TEST(ParsePod, RefusesWhatIsLargerThanAnyPod) {
  const std::string pod = R"({"kind":"Pod","metadata":{"name":"x"}})";
  EXPECT_TRUE(ParsePod(pod + std::string((4 << 20) - pod.size(), ' ')).has_value());
  EXPECT_FALSE(ParsePod(pod + std::string((4 << 20) - pod.size() + 1, ' ')).has_value());
}

TEST(ParsePod, NoPrefixOfAPodIsAPod) {
  const std::string whole = kMulti;
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(ParsePod(whole.substr(0, size)).has_value()) << size;
}

TEST(ParsePod, SurvivesMembersOfTheWrongType) {
  auto pod = ParsePod(R"({"kind":"Pod","metadata":{"name":"x","annotations":[]},
    "spec":{"containers":[{"name":"c"}, 7, null]},"status":{"containerStatuses":[1,{"name":"c"}]}})");
  ASSERT_TRUE(pod.has_value());
  EXPECT_EQ(pod->containers[0].name, "c");
}

TEST(ChooseContainer, TheFirstWithANotice) {
  auto choice = ChooseContainer(Multi(), "");
  ASSERT_TRUE(choice.has_value());
  EXPECT_EQ(choice->container.name, "app");
  EXPECT_EQ(choice->notice,
            "Defaulted container \"app\" out of: app, side, dbg (ephem), ini (init)");
}

TEST(ChooseContainer, TheOnlyOneSilently) {
  auto pod =
      ParsePod(R"({"kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[{"name":"c"}]}})");
  auto choice = ChooseContainer(*pod, "");
  EXPECT_EQ(choice->container.name, "c");
  EXPECT_EQ(choice->notice, "");
}

TEST(ChooseContainer, TheAnnotationsSilently) {
  Pod pod = Multi();
  pod.default_container = "side";
  auto choice = ChooseContainer(pod, "");
  EXPECT_EQ(choice->container.name, "side");
  EXPECT_EQ(choice->notice, "");
}

TEST(ChooseContainer, TheOneAskedForOfAnyKind) {
  EXPECT_EQ(ChooseContainer(Multi(), "ini")->container.name, "ini");
  EXPECT_EQ(ChooseContainer(Multi(), "dbg")->container.name, "dbg");
}

TEST(ChooseContainer, AnUnknownOneFailsAsKubectl) {
  auto choice = ChooseContainer(Multi(), "zzz");
  ASSERT_FALSE(choice.has_value());
  EXPECT_EQ(choice.error().message,
            "container zzz is not valid for pod p out of: app, side, dbg (ephem), ini (init)");
}

TEST(ChooseContainer, AnUnknownAnnotationFailsAsKubectl) {
  Pod pod = Multi();
  pod.default_container = "gone";
  EXPECT_EQ(ChooseContainer(pod, "").error().message,
            "container gone is not valid for pod p out of: app, side, dbg (ephem), ini (init)");
}

TEST(ChooseContainer, APodWithoutContainersFailsAsKubectl) {
  Pod pod = Multi();
  pod.containers.clear();
  EXPECT_EQ(ChooseContainer(pod, "").error().message, "pod ns/p does not have any containers");
  EXPECT_EQ(ChooseContainer(pod, "a").error().message,
            "container a is not valid for pod p out of: ");
}

TEST(ChooseContainer, NamesAreSafeForATerminal) {
  Pod pod = Multi();
  pod.containers[0].name = "a\x1b[2J\n";
  EXPECT_EQ(ChooseContainer(pod, "").value().notice,
            "Defaulted container \"a [2J\" out of: a [2J , side, dbg (ephem), ini (init)");
}

TEST(ChooseContainer, ACompletedPodFailsAsKubectl) {
  Pod pod = Multi();
  pod.phase = "Succeeded";
  EXPECT_EQ(ChooseContainer(pod, "").error().message,
            "cannot exec into a container in a completed pod; current phase is Succeeded");
}

}  // namespace
}  // namespace secure_exec
