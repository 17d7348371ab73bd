#include "plugin/remote/status_collector.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

TEST(StatusCollector, ABreakBehindAWholeStatusIsNone) {
  StatusCollector status;
  status.Append(R"({"metadata":{},"sta)");
  EXPECT_FALSE(status.Lost("reset"));
  status.Append(R"(tus":"Success"})");
  EXPECT_TRUE(status.Lost("reset"));
  EXPECT_EQ(R"({"metadata":{},"status":"Success"})", status.bytes());
}

TEST(StatusCollector, ABreakIsToldInKubectlsWords) {
  const auto lost = StatusCollector().Lost("next reader: reset");
  ASSERT_FALSE(lost);
  EXPECT_EQ(ErrorKind::kConnectionLost, lost.error().kind);
  EXPECT_EQ("error reading from error stream: next reader: reset", lost.error().message);
}

TEST(StatusCollector, IsBounded) {
  StatusCollector status;
  status.Append(R"({"metadata":{},"status":"Success"})");
  status.Append(std::string(StatusCollector::kMaxBytes, ' '));
  EXPECT_TRUE(status.too_long());
  EXPECT_LE(status.bytes().size(), StatusCollector::kMaxBytes);
  EXPECT_FALSE(status.Lost(""));
}

}  // namespace
}  // namespace secure_exec
