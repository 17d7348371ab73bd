#include "plugin/target/find_pod.h"

#include <gtest/gtest.h>

#include <map>

namespace secure_exec {
namespace {

std::string Status(int code, const std::string& reason, const std::string& message) {
  return fmt::format(
      R"({{"kind":"Status","status":"Failure","code":{},"reason":"{}","message":"{}"}})", code,
      reason, message);
}

std::string PodText(const std::string& name) {
  return R"({"kind":"Pod","metadata":{"name":")" + name + R"(","namespace":"else"}})";
}

constexpr char kPods[] = "/api/v1/namespaces/dev/pods";
constexpr char kListPath[] = "/api/v1/namespaces/dev/pods?labelSelector=app%3Dweb&limit=100";
constexpr char kService[] = R"({"kind":"Service","spec":{"selector":{"app":"web"}}})";

// Answers by path, one after the other where there are several; the last goes on for ever.
class FakeServer {
 public:
  void Answer(const std::string& path, int code, const std::string& body) {
    answers_[path].push_back({code, body, 0});
  }
  // A watch that says `body`, and takes so long.
  void AnswerWatch(const std::string& version, int code, const std::string& body, int64_t ns) {
    answers_[fmt::format("{}?labelSelector=app%3Dweb&resourceVersion={}&watch=true", kPods,
                         version)]
        .push_back({code, body, ns});
  }
  void AnswerList(const std::string& items, const std::string& version) {
    Answer(kListPath, 200,
           R"({"kind":"PodList","metadata":{"resourceVersion":")" + version + R"("},"items":[)" +
               items + "]}");
  }

  Result<Pod> Find(const std::string& typed, int64_t timeout_ns = 10 * kSecond) {
    const TargetWorld world{.send = [this](const HttpRequest& request) { return Send(request); },
                            .pause =
                                [this](int64_t ns) {
                                  ++pauses;
                                  clock.Advance(ns);
                                },
                            .clock = clock};
    return FindPod(world, {.typed = typed, .files = {}, .pod_timeout_ns = timeout_ns}, "dev");
  }
  std::string Outcome(const std::string& typed) {
    const auto pod = Find(typed);
    return pod ? pod->name_space + "/" + pod->name : pod.error().message;
  }

  FakeClock clock;
  std::vector<std::string> requests;
  int pauses = 0;

 private:
  struct Reply {
    int code;
    std::string body;
    int64_t takes_ns;
  };
  static HttpResponse Answered(int code, const std::string& body) {
    HttpResponse response;
    response.code = code;
    response.body = body;
    return response;
  }
  Result<HttpResponse> Send(const HttpRequest& request) {
    requests.push_back(request.path);
    auto& replies = answers_[request.path];
    if (replies.empty()) return Answered(404, "404 page not found");
    const Reply reply = replies.front();
    if (replies.size() > 1) replies.erase(replies.begin());
    if (request.timeout_ns > 0 && reply.takes_ns >= request.timeout_ns) {
      clock.Advance(request.timeout_ns);
      return Fail(ErrorKind::kVerbatim, "Unable to connect to the server: timeout");
    }
    clock.Advance(reply.takes_ns);
    if (!request.on_data || reply.code != 200) return Answered(reply.code, reply.body);
    for (const char& byte : reply.body) {
      if (!request.on_data({&byte, 1})) break;
    }
    return Answered(200, "");
  }

  std::map<std::string, std::vector<Reply>> answers_;
};

std::string Event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

TEST(FindPod, APodTakesOneRequest) {
  FakeServer server;
  server.Answer(std::string(kPods) + "/p", 200, PodText("p"));
  for (const char* typed : {"p", "pod/p", "po/p", "Pods/p", "pods.v1./p"}) {
    server.requests.clear();
    EXPECT_EQ("dev/p", server.Outcome(typed));
    EXPECT_EQ(1u, server.requests.size()) << typed;
  }
}

TEST(FindPod, AServersNamesAreChecked) {
  FakeServer server;
  server.Answer(std::string(kPods) + "/p", 200, PodText("q"));
  EXPECT_EQ("the server answered with pod q where p was asked for", server.Outcome("p"));
  server.Answer("/api/v1/namespaces/dev/services/s", 200, kService);
  server.AnswerList(PodText("../../x"), "1");
  EXPECT_TRUE(server.Outcome("svc/s").starts_with("the server sent a pod with the name"));
}

TEST(FindPod, MalformedNamesReachNoServer) {
  FakeServer server;
  const std::string slashes = "arguments in resource/name form may not have more than one slash";
  const std::string form = "arguments in resource/name form must have a single resource and name";
  EXPECT_EQ(slashes, server.Outcome("a/b/c"));
  for (const char* typed : {"/", "/x", "pod/", "pod,svc/x"}) EXPECT_EQ(form, server.Outcome(typed));
  EXPECT_EQ("invalid resource name \"a%b\": [may not contain '%']", server.Outcome("svc/a%b"));
  EXPECT_EQ("invalid resource name \"..\": [may not be '..']", server.Outcome(".."));
  EXPECT_TRUE(server.requests.empty());
}

TEST(FindPod, AsksWhetherTheNamespaceIsMissing) {
  FakeServer server;
  server.Answer(std::string(kPods) + "/p", 404, Status(404, "NotFound", "no pod"));
  server.Answer("/api/v1/namespaces/dev", 403, Status(403, "Forbidden", "no"));
  EXPECT_EQ("Error from server (NotFound): no pod", server.Outcome("p"));
  FakeServer other;
  other.Answer(std::string(kPods) + "/p", 404, Status(404, "NotFound", "no pod"));
  other.Answer("/api/v1/namespaces/dev", 404, Status(404, "NotFound", "no namespace"));
  EXPECT_EQ("Error from server (NotFound): no namespace", other.Outcome("p"));
}

TEST(FindPod, TakesAPodThatIsSelected) {
  FakeServer server;
  server.Answer("/api/v1/namespaces/dev/services/s", 200, kService);
  server.AnswerList(PodText("p"), "1");
  EXPECT_EQ("dev/p", server.Outcome("svc/s"));
  EXPECT_EQ(2u, server.requests.size());
}

TEST(FindPod, ListsInPages) {
  FakeServer server;
  server.Answer("/api/v1/namespaces/dev/services/s", 200, kService);
  server.Answer(kListPath, 200, R"({"kind":"PodList","metadata":{"continue":"t1"},"items":[]})");
  server.Answer(std::string(kListPath) + "&continue=t1", 200,
                R"({"kind":"PodList","items":[{"metadata":{"name":"late"}}]})");
  EXPECT_EQ("dev/late", server.Outcome("svc/s"));
  FakeServer endless;
  endless.Answer("/api/v1/namespaces/dev/services/s", 200, kService);
  endless.Answer(kListPath, 200, R"({"kind":"PodList","metadata":{"continue":"t1"}})");
  endless.Answer(std::string(kListPath) + "&continue=t1", 200,
                 R"({"kind":"PodList","metadata":{"continue":"t1"}})");
  EXPECT_NE(std::string::npos, endless.Outcome("svc/s").find("has no end"));
  FakeServer liar;
  liar.Answer("/api/v1/namespaces/dev/services/s", 200, kService);
  liar.Answer(kListPath, 200, R"({"kind":"PodList","metadata":{"continue":"a&b=c"}})");
  EXPECT_NE(std::string::npos, liar.Outcome("svc/s").find("unusable token"));
}

class Waiting : public testing::Test {
 protected:
  Waiting() { server.Answer("/api/v1/namespaces/dev/services/s", 200, kService); }
  FakeServer server;
};

TEST_F(Waiting, TakesThePodThatComes) {
  server.AnswerList("", "7");
  server.AnswerWatch("7", 200,
                     Event("BOOKMARK", PodText("x")) + Event("DELETED", PodText("y")) +
                         Event("ADDED", PodText("p")) + Event("ADDED", PodText("q")),
                     3 * kSecond);
  EXPECT_EQ("dev/p", server.Outcome("svc/s"));
  EXPECT_EQ(0, server.pauses);
}

TEST_F(Waiting, EndsWithTheTimeout) {
  server.AnswerList("", "7");
  server.AnswerWatch("7", 200, "", 60 * kSecond);
  const int64_t began = server.clock.BootNs();
  EXPECT_EQ("timed out waiting for the condition", server.Outcome("svc/s"));
  EXPECT_EQ(10 * kSecond, server.clock.BootNs() - began);
}

TEST_F(Waiting, GoesOnAfterAWatchThatEndsEarly) {
  server.AnswerList("", "7");
  server.AnswerList("", "8");
  server.AnswerList(PodText("p"), "9");
  server.AnswerWatch("7", 200, "", 4 * kSecond);
  server.AnswerWatch("8", 200, "", 4 * kSecond);
  EXPECT_EQ("dev/p", server.Outcome("svc/s"));
  EXPECT_EQ(0, server.pauses);
}

TEST_F(Waiting, DoesNotHammerAServerThatEndsEveryWatch) {
  server.AnswerList("", "7");
  server.AnswerWatch("7", 200, "", 0);
  EXPECT_EQ("timed out waiting for the condition", server.Outcome("svc/s"));
  EXPECT_EQ(10, server.pauses);
}

TEST_F(Waiting, ListsAnewWhereTheWatchIsStale) {
  server.AnswerList("", "7");
  server.AnswerList("", "8");
  server.AnswerList(PodText("p"), "9");
  server.AnswerWatch("7", 200, Event("ERROR", Status(410, "Expired", "too old")), 0);
  server.AnswerWatch("8", 410, Status(410, "Gone", "too old"), 0);
  EXPECT_EQ("dev/p", server.Outcome("svc/s"));
}

TEST_F(Waiting, EndsWithAnError) {
  server.AnswerList("", "7");
  server.AnswerWatch("7", 200, Event("ERROR", Status(500, "InternalError", "broken")), 0);
  EXPECT_EQ("Error from server (InternalError): broken", server.Outcome("svc/s"));
  FakeServer forbidden;
  forbidden.Answer("/api/v1/namespaces/dev/services/s", 200, kService);
  forbidden.AnswerList("", "7");
  forbidden.AnswerWatch("7", 403, Status(403, "Forbidden", "no watching"), 0);
  EXPECT_EQ("Error from server (Forbidden): no watching", forbidden.Outcome("svc/s"));
}

TEST(FindPod, ListingMayBeForbidden) {
  FakeServer server;
  server.Answer("/api/v1/namespaces/dev/services/s", 200, kService);
  server.Answer(kListPath, 403, Status(403, "Forbidden", "pods is forbidden"));
  EXPECT_EQ("Error from server (Forbidden): pods is forbidden", server.Outcome("svc/s"));
}

TEST(FindPod, OtherTypesComeFromOldDiscovery) {
  FakeServer server;
  server.Answer("/api", 200, R"({"kind":"APIVersions","versions":["v1"]})");
  server.Answer("/api/v1", 200, R"({"kind":"APIResourceList","resources":[
    {"name":"pods/exec","kind":"PodExecOptions"},{"name":"nodes","kind":"Node","namespaced":false,
     "shortNames":["no"]}]})");
  server.Answer("/apis", 200, R"({"kind":"APIGroupList","groups":[
    {"name":"gone.example","versions":[{"version":"v1"}]},
    {"name":"z.example","versions":[{"version":"v1beta1"},{"version":"v1"}],
     "preferredVersion":{"version":"v1"}}]})");
  for (const char* version : {"v1", "v1beta1"})
    server.Answer(std::string("/apis/z.example/") + version, 200,
                  R"({"kind":"APIResourceList","resources":[{"name":"things","kind":"Thing",
                      "namespaced":true}]})");
  server.Answer("/api/v1/nodes/n", 200, R"({"kind":"Node"})");
  EXPECT_EQ("cannot attach to *v1.Node: selector for *v1.Node not implemented",
            server.Outcome("no/n"));
  server.Answer("/apis/z.example/v1/namespaces/dev/things/t", 200, R"({"kind":"Thing"})");
  EXPECT_EQ(
      "no kind \"Thing\" is registered for version \"z.example/v1\" in scheme "
      "\"k8s.io/kubectl/pkg/scheme/scheme.go:28\"",
      server.Outcome("thing/t"));
  EXPECT_EQ("the server doesn't have a resource type \"bogus\"", server.Outcome("bogus.v1.x/y"));
}

TEST(FindPod, OtherTypesComeFromAggregatedDiscovery) {
  FakeServer server;
  server.Answer("/api", 403, Status(403, "Forbidden", "no"));
  server.Answer("/apis", 200, R"({"kind":"APIGroupDiscoveryList","items":[
    {"metadata":{"name":"batch"},"versions":[{"version":"v1","resources":[
      {"resource":"cronjobs","singularResource":"cronjob","scope":"Namespaced",
       "responseKind":{"kind":"CronJob"},"shortNames":["cj"]}]}]}]})");
  server.Answer("/apis/batch/v1/namespaces/dev/cronjobs/x", 200, R"({"kind":"CronJob"})");
  EXPECT_EQ("cannot attach to *v1.CronJob: selector for *v1.CronJob not implemented",
            server.Outcome("cj/x"));
  EXPECT_EQ(3u, server.requests.size());
}

TEST(FindPod, AStandardTypeThatTheServerHasElsewhereIsDiscovered) {
  FakeServer server;
  server.Answer("/api", 404, "404 page not found");
  server.Answer("/apis", 200, R"({"kind":"APIGroupDiscoveryList","items":[
    {"metadata":{"name":"extensions"},"versions":[{"version":"v1beta1","resources":[
      {"resource":"deployments","scope":"Namespaced","responseKind":{"kind":"Deployment"},
       "shortNames":["deploy"]}]}]}]})");
  server.Answer("/apis/extensions/v1beta1/namespaces/dev/deployments/d", 200,
                R"({"kind":"Deployment","spec":{"selector":{"matchLabels":{"app":"web"}}}})");
  server.AnswerList(PodText("p"), "1");
  EXPECT_EQ("dev/p", server.Outcome("deploy/d"));
}

TEST(FindPod, DiscoveryThatIsNoneIsAnError) {
  FakeServer server;
  server.Answer("/api", 200, "<html>");
  EXPECT_TRUE(server.Outcome("x/y").starts_with("the server's answer for /api is no list"));
  FakeServer broken;
  broken.Answer("/api", 503, "");
  EXPECT_TRUE(broken.Outcome("x/y").starts_with("Error from server (ServiceUnavailable)"));
}

}  // namespace
}  // namespace secure_exec
