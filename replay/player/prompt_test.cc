#include "replay/player/prompt.h"

#include <gtest/gtest.h>

namespace secure_exec {
namespace {

class PromptTest : public testing::Test {
 protected:
  Prompt::State Type(std::string_view bytes) {
    Prompt::State state = Prompt::State::kTyping;
    for (const Key& key : KeyReader().Feed(bytes)) state = prompt_.Press(key);
    return state;
  }
  Prompt prompt_{Prompt::For::kSearch};
};

TEST_F(PromptTest, IsEdited) {
  EXPECT_EQ(Type("foä\x7F"), Prompt::State::kTyping);
  EXPECT_EQ(prompt_.text(), "fo");
  Type(
      "\x15"
      "six");
  EXPECT_EQ(Type("\r"), Prompt::State::kDone);
  EXPECT_EQ(prompt_.text(), "six");
}

TEST_F(PromptTest, ItsLastWordIsErased) {
  Type("one two \x17");
  EXPECT_EQ(prompt_.text(), "one ");
  EXPECT_EQ(Type("\x17\x17"), Prompt::State::kTyping);
  EXPECT_EQ(prompt_.text(), "");
}

TEST_F(PromptTest, IsLeftByEscapeAndByWhatHasNothingToErase) {
  EXPECT_EQ(Type("a\x7F"), Prompt::State::kTyping);
  EXPECT_EQ(Type("\x7F"), Prompt::State::kLeft);
  EXPECT_EQ(prompt_.Press({Key::kEscape}), Prompt::State::kLeft);
}

TEST_F(PromptTest, OfWhatIsPastedTheFirstLine) {
  EXPECT_EQ(Type("\x1B[200~rm\t -rf\x07\r\nq\x1B[201~"), Prompt::State::kTyping);
  EXPECT_EQ(prompt_.text(), "rm -rf");
}

TEST_F(PromptTest, IsBounded) {
  Type(std::string(10'000, 'a') + "ä");
  EXPECT_EQ(prompt_.text().size(), Prompt::kMaxText);
}

}  // namespace
}  // namespace secure_exec
