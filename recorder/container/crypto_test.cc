#include "recorder/container/crypto.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace secure_exec {
namespace {

template <class Array>
Array FromHex(std::string_view hex) {
  Array array{};
  const std::string bytes = HexDecode(hex).value();
  EXPECT_EQ(bytes.size(), array.size());
  std::copy_n(bytes.begin(), array.size(), array.begin());
  return array;
}

// RFC 8032 section 7.1, TEST 1 and TEST 2.
const char kSeed1[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const char kPublic1[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const char kSignature1[] =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4"
    "6bd25bf5f0595bbe24655141438e7a100b";
const char kSeed2[] = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
const char kSignature2[] =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d"
    "8c387b2eaeb4302aeeb00d291612bb0c00";
// TEST 1's key, as openssl writes it.
const char kPrivatePem1[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
const char kPublicPem1[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";
const char kEncryptedPem[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhLAUx/p5rWJAICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEKZ94NwoeV47PTKa2aJPqHsEQJ5F\n"
    "l5NgCWYn0geNQ8Uld+vsgsICeYMkS+g/jw7pNjntS1Mlj+vi9V29LsPVVWjKjA99\n"
    "2I/ULOkWi5iUL9TJOc8=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";
const char kX25519Pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VuBCIEIBjKQzoQjeVg09E9CsfejNA+fY3qQCQYsSHsBJoPCcNt\n"
    "-----END PRIVATE KEY-----\n";

SigningKey Key1() { return SigningKey::FromSeed(FromHex<Hash>(kSeed1)); }

// FIPS 180-2 appendix B.
TEST(Sha256, KnowsTheStandardsVectors) {
  EXPECT_EQ(HexEncode(AsView(Sha256::Of("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexEncode(AsView(Sha256::Of(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, IsTheSameInPiecesAndAfterFinish) {
  Sha256 hasher;
  for (int round = 0; round < 2; ++round) {
    hasher.Update("a").Update(uint8_t{'b'}).Update("").Update("c");
    EXPECT_EQ(hasher.Finish(), Sha256::Of("abc"));
  }
}

TEST(Sha256, CanBeMoved) {
  Sha256 first;
  first.Update("ab");
  Sha256 second = std::move(first);
  EXPECT_EQ(second.Update("c").Finish(), Sha256::Of("abc"));
}

TEST(ConstantTimeEqual, ComparesSizeAndBytes) {
  EXPECT_TRUE(ConstantTimeEqual("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "ab"));
  EXPECT_TRUE(ConstantTimeEqual("", ""));
}

TEST(RandomBytes, FillAnySize) {
  std::string a(1000, '\0'), b(1000, '\0');
  RandomBytes(a.data(), a.size());
  RandomBytes(b.data(), b.size());
  EXPECT_NE(a, b);
  EXPECT_NE(a.substr(990), std::string(10, '\0'));
}

TEST(SigningKey, SignsAsTheRfcSays) {
  EXPECT_EQ(HexEncode(AsView(Key1().Sign(""))), kSignature1);
  EXPECT_EQ(HexEncode(AsView(SigningKey::FromSeed(FromHex<Hash>(kSeed2)).Sign("\x72"))),
            kSignature2);
}

TEST(SigningKey, HasTheSpkiOfTheRfc) {
  EXPECT_EQ(HexEncode(AsView(Key1().spki())), std::string("302a300506032b6570032100") + kPublic1);
}

TEST(SigningKey, ReadsAndWritesPem) {
  auto key = SigningKey::FromPem(kPrivatePem1);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->spki(), Key1().spki());
  EXPECT_EQ(key->ToPem(), kPrivatePem1);
  EXPECT_EQ(key->PublicPem(), kPublicPem1);
}

TEST(SigningKey, RefusesOtherKeysAndGarbageWithoutAsking) {
  for (const std::string& pem : {std::string(kEncryptedPem), std::string(kX25519Pem),
                                std::string(kPublicPem1), std::string(), std::string(99999, 'A')}) {
    const auto key = SigningKey::FromPem(pem);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().kind, ErrorKind::kFormat);
  }
}

TEST(SigningKey, RefusesPemCutAnywhere) {
  const std::string pem = kPrivatePem1;
  // Its last line may lack the newline.
  for (size_t n = 0; n + 1 < pem.size(); ++n) EXPECT_FALSE(SigningKey::FromPem(pem.substr(0, n)));
}

TEST(SigningKey, GeneratesAnotherEachTime) {
  EXPECT_NE(SigningKey::Generate().spki(), SigningKey::Generate().spki());
}

TEST(PublicKeyFromPem, TakesPublicAndPrivateKeys) {
  EXPECT_EQ(PublicKeyFromPem(kPublicPem1), Key1().spki());
  EXPECT_EQ(PublicKeyFromPem(kPrivatePem1), Key1().spki());
  EXPECT_FALSE(PublicKeyFromPem(kX25519Pem));
  EXPECT_FALSE(PublicKeyFromPem(kEncryptedPem));
  EXPECT_FALSE(PublicKeyFromPem("nonsense"));
}

TEST(VerifySignature, TakesTheRfcsSignature) {
  EXPECT_TRUE(VerifySignature(Key1().spki(), "", FromHex<Signature>(kSignature1)));
}

TEST(VerifySignature, RefusesAnyFlippedBit) {
  const std::string message = "a message";
  const Spki key = Key1().spki();
  const Signature signature = Key1().Sign(message);
  ASSERT_TRUE(VerifySignature(key, message, signature));
  for (size_t i = 0; i < signature.size(); ++i) {
    Signature other = signature;
    other[i] ^= 1;
    EXPECT_FALSE(VerifySignature(key, message, other)) << i;
  }
  for (size_t i = 0; i < key.size(); ++i) {
    Spki other = key;
    other[i] ^= 1;
    EXPECT_FALSE(VerifySignature(other, message, signature)) << i;
  }
  EXPECT_FALSE(VerifySignature(key, "a messagf", signature));
}

TEST(Fingerprint, IsTheHashOfTheSpki) {
  // openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64
  EXPECT_EQ(Fingerprint(Key1().spki()), "SHA256:BuP9j9opu2CrWVV95h7bCuzbIxE0vjDnW0Vfjht5L6k");
}

}  // namespace
}  // namespace secure_exec
