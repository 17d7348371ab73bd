#include "plugin/policy/interview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace secure_exec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Answers from a list; its end is the end of input.
class FakeTerminal final : public Terminal {
 public:
  explicit FakeTerminal(std::vector<std::string> answers) : answers_(std::move(answers)) {}
  bool Open() override { return is_there; }
  std::optional<std::string> Ask(const std::string& question) override {
    questions.push_back(question);
    if (questions.size() > answers_.size()) return std::nullopt;
    return answers_[questions.size() - 1];
  }
  bool is_there = true;
  std::vector<std::string> questions;

 private:
  std::vector<std::string> answers_;
};

class InterviewTest : public testing::Test {
 protected:
  Result<bool> Ask(FakeTerminal& terminal) {
    return Interview(options_, {.context = "prod", .name_space = "payments", .pod = "db-0"},
                     terminal, [this](const std::string& line) { said_.push_back(line); });
  }
  std::string Refusal(FakeTerminal& terminal) {
    const auto done = Ask(terminal);
    if (done) return "";
    EXPECT_EQ(done.error().kind, ErrorKind::kPolicy);
    return done.error().message;
  }
  Options options_;
  std::vector<std::string> said_;
};

TEST_F(InterviewTest, NothingWantedIsNothingAsked) {
  FakeTerminal terminal({});
  terminal.is_there = false;
  EXPECT_EQ(Ask(terminal), false);
}

TEST_F(InterviewTest, TheReasonIsAskedForAndTrimmed) {
  options_.reason_required = true;
  options_.reason_hint = "a ticket";
  FakeTerminal terminal({"  OPS-1 disk full "});
  EXPECT_EQ(Ask(terminal), true);
  EXPECT_EQ(options_.reason, "OPS-1 disk full");
  EXPECT_THAT(terminal.questions, ElementsAre("Reason for this session (a ticket): "));
}

TEST_F(InterviewTest, AReasonThatWasGivenIsNotAskedFor) {
  options_.reason_required = true;
  options_.reason = "OPS-1";
  FakeTerminal terminal({});
  EXPECT_EQ(Ask(terminal), false);
}

TEST_F(InterviewTest, ThreeTriesForAReason) {
  options_.reason_required = true;
  options_.reason_pattern = "^OPS-[0-9]+";
  FakeTerminal right_at_last({"", "disk full", "OPS-7"});
  EXPECT_EQ(Ask(right_at_last), true);
  EXPECT_EQ(options_.reason, "OPS-7");
  EXPECT_THAT(right_at_last.questions[1], HasSubstr("is missing"));
  EXPECT_THAT(right_at_last.questions[2], HasSubstr("^OPS-[0-9]+"));
  options_.reason.clear();
  FakeTerminal never({"a", "b", "c", "OPS-7"});
  EXPECT_THAT(Refusal(never), HasSubstr("not of the form that is wanted"));
  EXPECT_EQ(options_.reason, "");
}

TEST_F(InterviewTest, NoControlCharactersInAReason) {
  options_.reason_required = true;
  FakeTerminal terminal({"a\x1b[2J", "b\u202e", "plain"});
  EXPECT_EQ(Ask(terminal), true);
  EXPECT_EQ(options_.reason, "plain");
}

TEST_F(InterviewTest, TheEndOfInputIsNoReason) {
  options_.reason_required = true;
  FakeTerminal terminal({});
  EXPECT_THAT(Refusal(terminal), HasSubstr("none was given"));
}

TEST_F(InterviewTest, WithoutATerminalAReasonMustBeGiven) {
  options_.reason_required = true;
  options_.reason_hint = "OPS-…";
  FakeTerminal terminal({"OPS-1"});
  terminal.is_there = false;
  EXPECT_THAT(Refusal(terminal), HasSubstr("give --reason (OPS-…)"));
  EXPECT_TRUE(terminal.questions.empty());
}

TEST_F(InterviewTest, WhatIsToBeTypedIsTyped) {
  for (const auto& [confirm, word] :
       {std::pair(Options::Confirm::kNamespace, "payments"),
        std::pair(Options::Confirm::kPod, "db-0"), std::pair(Options::Confirm::kContext, "prod")}) {
    options_.confirm = confirm;
    FakeTerminal right({word});
    EXPECT_EQ(Ask(right), true);
    FakeTerminal wrong({"yes"});
    EXPECT_THAT(Refusal(wrong), HasSubstr(word));
    FakeTerminal nothing({});
    EXPECT_THAT(Refusal(nothing), HasSubstr("not confirmed"));
  }
}

TEST_F(InterviewTest, WithoutATerminalNothingIsConfirmed) {
  options_.confirm = Options::Confirm::kNamespace;
  FakeTerminal terminal({"payments"});
  terminal.is_there = false;
  EXPECT_THAT(Refusal(terminal), HasSubstr("there is no terminal"));
}

TEST_F(InterviewTest, TheBannerIsShownFirstAndSafely) {
  options_.banner = "Production.\nBe careful\x1b[8m\n";
  options_.confirm = Options::Confirm::kNamespace;
  FakeTerminal terminal({});
  EXPECT_FALSE(Ask(terminal).has_value());
  EXPECT_THAT(said_, ElementsAre("Production.", "Be careful\\x1b[8m"));
}

}  // namespace
}  // namespace secure_exec
