#include "recorder/testing/recording_builder.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>

namespace secure_exec {
namespace {

using std::string_literals::operator""s;

std::string Little(uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
  return out;
}

std::string Sha(const std::string& bytes) {
  uint8_t hash[32];
  SHA256(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), hash);
  return {reinterpret_cast<char*>(hash), 32};
}

std::string Text(const Bytes32& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string Base64(const std::string& bytes) {
  std::string out(bytes.size() / 3 * 4 + 5, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<uint8_t*>(out.data()),
                                   reinterpret_cast<const uint8_t*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

std::string Hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return out;
}

// The salt of leaf `index`, from the root down.
std::string Salt(std::string node, uint32_t index) {
  for (int bit = 19; bit >= 0; --bit) node = Sha((index >> bit & 1 ? "\x05" : "\x04") + node);
  return node;
}

// RFC 9162's tree, as its definition says.
std::string Root(const std::vector<std::string>& leaves) {
  if (leaves.size() == 1) return leaves[0];
  size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  const auto middle = leaves.begin() + static_cast<ptrdiff_t>(split);
  return Sha("\x01" + Root({leaves.begin(), middle}) + Root({middle, leaves.end()}));
}

int64_t TimeOf(const std::string& line) {
  const size_t dot = line.find('.');
  return std::atoll(line.substr(1, dot - 1).c_str()) * 1'000'000 +
         std::atoll(line.substr(dot + 1, 6).c_str());
}

// Decoded bytes of a line's data. The tests' texts hold no escapes but these.
size_t DataSize(const std::string& line, char upper) {
  const size_t begin = line.find(", \"", line.find(", \"") + 1) + 3;
  const std::string data = line.substr(begin, line.size() - begin - 3);
  if (line[line.find(", \"") + 3] == upper) {
    return data.size() / 4 * 3 - static_cast<size_t>(std::count(data.begin(), data.end(), '='));
  }
  return data.size() - static_cast<size_t>(std::count(data.begin(), data.end(), '\\'));
}

std::string Zstd(const std::string& content) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 20);
  std::string out(ZSTD_compressBound(content.size()), '\0');
  out.resize(ZSTD_compress2(context, out.data(), out.size(), content.data(), content.size()));
  ZSTD_freeCCtx(context);
  return out;
}

EVP_PKEY* Key(uint8_t number) {
  std::array<uint8_t, 32> raw;
  raw.fill(number);
  return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw.data(), raw.size());
}

}  // namespace

std::string EventLine(int64_t t_us, char code, std::string_view json) {
  return fmt::format("[{}.{:06}, \"{}\", \"{}\"]\n", t_us / 1'000'000, t_us % 1'000'000, code,
                     json);
}

RecordingBuilder::RecordingBuilder(uint8_t number) : number_(number) {}

std::string RecordingBuilder::id() const {
  return fmt::format("01890000-0000-7000-8000-0000000000{:02x}", number_);
}

Bytes32 RecordingBuilder::Random() {
  const std::string bytes = Sha(fmt::format("random {} {}", number_, drawn_++));
  Bytes32 out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  out.back() |= 1;  // never zero: a file that ends in a zero byte may count as torn
  return out;
}

std::string RecordingBuilder::Spki(bool of_user) const {
  EVP_PKEY* key = Key(of_user ? user : number_);
  uint8_t* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  const std::string out(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  EVP_PKEY_free(key);
  return out;
}

std::array<uint8_t, 44> RecordingBuilder::user_key() const {
  const std::string spki = Spki(true);
  std::array<uint8_t, 44> out;
  std::copy(spki.begin(), spki.end(), out.begin());
  return out;
}

std::string RecordingBuilder::Sign(std::string_view message, bool by_user) const {
  EVP_PKEY* key = Key(by_user ? user : number_);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::string out(64, '\0');
  size_t size = out.size();
  EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key);
  EVP_DigestSign(context, reinterpret_cast<uint8_t*>(out.data()), &size,
                 reinterpret_cast<const uint8_t*>(message.data()), message.size());
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return out;
}

std::string RecordingBuilder::header_line() const {
  return fmt::format(
      R"({{"version":2,"width":80,"height":24,"timestamp":1763906580,"session":{{"format":"{}",)"
      R"("id":"{}","start":{},"user":{{"local":"alice"}},"pod":"web-0","tty":true{}}}}})"
      "\n",
      format, header_id.value_or(id()), kStartNs, session_keys);
}

std::string RecordingBuilder::Body(const std::vector<std::string>& lines, uint8_t kind,
                                   const Bytes32& seed, const std::string& facts_commit) {
  std::vector<std::string> leaves;
  for (const std::string& line : lines) {
    const size_t comma = kind == 0 ? 0 : line.find(',', line.find(',') + 1) + 1;
    const std::string prefix = line.substr(0, comma);
    const std::string payload = line.substr(comma, line.size() - comma - 1);
    const auto index = static_cast<uint32_t>(leaves.size());
    leaves.push_back(Sha("\0"s + static_cast<char>(prefix.size()) + prefix +
                         Sha("\x03" + Salt(Text(seed), index) + payload)));
  }
  const int64_t t_first = kind == 0 ? 0 : TimeOf(lines.front());
  const int64_t t_last = kind == 0 ? 0 : TimeOf(lines.back());
  const auto wall = kStartNs + static_cast<uint64_t>(t_last * 1000 + wall_step_ns);
  std::string body = "secure-exec checkpoint\n\x01";
  const std::string hex = id();
  for (size_t i = 0; i < hex.size(); i += 2) {
    if (hex[i] == '-') ++i;
    body += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  body += static_cast<char>(kind) + "\0\0\0"s + Little(lines.size(), 4) + Little(k_, 8) +
          Little(line_, 8) + Little(static_cast<uint64_t>(t_first), 8) +
          Little(static_cast<uint64_t>(t_last), 8) + Little(wall, 8) + Root(leaves) + facts_commit +
          prev_;
  for (const auto& [offset, byte] : patch_body) body[offset] = byte;
  patch_body.clear();
  return body;
}

RecordingBuilder& RecordingBuilder::Frame(const std::vector<std::string>& lines, uint8_t kind) {
  std::string content;
  size_t payload[3] = {0, 0, 0};
  for (const std::string& line : lines) {
    content += line;
    if (kind == 0) continue;
    const char code = line[line.find(", \"") + 3];
    const size_t channel = std::string("iIoOeE").find(code);
    if (channel != std::string::npos) payload[channel / 2] += DataSize(line, "IOE"[channel / 2]);
  }
  const Bytes32 seed = Random();
  const Bytes32 fsalt = Random();
  const std::string z = Zstd(content);
  const std::string facts = Little(z.size(), 4) + Little(content.size(), 4) +
                            Little(payload[0], 4) + Little(payload[1], 4) + Little(payload[2], 4) +
                            Sha(z);
  const std::string body = Body(lines, kind, seed, Sha("\x02" + Text(fsalt) + facts));
  std::string k =
      "SXK1" + body + Sign(body, false) + Little(0, 4) + facts + Text(fsalt) + Text(seed);
  if (kind == 0) {
    k +=
        Spki(false) + Spki(true) +
        Sign("secure-exec session key\n\x01" + body.substr(24, 16) + Spki(false) + Sha(body), true);
  }
  k = "\x5B\x2A\x4D\x18" + Little(k.size(), 4) + k;
  units.push_back(z + k);
  entries_.emplace_back(z.size(), content.size());
  entries_.emplace_back(k.size(), 0);
  prev_ = Sha(body);
  line_ += lines.size();
  ++k_;
  return *this;
}

RecordingBuilder& RecordingBuilder::Header() {
  prev_ = Sha("secure-exec genesis\n" + Spki(false));
  return Frame({header_line()}, 0);
}

RecordingBuilder& RecordingBuilder::Seal(int64_t t_us) {
  Frame({EventLine(t_us, 'x', "0 remote exit")}, 2);
  std::string table;
  for (const auto& [compressed, plain] : entries_)
    table += Little(compressed, 4) + Little(plain, 4);
  table += Little(entries_.size(), 4) + "\0"s + Little(0x8F92EAB1, 4);
  units.push_back(Little(0x184D2A5E, 4) + Little(table.size(), 4) + table);
  return *this;
}

std::string RecordingBuilder::Tail(const std::vector<std::string>& lines, size_t signed_lines) {
  const Bytes32 seed = Random();
  std::string out = fmt::format("# sxt1 {} {} {} {}\n", id(), k_, line_, Hex(Text(seed)));
  for (size_t i = 0; i < lines.size(); ++i) {
    out += lines[i];
    if (i + 1 != signed_lines) continue;
    const std::string body = Body({lines.begin(), lines.begin() + static_cast<ptrdiff_t>(i) + 1}, 3,
                                  seed, std::string(32, '\0'));
    out += "# sig " + Base64(body + Sign(body, false)) + "\n";
  }
  return out;
}

std::string RecordingBuilder::Bytes() const {
  std::string out;
  for (const std::string& unit : units) out += unit;
  return out;
}

Result<std::optional<uint64_t>> MemoryRecording::FirstTail(const Uuid&, uint64_t from) const {
  const auto it = tails.lower_bound(from);
  std::optional<uint64_t> k;
  if (it != tails.end() && it->first <= kMaxTail) k = it->first;
  after_listing();
  return k;
}

Result<std::unique_ptr<ByteSource>> MemoryRecording::OpenTail(const Uuid&, uint64_t k) const {
  struct Owned final : ByteSource {
    explicit Owned(std::string of) : bytes(std::move(of)) {}
    Result<size_t> ReadAt(uint64_t offset, char* out, size_t size) const override {
      return MemorySource(bytes).ReadAt(offset, out, size);
    }
    Result<uint64_t> Size() const override { return bytes.size(); }
    std::string bytes;
  };
  const auto it = tails.find(k);
  std::unique_ptr<ByteSource> out;
  if (it != tails.end()) out = std::make_unique<Owned>(it->second);
  after_opening();
  return out;
}

}  // namespace secure_exec
