// libcurl's handles with owners: the multi handle that drives transfers, one transfer, and a
// connected stream. What libcurl reports becomes kubectl's words here.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

#include "base/result.h"
#include "plugin/api/byte_stream.h"
#include "plugin/api/proxy.h"
#include "plugin/api/tls_check.h"

namespace secure_exec {

struct FreeCurlUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using CurlUrl = std::unique_ptr<CURLU, FreeCurlUrl>;
// "" where there is no such part.
std::string UrlPart(CURLU* url, CURLUPart part);

// Drives its transfers together, so that their round trips overlap.
class CurlMulti {
 public:
  CurlMulti() : handle_(curl_multi_init()) {}
  ~CurlMulti() { curl_multi_cleanup(handle_); }
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;
  CURLM* get() const { return handle_; }

 private:
  CURLM* handle_;
};

// One easy handle within a multi handle. A CONNECT_ONLY connection must stay in its multi handle
// for as long as it is used, hence the shared ownership.
class CurlTransfer {
 public:
  // `host`: the name that the server's certificate must have.
  CurlTransfer(std::shared_ptr<CurlMulti> multi, std::string host);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* get() const { return easy_; }
  // A refused option (a libcurl without TLS) fails the transfer when it starts.
  template <class Value>
  void Set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy_, option, value);
    if (code != CURLE_OK && setup_ == CURLE_OK) setup_ = code;
  }
  void AddHeader(const std::string& line) { Append(headers_, line); }
  // "HOST:PORT:REAL-HOST:REAL-PORT"
  void AddConnectTo(const std::string& entry) { Append(connect_to_, entry); }
  // Hands the transfer to the multi handle. Call once, when all options are set.
  void Start();
  // Drives all transfers of the multi handle until this one is done. CURLE_ABORTED_BY_CALLBACK when
  // `interrupt_fd` becomes readable before.
  CURLcode Wait(int interrupt_fd = -1);
  // kubectl's text for how the transfer failed. `host_header` as in the server's URL. Names the
  // proxy, if one was used, and never its password.
  Error Explain(CURLcode code, const std::string& host_header, const Proxy& proxy) const;
  const char* error_text() const { return error_text_; }

  PeerCheck& peer() { return peer_; }

 private:
  void Append(curl_slist*& list, const std::string& line);

  std::shared_ptr<CurlMulti> multi_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  PeerCheck peer_;
  CURLcode setup_ = CURLE_OK;
  CURLcode result_ = CURLE_OK;
  bool started_ = false;
  bool done_ = false;
  char error_text_[CURL_ERROR_SIZE] = "";
};

// The stream over a transfer that has connected.
std::unique_ptr<ByteStream> MakeCurlStream(std::unique_ptr<CurlTransfer> transfer);

}  // namespace secure_exec
