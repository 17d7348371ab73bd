#include <gtest/gtest.h>

#include "plugin/remote/remote_command.h"

namespace secure_exec {
namespace {

ExecRequest Request() {
  ExecRequest request;
  request.name_space = "default";
  request.pod = "one";
  request.container = "app";
  request.command = {"date"};
  return request;
}

// kubectl 1.32.4's own request lines.
TEST(ExecPath, IsWhatKubectlSends) {
  ExecRequest request = Request();
  request.stderr_open = true;
  EXPECT_EQ(
      "/api/v1/namespaces/default/pods/one/exec?command=date&container=app&stderr=true&stdout=true",
      ExecPath(request));
}

TEST(ExecPath, TtyHasNoStderr) {
  ExecRequest request = Request();
  request.command = {"sh"};
  request.stdin_open = request.tty = true;
  request.stderr_open = false;
  EXPECT_EQ(
      "/api/v1/namespaces/default/pods/one/exec?command=sh&container=app&stdin=true&stdout=true&"
      "tty=true",
      ExecPath(request));
}

TEST(ExecPath, KeepsTheOrderOfArguments) {
  ExecRequest request = Request();
  request.command = {"b", "a", "", "a"};
  request.stderr_open = false;
  EXPECT_EQ(
      "/api/v1/namespaces/default/pods/one/exec?command=b&command=a&command=&command=a&"
      "container=app&stdout=true",
      ExecPath(request));
}

TEST(ExecPath, EscapesEveryByteThatMeansSomething) {
  ExecRequest request = Request();
  request.container.clear();
  request.stderr_open = false;
  request.command = {"a b&c=d+e%f\n#?/\xc3\xbc~"};
  EXPECT_EQ(
      "/api/v1/namespaces/default/pods/one/exec?command=a+b%26c%3Dd%2Be%25f%0A%23%3F%2F%C3%BC~&"
      "stdout=true",
      ExecPath(request));
}

TEST(ExecPath, ANameCannotLeaveItsSegment) {
  ExecRequest request = Request();
  request.pod = "../x?y";
  request.name_space = "a b";
  request.stderr_open = false;
  EXPECT_EQ("/api/v1/namespaces/a%20b/pods/..%2Fx%3Fy/exec?command=date&container=app&stdout=true",
            ExecPath(request));
}

}  // namespace
}  // namespace secure_exec
