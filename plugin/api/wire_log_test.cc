#include "plugin/api/wire_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>
#include <regex>

namespace secure_exec {
namespace {

class WireLogTest : public testing::Test {
 protected:
  WireLog& At(int verbosity) {
    log_.emplace(verbosity, clock_, [this](const std::string& entry) { text_ += entry + "\n"; });
    log_->SetServer("https://h:6443");
    return *log_;
  }
  void Exchange(const WireLog& log, std::string_view answer = "{}",
                const HeaderList& headers = {{"Accept", "application/json"},
                                             {"Authorization", "Bearer s3cr3t"}}) {
    const WireExchange exchange(&log, "GET", "/api/v1/namespaces/d/pods/p", headers, "");
    clock_.Advance(12 * kMillisecond + 999);
    exchange.Answered("200 OK", {{"Date", "now"}, {"Content-Type", "application/json"}}, answer,
                      WireTimings{.looked_up = 1000,
                                  .connected = 3000,
                                  .secured = 6000,
                                  .sent = 6000,
                                  .answered = 10999});
  }
  // What the log has without klog's beginnings.
  std::string Texts() const {
    return std::regex_replace(text_, std::regex("(^|\n)I\\d{4} [^\\]]*\\] "), "$1");
  }
  std::string BodyShown(std::string_view body, int verbosity = 10) {
    text_.clear();
    Exchange(At(verbosity), body);
    const size_t at = text_.find("\"Response Body\" body=");
    return at == std::string::npos ? "" : text_.substr(at + 21, text_.size() - at - 22);
  }

  FakeClock clock_;
  std::optional<WireLog> log_;
  std::string text_;
};

TEST_F(WireLogTest, ALineBeginsAsKlogs) {
  Exchange(At(6));
  EXPECT_TRUE(
      std::regex_match(text_, std::regex(fmt::format("I\\d{{4}} \\d\\d:\\d\\d:\\d\\d\\.012000 {:7} "
                                                     "wire_log\\.cc:\\d+\\] \"Response\" .*\n",
                                                     getpid()))))
      << text_;
}

TEST_F(WireLogTest, BelowSixNothing) {
  Exchange(At(5));
  EXPECT_EQ(text_, "");
  EXPECT_FALSE(log_->on());
}

TEST_F(WireLogTest, SixHasOneLineForEachRequest) {
  Exchange(At(6));
  EXPECT_EQ(Texts(),
            "\"Response\" verb=\"GET\" url=\"https://h:6443/api/v1/namespaces/d/pods/p\" "
            "status=\"200 OK\" milliseconds=12\n");
}

TEST_F(WireLogTest, SevenAddsTheRequestsHeaders) {
  Exchange(At(7));
  EXPECT_EQ(Texts(),
            "\"Request\" verb=\"GET\" url=\"https://h:6443/api/v1/namespaces/d/pods/p\" headers=<\n"
            "\tAccept: application/json\n"
            "\tAuthorization: Bearer <masked>\n"
            " >\n"
            "\"Response\" verb=\"GET\" url=\"https://h:6443/api/v1/namespaces/d/pods/p\" "
            "status=\"200 OK\" milliseconds=12\n");
}

TEST_F(WireLogTest, EightAddsTheAnswersHeadersAndBody) {
  Exchange(At(8), "{\"kind\":\"Pod\"}");
  EXPECT_NE(Texts().find("status=\"200 OK\" headers=<\n"
                         "\tContent-Type: application/json\n"
                         "\tDate: now\n"
                         " > milliseconds=12\n"
                         "\"Response Body\" body=\"{\\\"kind\\\":\\\"Pod\\\"}\"\n"),
            std::string::npos)
      << Texts();
}

TEST_F(WireLogTest, NineAddsWhereTheTimeWent) {
  Exchange(At(9));
  EXPECT_NE(Texts().find("milliseconds=12 dnsLookupMilliseconds=1 dialMilliseconds=2 "
                         "tlsHandshakeMilliseconds=3 serverProcessingMilliseconds=4\n"),
            std::string::npos)
      << Texts();
}

TEST_F(WireLogTest, BodiesAreCutAsKubectlCutsThem) {
  const std::string body(20000, 'x');
  EXPECT_EQ(BodyShown(body, 7), "");
  EXPECT_EQ(BodyShown(body, 8), "\"" + std::string(1024, 'x') + " [truncated 18976 chars]\"");
  EXPECT_EQ(BodyShown(body, 9), "\"" + std::string(10240, 'x') + " [truncated 9760 chars]\"");
  EXPECT_EQ(BodyShown(body, 10), "\"" + body + "\"");
}

TEST_F(WireLogTest, AnAnswerThatDidNotCome) {
  const WireExchange exchange(&At(9), "GET", "/x", {}, "");
  text_.clear();
  exchange.Answered("", {}, std::nullopt);
  EXPECT_EQ(Texts(),
            "\"Response\" verb=\"GET\" url=\"https://h:6443/x\" status=\"\" milliseconds=0\n");
}

TEST_F(WireLogTest, WithoutALogNothingHappens) {
  const WireExchange exchange(nullptr, "GET", "/x", {}, "");
  exchange.Answered("200 OK", {}, "");
}

TEST_F(WireLogTest, RequestBodies) {
  const WireExchange exchange(&At(8), "POST", "/x", {}, R"({"a":1,"password":"p"})");
  EXPECT_NE(Texts().find(R"("Request Body" body="{\"a\":1,\"password\":\"<masked>\"}")"),
            std::string::npos)
      << Texts();
}

TEST_F(WireLogTest, HeadersThatHoldCredentials) {
  Exchange(At(7), "",
           {{"authorization", "basic dTpw"},
            {"Proxy-Authorization", "Basic dTpw"},
            {"Cookie", "a=s3cr3t"},
            {"X-Auth-Token", "s3cr3t"},
            {"X-Api-Key", "s3cr3t"},
            {"Location", "https://u:s3cr3t@h/x?access_token=s3cr3t&b=1"}});
  EXPECT_EQ(text_.find("s3cr3t"), std::string::npos) << text_;
  EXPECT_EQ(text_.find("dTpw"), std::string::npos) << text_;
  EXPECT_NE(text_.find("\tLocation: https://<masked>@h/x?access_token=<masked>&b=1\n"),
            std::string::npos)
      << text_;
}

TEST_F(WireLogTest, UrlsThatHoldCredentials) {
  At(6).SetServer("https://u:s3cr3t@h:1");
  const WireExchange exchange(&*log_, "GET", "/p?a=1&Token=s3cr3t&command=x&password=", {}, "");
  exchange.Answered("200 OK", {}, "");
  EXPECT_NE(text_.find("url=\"https://<masked>@h:1/p?a=1&Token=<masked>&command=x&"
                       "password=<masked>\""),
            std::string::npos)
      << text_;
}

TEST_F(WireLogTest, FieldsOfBodiesThatCouldBeSecrets) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"status":{"token":"s"}})", R"({"status":{"token":"<masked>"}})"},
      {R"({"clientKeyData":"s","n":1})", R"({"clientKeyData":"<masked>","n":1})"},
      {R"({"tokens":["s",["t"],1]})", R"({"tokens":["<masked>",["<masked>"],1]})"},
      {R"({"env":[{"name":"A","value":"s"},{"name":"B"}]})",
       R"({"env":[{"name":"A","value":"<masked>"},{"name":"B"}]})"},
      {R"({"command":["sh","-c","s"],"args":["s"]})",
       R"({"args":["<masked>"],"command":["<masked>","<masked>","<masked>"]})"},
      {R"({"kind":"Secret","data":{"a":"s"},"stringData":{"b":"s"}})",
       R"({"data":{"a":"<masked>"},"kind":"Secret","stringData":{"b":"<masked>"}})"},
      {R"({"annotations":{"last":"{\"a\":\"s\"}"}})", R"({"annotations":{"last":"<masked>"}})"},
      {R"([{"password":"s"}])", R"([{"password":"<masked>"}])"},
      {R"({"secretKeyRef":{"name":"n","key":"k"},"secret":{"secretName":"x"}})",
       R"({"secret":{"secretName":"<masked>"},"secretKeyRef":{"key":"k","name":"n"}})"},
      {R"({"metadata":{"name":"p"},"automountServiceAccountToken":false})",
       R"({"automountServiceAccountToken":false,"metadata":{"name":"p"}})"},
  };
  for (const auto& [body, shown] : cases) {
    const std::string quoted = BodyShown(body);
    EXPECT_EQ(std::regex_replace(quoted, std::regex(R"(\\")"), "\""), fmt::format("\"{}\"", shown))
        << body;
  }
}

TEST_F(WireLogTest, BodiesThatOnlyLookLikeJsonAreNotShown) {
  EXPECT_EQ(BodyShown(R"({"password":"s")"), "\"<15 bytes that cannot be read as JSON>\"");
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_EQ(BodyShown(deep), "\"<200000 bytes that cannot be read as JSON>\"");
}

TEST_F(WireLogTest, ASecretItWasToldOfStandsNowhere) {
  WireLog& log = At(10);
  log.AddSecret("hunter2hunter2");
  log.AddSecret("hunter2");
  log.AddSecret("ab");
  const WireExchange exchange(&log, "GET", "/x?command=hunter2hunter2", {{"X-A", "hunter2"}}, "");
  exchange.Answered("200 hunter2", {{"Hunter2-hunter2", "hunter2hunter2ab"}},
                    R"(you sent {hunter2} and "hunter2hunter2")");
  exchange.Answered("200", {}, R"({"a":["hunter2","h\u0075nter2"],"hunter2":1})");
  EXPECT_EQ(text_.find("hunter2"), std::string::npos) << text_;
  EXPECT_NE(text_.find("<masked>ab"), std::string::npos) << "too short to be masked everywhere";
}

TEST_F(WireLogTest, AServerDoesNotDriveTheTerminal) {
  const WireExchange exchange(&At(8), "GET", "/x", {}, "");
  exchange.Answered("200 \x1b[2J", {{"A\x1b]0;", "b\x9b\x07"}}, "\x1b[31m\xe2\x80\xae\xff\r\n");
  for (const char c : text_) EXPECT_TRUE(c == '\n' || c == '\t' || c >= ' ' || c < 0);
  EXPECT_EQ(text_.find("\xe2\x80\xae"), std::string::npos);
}

}  // namespace
}  // namespace secure_exec
