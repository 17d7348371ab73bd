// Held against the age program, both ways: what we write it reads, what it writes we read, and of
// files that are cut, altered or for others both say the same.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>

#include "recorder/age/identity_file.h"
#include "recorder/age/payload_writer.h"
#include "recorder/testing/temp_directory.h"

namespace secure_exec {
namespace {

constexpr size_t kSizes[] = {0, 1, 65535, 65536, 65537, 10 << 20};

std::string Plain(size_t size) {
  std::string text(size, '\0');
  uint32_t state = 7;
  for (char& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return text;
}

class AgeInterop : public ::testing::Test {
 protected:
  AgeInterop() {
    for (int i = 0; i < 2; ++i) {
      identities_.push_back(AgeIdentity::FromScalar(Secret<32>::Random(RandomBytes)));
      directory_.Write("key" + std::to_string(i), identities_.back().Text().view());
    }
  }
  // True if it exits 0. Its standard output is in the file "out".
  bool Age(const std::string& arguments) {
    const std::string command =
        "cd " + directory_.path() + " && age " + arguments + " > out 2> errors";
    const int status = ::system(command.c_str());
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) <= 1)
        << command << directory_.Read("errors");
    return WEXITSTATUS(status) == 0;
  }
  std::optional<std::string> ByAge(const std::string& file, int key) {
    directory_.Write("file", file);
    if (!Age("-d -i key" + std::to_string(key) + " file")) return std::nullopt;
    return directory_.Read("out");
  }
  std::optional<std::string> ByUs(const std::string& file, int key) {
    const auto header = ParseAgeHeader(file);
    if (!header) return std::nullopt;
    const auto file_key =
        UnwrapFileKey(*header, std::span(&identities_[static_cast<size_t>(key)], 1));
    if (!file_key) return std::nullopt;
    const auto plain = DecryptAgeFile(file, header->size, *file_key);
    if (!plain) return std::nullopt;
    return std::string(plain->view());
  }
  std::string Encrypted(std::string_view plain, int recipients = 1) {
    const auto file_key = AgeFileKey::Random(RandomBytes);
    std::vector<AgeRecipient> to;
    for (int i = 0; i < recipients; ++i)
      to.push_back(identities_[static_cast<size_t>(i)].recipient());
    std::string out = EncodeAgeHeader(file_key, to, RandomBytes).value();
    header_size_ = out.size();
    const auto nonce = RandomArray<16>();
    out += AsView(nonce);
    AgePayloadWriter writer(file_key, nonce);
    writer.Append(plain, out);
    writer.Finish(out);
    return out;
  }
  void ExpectSameVerdict(const std::string& file, const std::string& what, int* refused = nullptr) {
    const auto theirs = ByAge(file, 0), ours = ByUs(file, 0);
    EXPECT_EQ(theirs.has_value(), ours.has_value()) << what << ": " << directory_.Read("errors");
    if (theirs && ours) {
      EXPECT_EQ(*theirs, *ours) << what;
    }
    if (refused != nullptr) *refused += !theirs;
  }

  TempDirectory directory_;
  std::vector<AgeIdentity> identities_;
  size_t header_size_ = 0;
};

TEST_F(AgeInterop, AgeReadsWhatWeWrite) {
  for (const size_t size : kSizes) {
    const std::string plain = Plain(size);
    const std::string file = Encrypted(plain, 2);
    for (const int key : {0, 1}) {
      const auto back = ByAge(file, key);
      ASSERT_TRUE(back) << size << directory_.Read("errors");
      EXPECT_TRUE(*back == plain) << size;
    }
  }
}

TEST_F(AgeInterop, WeReadWhatAgeWrites) {
  for (const size_t size : kSizes) {
    const std::string plain = Plain(size);
    directory_.Write("plain", plain);
    ASSERT_TRUE(Age("-r " + identities_[0].recipient().Text() + " -r " +
                    identities_[1].recipient().Text() + " plain"))
        << directory_.Read("errors");
    const std::string file = directory_.Read("out");
    for (const int key : {0, 1}) {
      const auto back = ByUs(file, key);
      ASSERT_TRUE(back) << size;
      EXPECT_TRUE(*back == plain) << size;
    }
  }
}

TEST_F(AgeInterop, AnotherIdentityOpensNothing) {
  const std::string file = Encrypted("for the first alone");
  EXPECT_FALSE(ByAge(file, 1));
  EXPECT_FALSE(ByUs(file, 1));
}

TEST_F(AgeInterop, AgeKeygensKeysAreOurs) {
  ASSERT_EQ(::system(("cd " + directory_.path() +
                      " && age-keygen -o made 2> errors && "
                      "age-keygen -y made > public")
                         .c_str()),
            0);
  const auto found = ParseIdentityFile(directory_.Read("made"), nullptr);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->at(0).recipient().Text() + "\n", directory_.Read("public"));
}

TEST_F(AgeInterop, AFileCutAnywhere) {
  const std::string file = Encrypted(Plain(2 * kAgeChunk + 100));
  const size_t payload = header_size_ + 16;
  int refused = 0, tried = 0;
  std::vector<size_t> sizes = {0,
                               1,
                               21,
                               22,
                               50,
                               header_size_ - 1,
                               header_size_,
                               payload - 1,
                               payload,
                               payload + 1,
                               payload + 16,
                               file.size() - 1,
                               file.size() - 16};
  for (size_t chunk = 1; chunk <= 2; ++chunk) {
    for (int delta = -1; delta <= 17; delta += 6) {
      sizes.push_back(payload + chunk * kAgeSealedChunk + static_cast<size_t>(delta));
    }
  }
  for (const size_t size : sizes) {
    ExpectSameVerdict(file.substr(0, size), "cut to " + std::to_string(size), &refused);
    ++tried;
  }
  EXPECT_EQ(refused, tried);
}

TEST_F(AgeInterop, AnAlteredHeader) {
  const std::string file = Encrypted("text", 2);
  int refused = 0, tried = 0;
  for (size_t at = 0; at < header_size_; ++at) {
    std::string altered = file;
    altered[at] = static_cast<char>(altered[at] ^ (at % 2 == 0 ? 1 : 0x20));
    ExpectSameVerdict(altered, "header byte " + std::to_string(at), &refused);
    ++tried;
  }
  EXPECT_EQ(refused, tried);
}

// Forms that are nearly right, where a lenient parser differs from a strict one.
TEST_F(AgeInterop, AHeaderInAnotherForm) {
  const std::string file = Encrypted("text", 2);
  const std::string_view header = std::string_view(file).substr(0, header_size_);
  std::vector<size_t> places;
  for (size_t at = 0; at < header.size(); ++at) {
    if (header[at] == '\n' || header[at] == ' ' || header[at] == '-')
      places.insert(places.end(), {at, at + 1});
  }
  int refused = 0, tried = 0;
  for (const size_t at : places) {
    for (const char* text : {" ", "\n", "\r", "=", "A", "-> x\n\n",
                             "-> x\n"
                             "AA==\n",
                             "--- ", "\t"}) {
      ExpectSameVerdict(std::string(file).insert(at, text),
                        std::string("inserted ") + text + " at " + std::to_string(at), &refused);
      ++tried;
    }
  }
  EXPECT_EQ(refused, tried);  // the MAC refuses what a parser might take
}

TEST_F(AgeInterop, AnAlteredPayload) {
  const std::string plain = Plain(3 * kAgeChunk + 100);
  const std::string file = Encrypted(plain);
  const size_t payload = header_size_ + 16;
  const auto chunk = [&](size_t n) {
    return file.substr(payload + n * kAgeSealedChunk, kAgeSealedChunk);
  };
  const std::string start = file.substr(0, payload);
  int refused = 0, tried = 0;
  const auto expect = [&](const std::string& altered, const std::string& what) {
    ExpectSameVerdict(altered, what, &refused);
    ++tried;
  };
  for (const size_t at : {header_size_, payload, payload + 5, payload + kAgeSealedChunk - 1,
                          payload + kAgeSealedChunk, file.size() - 1, file.size() - 50}) {
    std::string altered = file;
    altered[at] ^= 4;
    expect(altered, "byte " + std::to_string(at));
  }
  expect(start + chunk(1) + chunk(0) + chunk(2) + chunk(3), "swapped");
  expect(start + chunk(0) + chunk(0) + chunk(1) + chunk(2) + chunk(3), "doubled");
  expect(start + chunk(0) + chunk(2) + chunk(3), "dropped");
  expect(start + chunk(3), "the last alone");
  expect(start + chunk(0) + chunk(1) + chunk(2), "without the last");
  expect(file + "x", "a byte more");
  expect(file + std::string(16, '\0'), "zeros more");
  expect(file + chunk(3), "the last twice");
  expect(file + file, "a file more");
  EXPECT_EQ(refused, tried);
}

TEST_F(AgeInterop, AnEmptyLastChunkIsRefused) {
  const auto file_key = AgeFileKey::Random(RandomBytes);
  const AgeRecipient recipient = identities_[0].recipient();
  const auto nonce = RandomArray<16>();
  std::string file = EncodeAgeHeader(file_key, std::span(&recipient, 1), RandomBytes).value();
  file += AsView(nonce);
  Aead aead(AgePayloadKey(file_key, nonce));
  aead.Seal(AgeChunkNonce(0, false), "", Plain(kAgeChunk), file);
  aead.Seal(AgeChunkNonce(1, true), "", "", file);
  EXPECT_FALSE(ByAge(file, 0));
  EXPECT_FALSE(ByUs(file, 0));
}

}  // namespace
}  // namespace secure_exec
