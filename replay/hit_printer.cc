#include "replay/hit_printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "base/vt/safe_text.h"
#include "replay/format.h"

namespace secure_exec {
namespace {

constexpr std::string_view kMatchColour = "\x1B[1;31m";
constexpr std::string_view kNameColour = "\x1B[35m";
constexpr std::string_view kTimeColour = "\x1B[32m";
constexpr std::string_view kNoColour = "\x1B[0m";
constexpr int64_t kUsPerMs = 1000;

// Times are printed in milliseconds and rounded up: whoever goes to one sees what it stands for.
int64_t UpToMillis(int64_t t_us) {
  const int64_t over = t_us % kUsPerMs;
  return over <= 0 ? t_us - over : t_us - over + kUsPerMs;
}

std::string OffsetText(const SearchHit& hit, int64_t t_us) {
  const int64_t rounded = UpToMillis(t_us);
  std::string text = FormatOffset(rounded);
  // It was gone before the millisecond was over.
  if (hit.full_screen && rounded >= hit.ended_us && rounded != t_us) {
    text = FormatOffset(t_us) + fmt::format("{:03}", t_us % kUsPerMs);
  }
  return text;
}

std::string WallText(const CastHeader& header, int64_t t_us) {
  const int64_t wall_ns = WallAt(header, t_us);
  const int64_t over = wall_ns % kMillisecond;
  int64_t rounded = 0;
  if (over <= 0 || __builtin_add_overflow(wall_ns, kMillisecond - over, &rounded)) {
    return FormatWallMillis(wall_ns);
  }
  return FormatWallMillis(rounded);
}

size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

double Seconds(int64_t t_us) { return static_cast<double>(t_us) / 1e6; }

}  // namespace

HitPrinter::HitPrinter(const HitStyle& style, const Matcher& matcher, const CastHeader& header,
                       std::string name, std::string path)
    : style_(style),
      matcher_(matcher),
      header_(header),
      name_(SafeLine(name)),
      path_(std::move(path)) {}

void HitPrinter::Print(const SearchHit& hit, std::string& out) {
  if (style_.json) return PrintJson(hit, out);
  if (style_.only_matching) {
    for (const Matcher::Range& match : Matches(hit.text)) PrintLine(hit, match, out);
    return;
  }
  PrintBefore(hit, out);
  PrintLine(hit, {0, hit.text.size()}, out);
  last_ = {.channel = hit.channel,
           .full_screen = hit.full_screen,
           .line = hit.line,
           .width = width_,
           .after = {hit.after.begin(), hit.after.end()}};
}

void HitPrinter::Finish(std::string& out) {
  for (const std::string& text : last_.after) PrintContext(text, last_.width, out);
  last_.after.clear();
}

// The end of the last hit's context and the beginning of this one's, each line once.
void HitPrinter::PrintBefore(const SearchHit& hit, std::string& out) {
  const bool first = last_.line == 0;
  const bool context = !hit.before.empty() || !hit.after.empty() || !last_.after.empty();
  const bool joins = !first && !hit.full_screen && !last_.full_screen &&
                     hit.channel == last_.channel && hit.line > last_.line &&
                     hit.line - last_.line <= last_.after.size() + hit.before.size() + 1;
  uint64_t printed = last_.line;
  for (const std::string& text : last_.after) {
    if (joins && printed + 1 >= hit.line) break;
    PrintContext(text, last_.width, out);
    ++printed;
  }
  if (context && !first && !joins) out += "--\n";
  if (hit.before.empty()) return;
  // The width of this hit's columns, before it is printed.
  std::string scratch;
  PrintLine(hit, {0, 0}, scratch);
  uint64_t number = hit.line - std::min<uint64_t>(hit.line, hit.before.size());
  for (const std::string& text : hit.before) {
    if (!joins || number > printed) PrintContext(text, width_, out);
    ++number;
  }
}

void HitPrinter::PrintContext(std::string_view text, size_t width, std::string& out) const {
  size_t left = width;
  if (style_.names) {
    if (style_.colour) out += kNameColour;
    out += name_;
    if (style_.colour) out += kNoColour;
    left -= std::min(left, Characters(name_));
  }
  out.append(left, ' ');
  AddText(text, out);
  out += '\n';
}

void HitPrinter::PrintLine(const SearchHit& hit, Matcher::Range match, std::string& out) {
  const int64_t t_us = style_.only_matching ? hit.TimeOf(match) : hit.match_us;
  width_ = 0;
  if (style_.names) Add(name_, kNameColour, out);
  Add(WallText(header_, t_us), kTimeColour, out);
  Add(OffsetText(hit, t_us), kTimeColour, out);
  Add(ChannelName(hit.channel), {}, out);
  if (style_.numbers) {
    Add(fmt::format("{}{}", hit.full_screen ? "row " : "", hit.line), kTimeColour, out);
  }
  if (hit.full_screen) {
    Add(fmt::format("visible {}", FormatLength(hit.ended_us - hit.began_us)), {}, out);
  }
  const std::string_view text = hit.text.substr(match.begin, match.end - match.begin);
  if (style_.only_matching && style_.colour) {
    out += kMatchColour;
    AddText(text, out);
    out += kNoColour;
  } else if (style_.colour && !style_.inverted) {
    AddMatches(text, out);
  } else {
    AddText(text, out);
  }
  out += '\n';
}

// A column.
void HitPrinter::Add(std::string_view text, std::string_view colour, std::string& out) {
  const bool coloured = style_.colour && !colour.empty();
  if (coloured) out += colour;
  out += text;
  if (coloured) out += kNoColour;
  out += "  ";
  width_ += Characters(text) + 2;
}

void HitPrinter::AddText(std::string_view text, std::string& out) const {
  if (style_.raw) {
    out += SafeLine(text);
  } else {
    AppendSafeText(text, out);
  }
}

std::vector<Matcher::Range> HitPrinter::Matches(std::string_view text) const {
  std::vector<Matcher::Range> matches;
  if (style_.inverted) return matches;
  for (size_t at = 0; at < text.size();) {
    const Matcher::Range match = matcher_.Find(text, at);
    if (match.begin == Matcher::kNone) break;
    if (match.end == match.begin) {
      // Behind the character that it stands before.
      at = match.end + 1;
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
      continue;
    }
    matches.push_back(match);
    at = match.end;
  }
  return matches;
}

void HitPrinter::AddMatches(std::string_view text, std::string& out) const {
  size_t at = 0;
  for (const Matcher::Range& match : Matches(text)) {
    AddText(text.substr(at, match.begin - at), out);
    out += kMatchColour;
    AddText(text.substr(match.begin, match.end - match.begin), out);
    out += kNoColour;
    at = match.end;
  }
  AddText(text.substr(at), out);
}

void HitPrinter::PrintJson(const SearchHit& hit, std::string& out) const {
  nlohmann::ordered_json json;
  json["recording"] = name_;
  json["path"] = path_;
  if (StartWallNs(header_) != 0) json["time"] = WallText(header_, hit.match_us);
  json["offset"] = Seconds(hit.match_us);
  json["channel"] = ChannelName(hit.channel);
  json[hit.full_screen ? "row" : "line"] = hit.line;
  if (hit.full_screen) {
    json["visible"] = {{"from", Seconds(hit.began_us)}, {"to", Seconds(hit.ended_us)}};
  }
  const auto put = [](nlohmann::ordered_json& object, std::string_view text) {
    object["text"] = text;
    if (ValidUtf8Prefix(text) != text.size()) object["base64"] = Base64Encode(text);
  };
  put(json, hit.text);
  if (!style_.inverted) {
    auto matches = nlohmann::ordered_json::array();
    for (const Matcher::Range& match : Matches(hit.text)) {
      nlohmann::ordered_json object;
      put(object, hit.text.substr(match.begin, match.end - match.begin));
      object["offset"] = Seconds(hit.TimeOf(match));
      matches.push_back(std::move(object));
    }
    json["matches"] = std::move(matches);
  }
  if (!hit.before.empty()) json["before"] = hit.before;
  if (!hit.after.empty()) json["after"] = hit.after;
  out +=
      json.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::ordered_json::error_handler_t::replace);
  out += '\n';
}

}  // namespace secure_exec
