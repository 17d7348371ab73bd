#include "recorder/input_mask.h"

#include "recorder/testing/recorder_fixture.h"

namespace secure_exec {
namespace {

TEST(InputMask, TellsTheSameTextAndNoMore) {
  const InputMask mask(RandomBytes);
  const MaskedInput once = mask.Of("hunter2");
  EXPECT_EQ(once.bucket, "1-7");
  EXPECT_EQ(mask.Of("hunter2").hmac, once.hmac);
  EXPECT_NE(mask.Of("hunter3").hmac, once.hmac);
  EXPECT_NE(InputMask(RandomBytes).Of("hunter2").hmac, once.hmac) << "another recording's key";
}

TEST(InputMask, IsHmacSha256) {
  // RFC 4231, test case 1, whose key is shorter: HMAC pads keys with zeros.
  const InputMask mask([](void* out, size_t size) {
    std::memset(out, 0, size);
    std::memset(out, 0x0b, 20);
  });
  EXPECT_EQ(mask.Of("Hi There").hmac, "b0344c61d8db38535ca8afceaf0bf12b");
}

class MaskedRecordingTest : public RecorderFixture {};

TEST_F(MaskedRecordingTest, HoldsPlaceholdersAndMasksButNoText) {
  session().record[0] = RecordMode::kEchoed;
  Start();
  EXPECT_TRUE(Await([&] {
    recorder_->AppendPlaceholder();
    const auto ticket = recorder_->AppendMasked("correct horse");
    recorder_->Flush();
    return ticket;
  }()));
  EXPECT_TRUE(Show("\r", Channel::kStdin));
  const auto totals = Seal();
  ASSERT_TRUE(totals);
  EXPECT_EQ(totals->bytes[0], 1u) << "how long a secret was is nobody's business";
  const ReadBack back = Read();
  ASSERT_GE(back.others.size(), 2u);
  EXPECT_EQ(back.others[0].code, 'p');
  EXPECT_EQ(back.others[0].data, "");
  EXPECT_EQ(back.others[1].code, 'P');
  const auto masked = ParseMaskedInput(back.others[1].data);
  ASSERT_TRUE(masked);
  EXPECT_EQ(masked->bucket, "8-15");
  EXPECT_EQ(back.bytes[0], "\r");
  EXPECT_EQ(back.report.verdict, Verdict::kTrusted);
  EXPECT_EQ(Content(MainPath()).find("horse"), std::string::npos);
}

}  // namespace
}  // namespace secure_exec
