#include "recorder/age/primitives.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace secure_exec {
namespace {

std::string Hex(std::string_view hex) { return HexDecode(hex).value(); }
template <size_t N>
Secret<N> SecretOf(std::string_view hex) {
  Secret<N> secret;
  const std::string bytes = Hex(hex);
  std::copy(bytes.begin(), bytes.end(), secret.data());
  return secret;
}

// RFC 5869, A.1 and A.3, cut to 32 bytes.
TEST(AgePrimitives, Hkdf) {
  EXPECT_EQ(HexEncode(HkdfSha256(std::string(22, '\x0b'), Hex("000102030405060708090a0b0c"),
                                 Hex("f0f1f2f3f4f5f6f7f8f9"))
                          .view()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  EXPECT_EQ(HexEncode(HkdfSha256(std::string(22, '\x0b'), "", "").view()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

// RFC 4231, test case 2.
TEST(AgePrimitives, Hmac) {
  EXPECT_EQ(HexEncode(AsView(HmacSha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// Bob's key of RFC 7748, section 6.1.
TEST(AgePrimitives, X25519) {
  const auto a = SecretOf<32>("77076d0a7318a57d3c16c17251b2665df4b30cf41d2a2f0c9a9b7e2d1c0a4e5f");
  const auto other = SecretOf<32>(std::string(64, '7'));
  const auto b = SecretOf<32>("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  EXPECT_EQ(HexEncode(AsView(X25519Public(b))),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  // Both sides of an exchange agree, and others do not.
  const auto ab = X25519(a, X25519Public(b)), ba = X25519(b, X25519Public(a));
  ASSERT_TRUE(ab && ba);
  EXPECT_EQ(ab->view(), ba->view());
  EXPECT_NE(X25519(other, X25519Public(b))->view(), ab->view());
}

// RFC 7914, section 12, cut to 32 bytes.
TEST(AgePrimitives, Scrypt) {
  const auto key = Scrypt("pleaseletmein", "SodiumChloride", 14);
  ASSERT_TRUE(key);
  EXPECT_EQ(HexEncode(key->view()),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
}

// RFC 8439, section 2.8.2.
TEST(AgePrimitives, ChaCha20Poly1305) {
  const auto key = SecretOf<32>("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  const AeadNonce nonce = {7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47};
  const std::string aad = Hex("50515253c0c1c2c3c4c5c6c7");
  const std::string plain =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
      "sunscreen would be it.";
  std::string sealed = "before";
  Aead aead(key);
  aead.Seal(nonce, aad, plain, sealed);
  ASSERT_EQ(sealed.substr(0, 6), "before");
  sealed.erase(0, 6);
  EXPECT_EQ(HexEncode(sealed.substr(0, 16)), "d31a8d34648e60db7b86afbc53ef7ec2");
  EXPECT_EQ(HexEncode(sealed.substr(sealed.size() - 16)), "1ae10b594f09e26a7e902ecbd0600691");

  std::string back(plain.size(), '\0');
  EXPECT_TRUE(aead.Open(nonce, aad, sealed, back.data()));
  EXPECT_EQ(back, plain);
  EXPECT_FALSE(aead.Open(nonce, "other", sealed, back.data()));
  EXPECT_EQ(back, std::string(plain.size(), '\0'));  // nothing that is not authentic gets out
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string other = sealed;
    other[i] ^= 1;
    EXPECT_FALSE(aead.Open(nonce, aad, other, back.data()));
  }
  EXPECT_FALSE(aead.Open(nonce, aad, sealed.substr(0, 15), back.data()));
}

TEST(AgePrimitives, TheObserverSeesEveryEncryption) {
  std::vector<Hash> seen;
  ObserveAead([&](const Hash& key, const AeadNonce&, const Hash& plain) {
    seen.push_back(key);
    seen.push_back(plain);
  });
  AeadKey key;
  std::fill_n(key.data(), key.size(), uint8_t{7});
  std::string out;
  Aead(key).Seal({}, "", "plain", out);
  ObserveAead(nullptr);
  Aead(key).Seal({}, "", "unseen", out);
  EXPECT_EQ(seen, (std::vector<Hash>{Sha256::Of(std::string(32, '\7')), Sha256::Of("plain")}));
}

TEST(SecretTextTest, ClearingOverwritesWhatWasThere) {
  SecretText secret(std::string(100, 's'));
  const char* at = secret.view().data();
  secret.Clear();
  EXPECT_EQ(secret.view(), "");
  // The memory is still the string's own: clearing gives none back.
  EXPECT_EQ(std::string(at, 100), std::string(100, '\0'));
}

}  // namespace
}  // namespace secure_exec
