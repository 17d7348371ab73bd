#include "plugin/api/status.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

constexpr char kNotFound[] =
    R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods \"x\" not found","reason":"NotFound","details":{"name":"x","kind":"pods"},"code":404})";
constexpr char kExit7[] =
    R"({"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: exit status 7","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}})";

std::string WithExitCode(const std::string& code) {
  std::string text = kExit7;
  text.replace(text.find("\"message\":\"7\"") + 11, 1, code);
  return text;
}

TEST(ErrorFromResponse, AStatusAsKubectlPrintsIt) {
  const Error error = ErrorFromResponse(404, kNotFound, "pods \"x\"");
  EXPECT_EQ(error.message, "Error from server (NotFound): pods \"x\" not found");
  EXPECT_EQ(error.kind, ErrorKind::kVerbatim);
}

TEST(ErrorFromResponse, UnauthorizedHasItsOwnText) {
  EXPECT_EQ(ErrorFromResponse(401, "", "x").message,
            "error: You must be logged in to the server (Unauthorized)");
}

TEST(ErrorFromResponse, SomethingElseIsShownOnOneSafeLine) {
  const std::string text =
      ErrorFromResponse(502, "<html>\r\n\x1b]0;x\x07 bad gateway\n", "pods \"x\"").message;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_NE(text.find("502"), std::string::npos);
  EXPECT_NE(text.find("bad gateway"), std::string::npos);
}

TEST(ErrorFromResponse, AnEmptyBodyStillSaysSomething) {
  EXPECT_EQ(ErrorFromResponse(403, "", "pods \"x\"").message,
            "Error from server: HTTP 403 with an empty body for pods \"x\"");
}

TEST(SafeForTerminal, DropsControlsAndBadBytes) {
  EXPECT_EQ(SafeForTerminal("a\x1b[31mb\xff\xc2\x9b"
                            "c\n"),
            "a [31mb\xEF\xBF\xBD c");
}

TEST(SafeForTerminal, CutsAtTheLimit) {
  EXPECT_EQ(SafeForTerminal(std::string(100, 'x'), 10), "xxxxxxxxxx...");
}

TEST(SafeForTerminal, SurvivesACutCharacter) {
  EXPECT_EQ(SafeForTerminal("a\xe2\x82"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(ParseRemoteExit, Success) {
  auto exit = ParseRemoteExit(R"({"metadata":{},"status":"Success"})");
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->code, 0);
  EXPECT_TRUE(exit->from_program);
}

TEST(ParseRemoteExit, TheProgramsExitCode) {
  auto exit = ParseRemoteExit(kExit7);
  EXPECT_EQ(exit->code, 7);
  EXPECT_EQ(exit->message, "command terminated with exit code 7");
}

TEST(ParseRemoteExit, ExitCodesAtTheEdges) {
  EXPECT_EQ(ParseRemoteExit(WithExitCode("255"))->code, 255);
  for (const char* bad : {"300", "256", "0", "-1", "", "7x", "99999999999999999999"}) {
    auto exit = ParseRemoteExit(WithExitCode(bad));
    EXPECT_EQ(exit->code, 1) << bad;
    EXPECT_FALSE(exit->from_program) << bad;
    EXPECT_EQ(
        exit->message,
        std::string("error: error stream protocol error: invalid exit code value \"") + bad + "\"");
  }
}

TEST(ParseRemoteExit, ARuntimeFailureIsNotTheProgram) {
  auto exit = ParseRemoteExit(
      R"({"status":"Failure","message":"Internal error occurred: error executing command in container: x","reason":"InternalError","code":500})");
  EXPECT_EQ(exit->code, 1);
  EXPECT_FALSE(exit->from_program);
  EXPECT_EQ(exit->message,
            "error: Internal error occurred: error executing command in container: x");
}

TEST(ParseRemoteExit, EveryPrefixOfAStatusIsNoStatus) {
  const std::string whole = kExit7;
  for (size_t size = 0; size < whole.size(); ++size) {
    auto exit = ParseRemoteExit(whole.substr(0, size));
    ASSERT_FALSE(exit.has_value()) << size;
    EXPECT_EQ(exit.error().kind, ErrorKind::kConnectionLost);
  }
}

TEST(ParseRemoteExit, NeverSuccessUnlessItSaysSo) {
  for (const char* text : {"{}", "[]", "null", R"({"status":"success"})", R"({"status":1})",
                           R"("Success")", R"({"status":"Failure"})"}) {
    auto exit = ParseRemoteExit(text);
    EXPECT_TRUE(!exit || exit->code != 0) << text;
  }
}

}  // namespace
}  // namespace secure_exec
