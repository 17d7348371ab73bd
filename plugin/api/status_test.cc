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
  const Error with_status = ErrorFromResponse(
      401,
      R"({"kind":"Status","status":"Failure","message":"Unauthorized","reason":"Unauthorized"})",
      "get pods x");
  EXPECT_EQ(with_status.message, "You must be logged in to the server (Unauthorized)");
  EXPECT_EQ(with_status.kind, ErrorKind::kUnauthorized);
  EXPECT_EQ(ErrorFromResponse(401, "<html>", "get pods x").message,
            "You must be logged in to the server (the server has asked for the client to provide "
            "credentials (get pods x))");
}

// Each as kubectl 1.36 printed it for the same answer, but for 302 and empty texts, where it says
// less.
TEST(ErrorFromResponse, WhatIsNoStatusIsWordedAsClientGoDoes) {
  struct Case {
    int code;
    const char* body;
    const char* text;
  };
  const Case cases[] = {
      {400, "bad", " (BadRequest): the server rejected our request for an unknown reason"},
      {403, "go away\nplease", " (Forbidden): go away please"},
      {403, "", " (Forbidden): the server gave no reason"},
      {404, "404 page not found\n",
       " (NotFound): the server could not find the requested resource"},
      {405, "",
       " (MethodNotAllowed): the server does not allow this method on the requested resource"},
      {429, "slow",
       " (TooManyRequests): the server has received too many requests and has asked us to try "
       "again later"},
      {502, "<html>\r\n\x1b]0;x\x07 bad gateway\n",
       " (InternalError): an error on the server (\"<html> ]0;x bad gateway\") has prevented the "
       "request from succeeding"},
      {503, "upstream",
       " (ServiceUnavailable): the server is currently unable to handle the request"},
      {418, "tea",
       ": the server responded with the status code 418 but did not return more information"},
      {302, "moved",
       ": the server answered 302, a redirect, which is not followed: is `server` in the "
       "kubeconfig the API server's own URL?"}};
  for (const Case& each : cases)
    EXPECT_EQ(ErrorFromResponse(each.code, each.body, "get pods x").message,
              std::string("Error from server") + each.text + " (get pods x)");
}

TEST(ErrorFromResponse, AStatusWithGaps) {
  EXPECT_EQ(ErrorFromResponse(500, R"({"kind":"Status","message":"m"})", "x").message,
            "Error from server: m");
  EXPECT_EQ(ErrorFromResponse(500, R"({"kind":"Status","reason":"InternalError"})", "x").message,
            "Error from server (InternalError): the server gave no reason (HTTP 500)");
}

TEST(SafeForTerminal, ShowsWhereTextIsHiddenOrReordered) {
  EXPECT_EQ(SafeForTerminal("a\u202Eb\u200Bc\U000E0041"), "a\uFFFDb\uFFFDc\uFFFD");
  EXPECT_EQ(SafeForTerminal("é 日本 \U0001F600"), "é 日本 \U0001F600");
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

TEST(ParseRemoteExit, NoExitCodeIsNotTheProgram) {
  auto exit = ParseRemoteExit(R"({"status":"Failure","reason":"NonZeroExitCode"})");
  EXPECT_EQ(exit->code, 1);
  EXPECT_FALSE(exit->from_program);
}

TEST(ParseApiStatus, LooksAt64KiBAlone) {
  const std::string start = R"({"kind":"Status","message":")", end = "\"}";
  const std::string fits(64 * 1024 - start.size() - end.size(), 'x');
  EXPECT_TRUE(ParseApiStatus(start + fits + end).has_value());
  EXPECT_FALSE(ParseApiStatus(start + fits + "x" + end).has_value());
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
