#include "plugin/completion/complete.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace secure_exec {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using Words = std::vector<std::string>;

// A cluster with two pods and a Deployment, and what was asked of it.
struct FakeCluster {
  Kubeconfig config;
  std::vector<std::string> asked = {};
  std::string context = {}, name_space = {};
  bool forbidden = false;
};

class FakeSources : public CompletionSources {
 public:
  FakeSources(FakeCluster& cluster, const Options& options) : cluster_(cluster) {
    cluster_.context = options.access.context.value_or("");
    cluster_.name_space = options.access.name_space.value_or("");
  }
  Result<Kubeconfig> Config() override { return cluster_.config; }
  Result<void> List(const ApiResource& resource,
                    const std::function<bool(const Candidate&)>& take) override {
    cluster_.asked.push_back(resource.plural);
    if (cluster_.forbidden) return Fail(ErrorKind::kServer, "forbidden");
    const std::string& plural = resource.plural;
    for (const char* name : {"shell", "web-0", "$(touch x)"}) {
      if (plural == "pods") take({name, "1/1 Running"});
    }
    if (plural == "deployments") take({"web", "1/1"});
    if (plural == "namespaces") take({"default", "Active"}) && take({"dev", "Active"});
    return {};
  }
  Result<Pod> FindPod(const TargetQuery& query) override {
    cluster_.asked.push_back("pod " + query.typed);
    Pod pod;
    using Kind = Pod::Container::Kind;
    for (const auto& [name, kind] :
         {std::pair("second", Kind::kRegular), std::pair("first", Kind::kRegular),
          std::pair("setup", Kind::kInit)}) {
      pod.containers.emplace_back();
      pod.containers.back().name = name;
      pod.containers.back().image = "img";
      pod.containers.back().kind = kind;
    }
    return pod;
  }
  Result<std::vector<Candidate>> Recordings() override {
    return std::vector<Candidate>{{"019b", "c/default/shell"}, {"019a", "c/default/shell"}};
  }

 private:
  FakeCluster& cluster_;
};

class CompleteExecTest : public testing::Test {
 protected:
  CompleteExecTest() {
    cluster_.config.contexts["modern"].name_space = "shop";
    cluster_.config.contexts["alice@modern"].cluster = "main";
    cluster_.config.contexts["$(touch x)"] = {};
    cluster_.config.contexts["new\nline"] = {};
    cluster_.config.clusters["main"].server = "https://h:6443";
    cluster_.config.users["admin"];
    cluster_.config.users["`touch x`"];
  }
  Completion Get(const Words& words, const std::string& word) {
    return CompleteExec(words, word, [&](const Options& options) {
      return std::make_unique<FakeSources>(cluster_, options);
    });
  }
  Words Texts(const Words& words, const std::string& word) {
    const Completion completion = Get(words, word);
    Words texts;
    for (const Candidate& each : completion.candidates()) texts.push_back(each.text);
    return texts;
  }
  FakeCluster cluster_;
};

TEST_F(CompleteExecTest, OffersPodsAndTypes) {
  const Words texts = Texts({"--context", "modern", "-n", "dev"}, "");
  EXPECT_THAT(texts, IsSupersetOf({"shell", "web-0", "deployments/", "statefulsets/"}));
  EXPECT_EQ(texts.size(), 10u);
  EXPECT_EQ(cluster_.context, "modern");
  EXPECT_EQ(cluster_.name_space, "dev");
  EXPECT_EQ(Get({}, "sh").candidates()[0].description, "1/1 Running");
}

TEST_F(CompleteExecTest, OffersTheObjectsOfAType) {
  EXPECT_THAT(Texts({}, "deploy/"), ElementsAre("deploy/web"));
  EXPECT_THAT(Texts({}, "deployments.apps/w"), ElementsAre("deployments.apps/web"));
  EXPECT_THAT(Texts({}, "pod/s"), ElementsAre("pod/shell"));
  EXPECT_THAT(Texts({}, "bogus/"), IsEmpty());
}

TEST_F(CompleteExecTest, OffersOneObjectAlone) {
  EXPECT_THAT(Texts({"shell"}, ""), IsEmpty());
  EXPECT_THAT(Texts({"-f", "x.yaml"}, ""), IsEmpty());
}

TEST_F(CompleteExecTest, OffersNothingOfTheCommand) {
  const Completion completion = Get({"shell", "--"}, "");
  EXPECT_THAT(completion.candidates(), IsEmpty());
  EXPECT_EQ(completion.names, Completion::Names::kNone);
  EXPECT_THAT(cluster_.asked, IsEmpty());
}

TEST_F(CompleteExecTest, OffersFlagsThatAreNotThereYet) {
  const Words texts = Texts({"--context", "c", "-f", "x", "-t"}, "--");
  EXPECT_THAT(texts, IsSupersetOf({"--stdin", "--namespace", "--filename", "--record-stdin"}));
  EXPECT_THAT(texts, Not(Contains("--context")));
  EXPECT_THAT(texts, Not(Contains("--tty")));
  EXPECT_THAT(Texts({}, "-"), IsSupersetOf({"-i", "-c", "--stdin"}));
  EXPECT_THAT(cluster_.asked, IsEmpty());
}

TEST_F(CompleteExecTest, OffersTheValuesThatAFlagTakes) {
  EXPECT_THAT(Texts({"--leash"}, ""), ElementsAre("hangup", "kill", "off"));
  EXPECT_THAT(Texts({}, "--record-stdout=d"), ElementsAre("--record-stdout=digest"));
  EXPECT_THAT(Texts({}, "--tty="), ElementsAre("--tty=true", "--tty=false"));
  EXPECT_THAT(Texts({}, "--bogus="), IsEmpty());
  EXPECT_THAT(Texts({"--reason"}, ""), IsEmpty());
  EXPECT_EQ(Get({"--kubeconfig"}, "").names, Completion::Names::kFiles);
  EXPECT_EQ(Get({"--cache-dir"}, "").names, Completion::Names::kDirectories);
}

TEST_F(CompleteExecTest, OffersTheKubeconfigsNames) {
  EXPECT_THAT(Texts({"--context"}, ""), ElementsAre("alice@modern", "modern"));
  EXPECT_THAT(Texts({}, "--context=al"), ElementsAre("--context=alice@modern"));
  EXPECT_THAT(Texts({"--cluster"}, ""), ElementsAre("main"));
  EXPECT_THAT(Texts({"--user"}, ""), ElementsAre("admin"));
}

TEST_F(CompleteExecTest, OffersNamespaces) {
  EXPECT_THAT(Texts({"-n"}, "d"), ElementsAre("default", "dev"));
  EXPECT_THAT(Texts({}, "-nde"), ElementsAre("-ndefault", "-ndev"));
}

TEST_F(CompleteExecTest, OffersTheContextsNamespacesToWhoMayNotListThem) {
  cluster_.forbidden = true;
  EXPECT_THAT(Texts({"-n"}, ""), ElementsAre("shop"));
  EXPECT_THAT(Get({"-n"}, "").problems, ElementsAre("forbidden"));
}

TEST_F(CompleteExecTest, OffersTheContainersOfThePodOnTheLine) {
  EXPECT_THAT(Texts({"multi", "-c"}, ""), ElementsAre("second", "first", "setup"));
  EXPECT_THAT(Texts({"deploy/web"}, "--container=f"), ElementsAre("--container=first"));
  EXPECT_THAT(cluster_.asked, ElementsAre("pod multi", "pod deploy/web"));
  EXPECT_EQ(Get({"multi", "-c"}, "se").candidates()[1].description, "img (init)");
  EXPECT_THAT(Texts({"-c"}, ""), IsEmpty());
  cluster_.asked.clear();
  EXPECT_THAT(Texts({"-f", "-", "-f", "https://x/y", "-c"}, ""), IsEmpty());
  EXPECT_THAT(cluster_.asked, IsEmpty());
}

TEST_F(CompleteExecTest, OffersRecordingsToReap) {
  EXPECT_THAT(Texts({"--reap"}, ""), ElementsAre("019b", "019a"));
}

}  // namespace
}  // namespace secure_exec
