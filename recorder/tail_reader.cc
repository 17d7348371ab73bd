#include "recorder/tail_reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "recorder/cast/event.h"

namespace secure_exec {
namespace {

constexpr size_t kPiece = 64 * 1024;
// A segment holds what one frame may hold.
constexpr size_t kMaxLine = kMaxFrameContent;
constexpr std::string_view kStart = "# sxt1 ";
constexpr std::string_view kSignature = "# sig ";

// Takes a word off the front of `rest`, up to a space or the end.
std::string_view Word(std::string_view& rest) {
  const size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // As it was written: no leading zeros, nothing behind it.
  if (error != std::errc() || fmt::to_string(value) != text) return std::nullopt;
  return value;
}

}  // namespace

TailReader::TailReader(std::unique_ptr<ByteSource> source, const Uuid& id, uint64_t k)
    : source_(std::move(source)), id_(id), k_(k) {}

Result<bool> TailReader::ReadLine() {
  size_t searched = at_;
  while (true) {
    const size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      const std::string_view line = std::string_view(buffer_).substr(at_, end - at_);
      if (line.find('\0') != std::string_view::npos) break;
      at_ = end + 1;
      line_ = line;
      return true;
    }
    if (buffer_.size() - at_ > kMaxLine) {
      return Fail(ErrorKind::kFormat, "a line of more than {} bytes", kMaxLine);
    }
    buffer_.erase(0, at_);
    buffer_start_ += at_;
    at_ = 0;
    searched = buffer_.size();
    buffer_.resize(searched + kPiece);
    const auto size = source_->ReadAt(buffer_start_ + searched, buffer_.data() + searched, kPiece);
    if (!size) return tl::unexpected(size.error());
    buffer_.resize(searched + *size);
    if (*size == 0) break;
  }
  // The next call reads the torn line anew: it may have been written since.
  buffer_start_ += at_;
  buffer_.clear();
  at_ = 0;
  return false;
}

Result<void> TailReader::ParseStart() {
  std::string_view rest = line_;
  const auto bad = [](std::string_view what) {
    return Fail(ErrorKind::kFormat, "its first line {}", what);
  };
  if (!rest.starts_with(kStart)) return bad("does not begin with \"# sxt1 \"");
  rest.remove_prefix(kStart.size());
  if (Word(rest) != FormatUuid(id_)) return bad("names another recording");
  if (Number(Word(rest)) != k_) return bad("names another frame");
  const auto first_line = Number(Word(rest));
  const auto seed = HexDecode(rest);
  if (!first_line || !seed || seed->size() != seed_.size()) return bad("is damaged");
  first_line_ = *first_line;
  std::memcpy(seed_.data(), seed->data(), seed_.size());
  started_ = true;
  return {};
}

Result<void> TailReader::ParseSignature() {
  std::string bytes;
  if (!Base64DecodeAppend(line_.substr(kSignature.size()), bytes) ||
      bytes.size() != kBodySize + signature_.size()) {
    return Fail(ErrorKind::kFormat, "a damaged signature after {} lines", lines_);
  }
  body_ = bytes.substr(0, kBodySize);
  std::memcpy(signature_.data(), bytes.data() + kBodySize, signature_.size());
  return {};
}

Result<TailReader::Item> TailReader::Next() {
  while (true) {
    const auto read = ReadLine();
    if (!read) return tl::unexpected(read.error());
    if (!*read) return Item::kEnd;
    if (!started_) {
      if (const auto ok = ParseStart(); !ok) return tl::unexpected(ok.error());
      continue;
    }
    if (line_.starts_with(kSignature)) {
      if (const auto ok = ParseSignature(); !ok) return tl::unexpected(ok.error());
      return Item::kSignature;
    }
    line_bytes_ += line_.size() + 1;
    if (line_bytes_ > kMaxFrameContent) {
      return Fail(ErrorKind::kFormat, "more lines than a frame can hold");
    }
    ++lines_;
    return Item::kLine;
  }
}

}  // namespace secure_exec
