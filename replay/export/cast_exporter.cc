#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/vt/safe_text.h"
#include "base/vt/utf8_char.h"
#include "recorder/cast/line_writer.h"
#include "replay/export/exporter.h"
#include "replay/export/terminal_text.h"
#include "replay/session_text.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

using Json = nlohmann::ordered_json;

// What is invisible in the JSON string from `begin` on is written as \uXXXX: the file may be looked
// at on a terminal, and means the same.
void EscapeInvisible(size_t begin, std::string& out) {
  std::string_view rest = std::string_view(out).substr(begin);
  if (std::none_of(rest.begin(), rest.end(), [](char c) { return (c & 0x80) != 0; })) return;
  std::string escaped;
  while (!rest.empty()) {
    const Utf8Char c = DecodeUtf8Char(rest);
    if (!IsInvisible(c.code_point)) {
      escaped += rest.substr(0, c.size);
    } else if (c.code_point < 0x10000) {
      escaped += fmt::format("\\u{:04x}", static_cast<uint32_t>(c.code_point));
    } else {
      const uint32_t pair = c.code_point - 0x10000;
      escaped += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (pair >> 10), 0xDC00 + (pair & 0x3FF));
    }
    rest.remove_prefix(c.size);
  }
  out.replace(begin, out.npos, escaped);
}

class CastExporter final : public Exporter {
 public:
  explicit CastExporter(const CastOptions& options) : options_(options) {}

  void Begin(const CastHeader& header, std::string& out) override {
    output_.emplace(!HasTerminal(header));
    Json json;
    json["version"] = options_.version;
    if (options_.version == 2) {
      json["width"] = header.width;
      json["height"] = header.height;
    } else {
      json["term"] = {{"cols", header.width}, {"rows", header.height}};
      if (!header.term.empty()) json["term"]["type"] = header.term;
    }
    if (header.timestamp > 0) json["timestamp"] = header.timestamp;
    if (header.idle_time_limit > 0) json["idle_time_limit"] = header.idle_time_limit;
    if (const std::string command = CommandText(header); !command.empty())
      json["command"] = command;
    const std::string title = header.session ? PlaceText(header) : header.title;
    if (!title.empty()) json["title"] = title;
    if (options_.version == 2 && !header.term.empty()) json["env"] = {{"TERM", header.term}};
    out += json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + "\n";
  }

  void Add(const Event& event, std::string& out) override {
    text_.clear();
    if (event.is_bytes()) {
      const bool typed = event.channel() == Channel::kStdin;
      if (typed && !options_.input) return;
      (typed ? typed_ : *output_).Feed(event.channel(), event.data, text_);
      return Line(event.t_us, typed ? 'i' : 'o', text_, out);
    }
    switch (event.code) {
      case 'r':
      case 'm':
        return Line(event.t_us, event.code, event.data, out);
      case 'd':
        return Line(event.t_us, 'm', "secure-exec: not recorded: " + event.data, out);
      case 'x':
        // Version 2 has no such code; its players leave out what they do not know, but not all
        // tools do.
        if (options_.version == 3) Line(event.t_us, 'x', ExitCode(event.data), out);
        return;
      default:
        return;
    }
  }

  void Finish(int64_t duration_us, std::string& out) override {
    text_.clear();
    output_->Finish(text_);
    // Players refuse a cast without events, and take the last one's time for the length.
    if (!text_.empty() || lines_ == 0 || last_us_ < duration_us) {
      lines_ = 0;
      Line(duration_us, 'o', text_, out);
    }
  }

 private:
  static std::string ExitCode(std::string_view data) {
    const auto exit = ParseExit(data);
    return exit ? std::to_string(exit->code) : "";
  }

  void Line(int64_t t_us, char code, std::string_view text, std::string& out) {
    if (text.empty() && lines_ > 0) return;
    if (options_.version == 2) {
      out += fmt::format("[{}.{:06}, \"{}\", ", t_us / 1'000'000, t_us % 1'000'000, code);
    } else {
      // Milliseconds since the event before; what is cut off is carried on.
      const int64_t now_ms = t_us / 1000;
      const int64_t interval = now_ms - last_ms_;
      last_ms_ = now_ms;
      out += fmt::format("[{}.{:03}, \"{}\", ", interval / 1000, interval % 1000, code);
    }
    const size_t begin = out.size();
    AppendJsonString(text, out);
    EscapeInvisible(begin, out);
    out += "]\n";
    last_us_ = t_us;
    ++lines_;
  }

  const CastOptions options_;
  std::optional<TerminalText> output_;
  TerminalText typed_{false};
  std::string text_;
  uint64_t lines_ = 0;
  int64_t last_us_ = 0, last_ms_ = 0;
};

}  // namespace

std::unique_ptr<Exporter> MakeCastExporter(const CastOptions& options) {
  return std::make_unique<CastExporter>(options);
}

}  // namespace secure_exec
