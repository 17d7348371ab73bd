#include "plugin/target/resource_type.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

// In order of preference, as Discover() gives them. Old servers leave singular names out.
const std::vector<ApiResource>& Resources() {
  static const std::vector<ApiResource> resources = {
      {"", "v1", "pods", "", "Pod", {"po"}},
      {"", "v1", "events", "event", "Event", {"ev"}},
      {"", "v1", "endpoints", "", "Endpoints", {"ep"}},
      {"apps", "v1", "deployments", "deployment", "Deployment", {"deploy"}},
      {"apps", "v1beta2", "deployments", "deployment", "Deployment", {"deploy"}},
      {"events.k8s.io", "v1", "events", "event", "Event", {"ev"}},
      {"storage.k8s.io", "v1", "storageclasses", "storageclass", "StorageClass", {"sc"}, false},
      {"z.example", "v1", "things", "item", "Thing", {"event", "pods2", "tg"}},
  };
  return resources;
}

std::string Find(std::string_view typed) {
  const ApiResource* found = FindResource(Resources(), typed);
  return found == nullptr ? "" : QualifiedName(*found) + " " + ApiVersion(*found);
}

TEST(FindResource, ByPluralSingularAndCase) {
  for (const char* typed : {"pods", "pod", "Pod", "PODS", "po"}) EXPECT_EQ("pods v1", Find(typed));
  EXPECT_EQ("storageclasses.storage.k8s.io storage.k8s.io/v1", Find("StorageClass"));
}

TEST(FindResource, ShortNamesAreExact) {
  EXPECT_EQ("deployments.apps apps/v1", Find("deploy"));
  EXPECT_EQ("", Find("DEPLOY"));
  EXPECT_EQ("", Find("dep"));
}

TEST(FindResource, TheFirstOfSeveralCounts) {
  EXPECT_EQ("events v1", Find("events"));
  EXPECT_EQ("events v1", Find("ev"));
  EXPECT_EQ("deployments.apps apps/v1", Find("deployments"));
}

TEST(FindResource, ANameBeatsAShortName) {
  EXPECT_EQ("events v1", Find("event"));
  EXPECT_EQ("things.z.example z.example/v1", Find("event.z.example"));
}

TEST(FindResource, ByGroupAndVersion) {
  EXPECT_EQ("deployments.apps apps/v1", Find("deployments.apps"));
  EXPECT_EQ("deployments.apps apps/v1beta2", Find("deployments.v1beta2.apps"));
  EXPECT_EQ("events.events.k8s.io events.k8s.io/v1", Find("ev.events.k8s.io"));
  EXPECT_EQ("pods v1", Find("pods.v1."));
  EXPECT_EQ("", Find("pods.v1"));
  EXPECT_EQ("", Find("deployments.v2.apps"));
  EXPECT_EQ("", Find("deployments.extensions"));
}

TEST(FindResource, AGroupMayBeCutShort) {
  EXPECT_EQ("storageclasses.storage.k8s.io storage.k8s.io/v1", Find("storageclass.storage"));
  EXPECT_EQ("storageclasses.storage.k8s.io storage.k8s.io/v1", Find("sc.stor"));
}

TEST(FindResource, AKindServesWhereNoNameDoes) {
  EXPECT_EQ("things.z.example z.example/v1", Find("Thing.z.example"));
  EXPECT_EQ("things.z.example z.example/v1", Find("thing.v1.z.example"));
  EXPECT_EQ("", Find("Thing")) << "its group is not the core group";
}

TEST(FindResource, NothingIsNothing) {
  for (const char* typed : {"", ".", "..", "...", ",", "*", ".apps", "bogus", "pods."}) {
    if (std::string_view(typed) == "pods.") {
      EXPECT_EQ("pods v1", Find(typed));
    } else {
      EXPECT_EQ("", Find(typed)) << typed;
    }
  }
}

TEST(FindStandardResource, GivesWhatDiscoveryGives) {
  std::vector<ApiResource> server(StandardResources().begin(), StandardResources().end());
  server.push_back({"apps.example", "v1", "deployments", "deployment", "Deployment", {"deploy"}});
  server.push_back({"z.example", "v1", "pods", "pod", "Pod", {"svc"}});
  for (const ApiResource& each : StandardResources()) {
    std::vector<std::string> names = {each.plural, each.singular, each.kind};
    names.insert(names.end(), each.short_names.begin(), each.short_names.end());
    for (const std::string& name : names) {
      for (const std::string& typed :
           {name, name + "." + each.group, name + "." + each.version + "." + each.group}) {
        const ApiResource* ours = FindStandardResource(typed);
        const ApiResource* theirs = FindResource(server, typed);
        if (ours == nullptr) continue;
        ASSERT_NE(nullptr, theirs) << typed;
        EXPECT_EQ(QualifiedName(*theirs), QualifiedName(*ours)) << typed;
      }
      EXPECT_NE(nullptr, FindStandardResource(name)) << name;
    }
  }
}

TEST(FindStandardResource, DoesNotGuessAtGroups) {
  EXPECT_EQ(nullptr, FindStandardResource("deployments.app"));
  EXPECT_EQ(nullptr, FindStandardResource("deployments.v1beta1.apps"));
  EXPECT_EQ(nullptr, FindStandardResource("configmap"));
}

TEST(ResourcePath, NamesTheNamespaceWhereThereIsOne) {
  EXPECT_EQ("/apis/apps/v1/namespaces/dev/deployments",
            ResourcePath(*FindStandardResource("deploy"), "dev"));
  EXPECT_EQ("/apis/storage.k8s.io/v1/storageclasses",
            ResourcePath(*FindResource(Resources(), "sc"), "dev"));
  EXPECT_EQ("*v1.Deployment", GoTypeName(*FindStandardResource("deploy")));
}

}  // namespace
}  // namespace secure_exec
