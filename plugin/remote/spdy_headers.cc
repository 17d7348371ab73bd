#include "plugin/remote/spdy_headers.h"

#include <zlib.h>

#include <cstdlib>

namespace secure_exec {
namespace {

// Each behind its length, as in a block.
constexpr std::string_view kDictionaryWords[] = {
    "options",
    "head",
    "post",
    "put",
    "delete",
    "trace",
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "age",
    "allow",
    "authorization",
    "cache-control",
    "connection",
    "content-base",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-md5",
    "content-range",
    "content-type",
    "date",
    "etag",
    "expect",
    "expires",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "location",
    "max-forwards",
    "pragma",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "referer",
    "retry-after",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "method",
    "get",
    "status",
    "200 OK",
    "version",
    "HTTP/1.1",
    "url",
    "public",
    "set-cookie",
    "keep-alive",
    "origin",
};
constexpr std::string_view kDictionaryTail =
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request"
    "401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented"
    "503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, "
    "GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,"
    "text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdch"
    "charset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

void AppendNumber(uint32_t number, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
}

void AppendString(std::string_view text, std::string& out) {
  AppendNumber(static_cast<uint32_t>(text.size()), out);
  out += text;
}

const Bytef* ZlibBytes(std::string_view bytes) {
  return reinterpret_cast<const Bytef*>(bytes.data());
}

tl::unexpected<Error> Broken(std::string_view what) {
  return Fail(ErrorKind::kConnectionLost, "spdy: {}", what);
}

// What is left of an inflated block.
struct Cursor {
  std::string_view rest;

  bool TakeNumber(uint32_t& number) {
    if (rest.size() < 4) return false;
    number = 0;
    for (int i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(rest[i]);
    rest.remove_prefix(4);
    return true;
  }
  bool TakeString(std::string& text) {
    uint32_t size = 0;
    if (!TakeNumber(size) || size > rest.size()) return false;
    text = rest.substr(0, size);
    rest.remove_prefix(size);
    return true;
  }
};

}  // namespace

std::string_view SpdyDictionary() {
  static const std::string dictionary = [] {
    std::string bytes;
    for (const std::string_view word : kDictionaryWords) AppendString(word, bytes);
    return bytes.append(kDictionaryTail);
  }();
  return dictionary;
}

SpdyHeaderWriter::SpdyHeaderWriter() : zlib_(std::make_unique<z_stream>()) {
  const std::string_view dictionary = SpdyDictionary();
  // These fail only where memory is out.
  if (deflateInit(zlib_.get(), Z_DEFAULT_COMPRESSION) != Z_OK ||
      deflateSetDictionary(zlib_.get(), ZlibBytes(dictionary),
                           static_cast<uInt>(dictionary.size())) != Z_OK) {
    std::abort();
  }
}

SpdyHeaderWriter::~SpdyHeaderWriter() { deflateEnd(zlib_.get()); }

std::string SpdyHeaderWriter::Write(const SpdyHeaders& headers) {
  std::string plain;
  AppendNumber(static_cast<uint32_t>(headers.size()), plain);
  for (const auto& [name, value] : headers) {
    AppendString(name, plain);
    AppendString(value, plain);
  }
  zlib_->next_in = const_cast<Bytef*>(ZlibBytes(plain));
  zlib_->avail_in = static_cast<uInt>(plain.size());
  std::string block;
  char buffer[1024];
  do {
    zlib_->next_out = reinterpret_cast<Bytef*>(buffer);
    zlib_->avail_out = sizeof buffer;
    deflate(zlib_.get(), Z_SYNC_FLUSH);
    block.append(buffer, sizeof buffer - zlib_->avail_out);
  } while (zlib_->avail_out == 0);
  return block;
}

SpdyHeaderReader::SpdyHeaderReader() : zlib_(std::make_unique<z_stream>()) {
  if (inflateInit(zlib_.get()) != Z_OK) std::abort();
}

SpdyHeaderReader::~SpdyHeaderReader() { inflateEnd(zlib_.get()); }

Result<std::string> SpdyHeaderReader::Inflate(std::string_view block) {
  zlib_->next_in = const_cast<Bytef*>(ZlibBytes(block));
  zlib_->avail_in = static_cast<uInt>(block.size());
  std::string plain;
  char buffer[4096];
  while (true) {
    zlib_->next_out = reinterpret_cast<Bytef*>(buffer);
    zlib_->avail_out = sizeof buffer;
    const int code = inflate(zlib_.get(), Z_SYNC_FLUSH);
    if (code == Z_NEED_DICT) {
      const std::string_view dictionary = SpdyDictionary();
      if (inflateSetDictionary(zlib_.get(), ZlibBytes(dictionary),
                               static_cast<uInt>(dictionary.size())) != Z_OK) {
        return Broken("a header block for another dictionary");
      }
      continue;
    }
    // Z_BUF_ERROR: all was taken and all was given.
    if (code != Z_OK && code != Z_BUF_ERROR) return Broken("a broken header block");
    plain.append(buffer, sizeof buffer - zlib_->avail_out);
    if (plain.size() > kMaxBytes) return Broken("a header block of more than 64 KiB");
    if (zlib_->avail_out > 0) return plain;
  }
}

Result<SpdyHeaders> SpdyHeaderReader::Read(std::string_view block) {
  const auto plain = Inflate(block);
  if (!plain) return tl::unexpected(plain.error());
  Cursor cursor{*plain};
  uint32_t count = 0;
  if (!cursor.TakeNumber(count)) return Broken("a header block without a count");
  if (count > kMaxHeaders) return Broken("a header block of too many headers");
  SpdyHeaders headers(count);
  for (auto& [name, value] : headers) {
    if (!cursor.TakeString(name) || !cursor.TakeString(value)) {
      return Broken("a header block that is cut");
    }
  }
  if (!cursor.rest.empty()) return Broken("a header block with something behind it");
  return headers;
}

}  // namespace secure_exec
