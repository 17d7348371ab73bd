#include "plugin/kubeconfig/auth_provider.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/clock.h"

namespace secure_exec {
namespace {

std::string Jwt(const std::string& claims) {
  std::string payload = Base64Encode(claims);
  for (char& c : payload) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  while (payload.ends_with('=')) payload.pop_back();
  return "head." + payload + ".signature";
}

UserStanza Oidc(const std::string& token, const std::string& refresh = "") {
  UserStanza user;
  user.file = "/k";
  user.auth_provider = {"oidc", {{"idp-issuer-url", "https://i"}, {"client-id", "c"}}};
  if (!token.empty()) user.auth_provider->config["id-token"] = token;
  if (!refresh.empty()) user.auth_provider->config["refresh-token"] = refresh;
  return user;
}

std::string ErrorAt(const UserStanza& user, int64_t now_s) {
  const auto token = AuthProviderToken("us", user, now_s * kSecond);
  return token ? "none" : token.error().message;
}

TEST(AuthProvider, AnIdTokenIsUsedUntilTenSecondsBeforeItExpires) {
  const UserStanza user = Oidc(Jwt(R"({"exp":1000})"));
  EXPECT_EQ(*AuthProviderToken("us", user, 989 * kSecond),
            user.auth_provider->config.at("id-token"));
  EXPECT_EQ(ErrorAt(user, 990),
            "Unable to connect to the server: No valid id-token, and cannot refresh without "
            "refresh-token");
}

TEST(AuthProvider, ATokenToRefreshIsLeftToKubectl) {
  const std::string error = ErrorAt(Oidc(Jwt(R"({"exp":1})"), "s3cret"), 5);
  EXPECT_NE(error.find("user \"us\" (/k)"), std::string::npos) << error;
  EXPECT_NE(error.find("kubectl auth whoami"), std::string::npos) << error;
  EXPECT_EQ(error.find("s3cret"), std::string::npos);
}

TEST(AuthProvider, WhatIsNoJwt) {
  EXPECT_EQ(JwtExpiry("abc").error(), "ID Token is not a valid JWT");
  EXPECT_EQ(JwtExpiry("a.b.c").error(), "illegal base64 data at input byte 0");
  EXPECT_EQ(JwtExpiry("a.e30%.c").error(), "illegal base64 data at input byte 3");
  EXPECT_EQ(JwtExpiry(Jwt("[]")).error(), "parsing claims: not a JSON object");
  EXPECT_EQ(JwtExpiry(Jwt(std::string(1000, '['))).error(), "parsing claims: not a JSON object");
  EXPECT_EQ(JwtExpiry(Jwt(R"({"exp":"soon"})")).error(), "parsing claims: exp is not a number");
}

TEST(AuthProvider, ExpIsANumberOfAnyKind) {
  EXPECT_EQ(*JwtExpiry(Jwt(R"({"exp":7})")), 7);
  EXPECT_EQ(*JwtExpiry(Jwt(R"({"exp":7.5})")), 7.5);
  EXPECT_EQ(*JwtExpiry(Jwt(R"({"exp":"7"})")), 7);
  EXPECT_EQ(*JwtExpiry(Jwt("{}")), 0);
}

}  // namespace
}  // namespace secure_exec
