#include "plugin/remote/spdy_frame.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace secure_exec {
namespace {

using namespace std::string_literals;

TEST(SpdyHeaders, TheDictionaryIsTheDrafts) {
  const std::string_view dictionary = SpdyDictionary();
  EXPECT_EQ(1423u, dictionary.size());
  EXPECT_EQ(kSpdyDictionaryId,
            adler32(adler32(0, nullptr, 0), reinterpret_cast<const Bytef*>(dictionary.data()),
                    static_cast<uInt>(dictionary.size())));
}

TEST(SpdyHeaders, BlocksOfOneDirectionShareTheirState) {
  SpdyHeaderWriter writer;
  SpdyHeaderReader reader;
  const SpdyHeaders headers = {{"streamtype", "error"}, {"empty", ""}};
  size_t first = 0;
  for (int i = 0; i < 3; ++i) {
    const std::string block = writer.Write(headers);
    const auto read = reader.Read(block);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(headers, *read);
    if (i == 0) first = block.size();
    if (i > 0) {
      EXPECT_LT(block.size(), first);
    }
  }
}

TEST(SpdyHeaders, ACutBlockIsAnError) {
  const std::string block = SpdyHeaderWriter().Write({{"streamtype", "error"}});
  // What is missing at the very end is the flush alone.
  for (size_t size = 0; size + 8 < block.size(); ++size) {
    SpdyHeaderReader reader;
    EXPECT_FALSE(reader.Read(block.substr(0, size))) << size;
  }
}

TEST(SpdyHeaders, AFlippedBitNeverReadsMoreThanTheBounds) {
  const std::string block = SpdyHeaderWriter().Write({{"streamtype", "error"}, {"a", "b"}});
  for (size_t bit = 0; bit < 8 * block.size(); ++bit) {
    std::string broken = block;
    broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << bit % 8));
    SpdyHeaderReader reader;
    if (const auto read = reader.Read(broken)) {
      EXPECT_LE(read->size(), reader.kMaxHeaders);
    }
  }
}

TEST(SpdyHeaders, TooMuchIsAnError) {
  SpdyHeaderReader large, many;
  const auto read = large.Read(SpdyHeaderWriter().Write({{"a", std::string(1 << 20, 'x')}}));
  ASSERT_FALSE(read);
  EXPECT_EQ(ErrorKind::kConnectionLost, read.error().kind);
  EXPECT_FALSE(many.Read(SpdyHeaderWriter().Write(SpdyHeaders(65, {"a", "b"}))));
}

struct Log : SpdyReader::Handler {
  void OnReply(uint32_t stream) override { Add("reply {}", stream); }
  void OnData(uint32_t stream, std::string_view bytes) override {
    data[stream % 8] += bytes;  // pieces depend on the split
  }
  void OnFin(uint32_t stream) override { Add("fin {}", stream); }
  void OnReset(uint32_t stream, uint32_t status) override { Add("reset {} {}", stream, status); }
  void OnPing(uint32_t id) override { Add("ping {}", id); }
  void OnGoAway(uint32_t status) override { Add("away {}", status); }
  template <class... Args>
  void Add(fmt::format_string<Args...> format, Args&&... args) {
    events += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }
  std::string events, data[8];
};

std::string Transcript() {
  SpdyHeaderWriter writer;
  std::string bytes;
  AppendSpdyControl(SpdyType::kSynReply, 0, "\0\0\0\x01"s + writer.Write({}), bytes);
  AppendSpdyControl(SpdyType::kSettings, 0, "\0\0\0\0", bytes);
  AppendSpdyData(3, 0, "hello", bytes);
  AppendSpdyControl(static_cast<SpdyType>(77), 0, "unknown", bytes);
  AppendSpdyControl(SpdyType::kHeaders, 0, "\0\0\0\x01"s + writer.Write({{"a", "b"}}), bytes);
  AppendSpdyControl(SpdyType::kWindowUpdate, 0, "\0\0\0\0\0\0\xff\xff"s, bytes);
  AppendSpdyPing(2, bytes);
  AppendSpdyData(3, kSpdyFin, "", bytes);
  AppendSpdyControl(SpdyType::kRstStream, 0, "\0\0\0\x05\0\0\0\x05"s, bytes);
  AppendSpdyControl(SpdyType::kGoAway, 0, "\0\0\0\x05\0\0\0\0"s, bytes);
  return bytes;
}

TEST(SpdyReader, AnySplitIsTheSame) {
  const std::string bytes = Transcript();
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    Log log;
    SpdyReader reader(log);
    ASSERT_TRUE(reader.Feed(bytes.substr(0, cut)));
    ASSERT_TRUE(reader.Feed(bytes.substr(cut)));
    EXPECT_EQ("reply 1\nping 2\nfin 3\nreset 5 5\naway 0\n", log.events) << cut;
    EXPECT_EQ("hello", log.data[3]) << cut;
  }
}

TEST(SpdyReader, ViolationsAreErrors) {
  const std::string block = SpdyHeaderWriter().Write({});
  const auto control = [](SpdyType type, const std::string& payload) {
    std::string bytes;
    AppendSpdyControl(type, 0, payload, bytes);
    return bytes;
  };
  std::string opened;
  AppendSpdySynStream(2, block, opened);
  for (const std::string& bytes :
       {"\x80\x02\0\x06\0\0\0\x04\0\0\0\x01"s,          // SPDY/2
        "\x80\x03\0\x02\0\xff\xff\xff"s,                // 16 MiB of headers
        opened, control(SpdyType::kSynReply, "\0\0"s),  // cut
        control(SpdyType::kSynReply, "\0\0\0\x01garbage"s), control(SpdyType::kPing, "\0"s),
        control(SpdyType::kRstStream, "\0\0\0\x01"s), control(SpdyType::kGoAway, "")}) {
    Log log;
    SpdyReader reader(log);
    const auto fed = reader.Feed(bytes);
    ASSERT_FALSE(fed) << bytes.size();
    EXPECT_EQ(ErrorKind::kConnectionLost, fed.error().kind);
    EXPECT_EQ("", log.events);
  }
}

}  // namespace
}  // namespace secure_exec
