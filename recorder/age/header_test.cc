#include "recorder/age/header.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace secure_exec {
namespace {

// The vector "x25519" of the age test suite (0BSD).
constexpr char kHeader[] =
    "age-encryption.org/v1\n"
    "-> X25519 TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc\n"
    "EmECAEcKN+n/Vs9SbWiV+Hu0r+E8R77DdWYyd83nw7U\n"
    "--- Vn+54jqiiUCE+WZcEVY3f1sqHjlu/z1LCQ/T7Xm7qI0\n";
constexpr char kIdentity[] =
    "AGE-SECRET-KEY-1XMWWC06LY3EE5RYTXM9MFLAZ2U56JJJ36S0MYPDRWSVLUL66MV4QX3S7F6";

std::vector<AgeIdentity> Known() {
  std::vector<AgeIdentity> identities;
  identities.push_back(AgeIdentity::Parse(kIdentity).value());
  return identities;
}

Result<AgeFileKey> Unwrap(std::string_view bytes) {
  const auto header = ParseAgeHeader(bytes);
  if (!header) return tl::unexpected(header.error());
  return UnwrapFileKey(*header, Known());
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(AgeHeader, UnwrapsTheFileKeyOfTheVector) {
  const auto key = Unwrap(std::string(kHeader) + "payload\nwith lines");
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(HexEncode(key->view()), "59454c4c4f57205355424d4152494e45");
  EXPECT_EQ(ParseAgeHeader(std::string(kHeader) + "payload")->size, sizeof kHeader - 1);
}

TEST(AgeHeader, NothingButTheCanonicalFormIsRead) {
  const std::string good = kHeader;
  const struct {
    const char *from, *to, *problem;
  } kCases[] = {
      {"/v1\n", "/v2\n", "not an age file of version 1"},
      {"/v1\n", "/v1\r\n", "not an age file of version 1"},
      {"-> X25519", "->  X25519", "malformed recipient line"},
      {"-> X25519", "->X25519", "line of another kind"},
      {"OCc\n", "OCc \n", "malformed recipient line"},
      {"OCc\n", "OCc\r\n", "malformed recipient line"},
      {"-> X25519 TEi", "-> X25519\x7f TEi", "malformed recipient line"},
      {"w7U\n", "w7U=\n", "not base64"},
      {"w7U\n", "w7V\n", "not base64"},  // bits behind the last byte
      {"w7U\n", "w7U\r\n", "not base64"},
      {"w7U\n", "w7U\n\n", "line of another kind"},
      {"--- Vn", "---  Vn", "does not end with a MAC"},
      {"--- Vn", "---Vn", "line of another kind"},
      {"qI0\n", "qI0 \n", "does not end with a MAC"},
      {"qI0\n", "qI1\n", "does not end with a MAC"},
      {"qI0\n", "qI\n", "does not end with a MAC"},
      {"qI0\n", "qI0", "is cut"},
      {"--- Vn", "--- Wn", "was altered"},
      {" TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc", "", "malformed X25519"},
      {"OCc\n", "OCc more\n", "malformed X25519"},
      {"OCc\n", "OCd\n", "malformed X25519"},
      {"OCc\n", "OC\n", "malformed X25519"},
      {"EmECAEcKN", "AAAAEmECAEcKN", "malformed X25519"},
      {"-> X25519", "-> x25519", "for others"},
      {"EmECAEcKN", "FmECAEcKN", "for others"},
      {"TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
       "low order"},
      {"--- Vn", "-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10\nAA\n--- Vn", "mixes a pass phrase"},
      {"--- Vn", "-> other\n\n--- Vn", "was altered"},
  };
  for (const auto& c : kCases) {
    const auto key = Unwrap(Replaced(good, c.from, c.to));
    ASSERT_FALSE(key) << c.to;
    EXPECT_NE(key.error().message.find(c.problem), std::string::npos)
        << c.from << " -> " << c.to << ": " << key.error().message;
  }
}

TEST(AgeHeader, ALineOf64ColumnsNeedsAnotherBehindIt) {
  const std::string full(64, 'A');
  const auto with = [&](const std::string& body) {
    return ParseAgeHeader("age-encryption.org/v1\n-> other\n" + body +
                          "--- Vn+54jqiiUCE+WZcEVY3f1sqHjlu/z1LCQ/T7Xm7qI0\n");
  };
  ASSERT_TRUE(with(full + "\n\n"));
  EXPECT_EQ(with(full + "\n\n")->stanzas[0].body.size(), 48u);
  EXPECT_EQ(with(full + "\nAA\n")->stanzas[0].body.size(), 49u);
  EXPECT_TRUE(with("\n"));
  EXPECT_FALSE(with(full + "\n"));
  EXPECT_FALSE(with(full + "A\n\n"));
  EXPECT_FALSE(with(""));
  EXPECT_FALSE(with("AA\nAA\n"));
}

TEST(AgeHeader, EveryPrefixIsCut) {
  const std::string good = kHeader;
  for (size_t size = 0; size < good.size(); ++size) {
    const auto header = ParseAgeHeader(good.substr(0, size));
    ASSERT_FALSE(header) << size;
    EXPECT_EQ(header.error().kind, ErrorKind::kFormat);
  }
  EXPECT_TRUE(IsAgeHeaderPrefix("age-enc"));
  EXPECT_FALSE(IsAgeHeaderPrefix("age-end"));
}

TEST(AgeHeader, EveryRecipientOpensWhatWasMade) {
  std::vector<AgeIdentity> identities;
  std::vector<AgeRecipient> recipients;
  for (int i = 0; i < 5; ++i) {
    identities.push_back(AgeIdentity::FromScalar(Secret<32>::Random(RandomBytes)));
    recipients.push_back(identities.back().recipient());
  }
  const auto file_key = AgeFileKey::Random(RandomBytes);
  const auto bytes = EncodeAgeHeader(file_key, recipients, RandomBytes);
  ASSERT_TRUE(bytes);
  const auto header = ParseAgeHeader(*bytes);
  ASSERT_TRUE(header) << header.error().message;
  EXPECT_EQ(header->stanzas.size(), 5u);
  for (const AgeIdentity& identity : identities) {
    const auto key = UnwrapFileKey(*header, std::span(&identity, 1));
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(key->view(), file_key.view());
  }
  const auto stranger = UnwrapFileKey(*header, Known());
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().kind, ErrorKind::kNotFound);
}

TEST(AgeHeader, NeedsARecipientAndTakesSomeHundred) {
  const auto file_key = AgeFileKey::Random(RandomBytes);
  EXPECT_FALSE(EncodeAgeHeader(file_key, {}, RandomBytes));
  const AgeRecipient recipient = Known()[0].recipient();
  const std::vector<AgeRecipient> many(500, recipient), too_many(1000, recipient);
  EXPECT_TRUE(ParseAgeHeader(EncodeAgeHeader(file_key, many, RandomBytes).value()));
  EXPECT_FALSE(EncodeAgeHeader(file_key, too_many, RandomBytes));
}

TEST(AgeHeader, AHeaderWithoutEndIsRefused) {
  std::string endless = "age-encryption.org/v1\n";
  while (endless.size() < 2 * kMaxAgeHeader) endless += "-> other\n\n";
  const auto header = ParseAgeHeader(endless);
  ASSERT_FALSE(header);
  EXPECT_NE(header.error().message.find("64 KiB"), std::string::npos) << header.error().message;
}

TEST(AgeHeader, TheWorkFactorIsBoundAndCanonical) {
  const auto with = [](const std::string& arguments) {
    const std::string text = "age-encryption.org/v1\n-> scrypt " + arguments + "\n" +
                             std::string(43, 'A') + "\n--- " + std::string(43, 'A') + "\n";
    const auto header = ParseAgeHeader(text);
    EXPECT_TRUE(header) << text;
    return UnwrapWithPassphrase(*header, "x").error();
  };
  const std::string salt(22, 'A');
  EXPECT_EQ(with(salt + " 2").kind, ErrorKind::kNotFound);
  for (const char* factor :
       {"23", "99", "100", "18446744073709551617", "0", "02", "+2", "-2", "2x", "0x2"}) {
    EXPECT_EQ(with(salt + " " + factor).kind, ErrorKind::kFormat) << factor;
  }
  EXPECT_EQ(with(salt).kind, ErrorKind::kFormat);
  EXPECT_EQ(with(salt + " 2 2").kind, ErrorKind::kFormat);
  EXPECT_EQ(with(std::string(21, 'A') + " 2").kind, ErrorKind::kFormat);
  EXPECT_EQ(with(std::string(24, 'A') + " 2").kind, ErrorKind::kFormat);
}

}  // namespace
}  // namespace secure_exec
