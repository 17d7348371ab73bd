// For tests and fuzzing: a parser's events as text, one event a line, runs of text joined.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/vt/parser.h"

namespace secure_exec {

class EventLog : public ParserHandler {
 public:
  EventLog() = default;
  // `short_sgr`: as who takes those. They look as others do, so that nothing may differ.
  explicit EventLog(bool short_sgr) : short_sgr_(short_sgr) {}
  const std::string& text() const { return text_; }

 private:
  void Print(std::string_view text) override {
    if (!printing_) text_ += "print ";
    if (printing_) text_.pop_back();
    text_ += text;
    text_ += '\n';
    printing_ = true;
  }
  void Execute(uint8_t control) override { Add(fmt::format("c0 {:02x}", control)); }
  void C1(uint8_t control) override { Add(fmt::format("c1 {:02x}", control)); }
  void Escape(std::string_view intermediates, char final) override {
    Add(fmt::format("esc {}{}", intermediates, final));
  }
  void ControlSequence(const Csi& csi) override {
    std::string line = "csi ";
    if (csi.prefix != 0) line += csi.prefix;
    for (size_t i = 0; i < csi.count; ++i) {
      if (i > 0) line += csi.params[i].sub ? ':' : ';';
      if (csi.params[i].given) line += std::to_string(csi.params[i].value);
    }
    line += csi.intermediates();
    line += csi.final;
    if (csi.overflow) line += " overflow";
    Add(line);
  }
  bool ShortSgr(uint64_t params) override {
    if (!short_sgr_) return false;
    std::string sequence = "\x1B[";
    for (; params != 0; params >>= 8) sequence += static_cast<char>(params & 0xFF);
    EventLog log;
    Parser().Feed(sequence + "m", log);
    Add(std::string_view(log.text()).substr(0, log.text().size() - 1));
    return true;
  }
  void String(StringKind kind, std::string_view payload, bool truncated) override {
    constexpr std::string_view kNames[] = {"osc", "dcs", "sos", "pm", "apc"};
    Add(fmt::format("{} {}{}", kNames[static_cast<int>(kind)], payload,
                    truncated ? " truncated" : ""));
  }
  void Add(std::string_view line) {
    text_ += line;
    text_ += '\n';
    printing_ = false;
  }

  bool short_sgr_ = false;
  std::string text_;
  bool printing_ = false;
};

}  // namespace secure_exec
