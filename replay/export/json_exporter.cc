#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/utf8.h"
#include "replay/export/exporter.h"
#include "replay/format.h"
#include "replay/session_text.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

using Json = nlohmann::ordered_json;

class JsonLinesExporter final : public Exporter {
 public:
  void Begin(const CastHeader& header, std::string& out) override {
    header_ = header;
    Json json;
    json["type"] = "session";
    json.update(HeaderJson(header));
    Line(json, out);
  }

  void Add(const Event& event, std::string& out) override {
    Json json;
    json["type"] = TypeOf(event);
    json["t"] = static_cast<double>(event.t_us) / 1e6;
    if (const int64_t wall = WallAt(header_, event.t_us); wall != 0) {
      json["time"] = FormatWallMillis(wall);
    }
    if (event.is_bytes()) {
      json["channel"] = ChannelName(event.channel());
      if (ValidUtf8Prefix(event.data) == event.data.size()) {
        json["text"] = event.data;
      } else {
        json["base64"] = Base64Encode(event.data);
      }
    } else if (const auto exit = event.code == 'x' ? ParseExit(event.data) : std::nullopt) {
      json["code"] = exit->code;
      json["origin"] = exit->remote ? "remote" : "client";
      json["kind"] = exit->kind;
    } else if (const auto size = event.code == 'r' ? ParseResize(event.data) : std::nullopt) {
      json["columns"] = size->columns;
      json["rows"] = size->rows;
    } else {
      json["text"] = event.data;
    }
    Line(json, out);
  }

  void Finish(int64_t, std::string&) override {}

 private:
  static std::string TypeOf(const Event& event) {
    if (event.is_bytes()) return event.channel() == Channel::kStdin ? "input" : "output";
    switch (event.code) {
      case 'r':
        return "resize";
      case 'm':
        return "marker";
      case 'x':
        return "exit";
      case 'd':
        return "digest";
      case 'p':
        return "withheld-input";
      case 'P':
        return "masked-input";
      default:
        return std::string(1, event.code);
    }
  }

  void Line(const Json& json, std::string& out) {
    out += json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
    out += '\n';
  }

  CastHeader header_;
};

}  // namespace

std::unique_ptr<Exporter> MakeJsonLinesExporter() { return std::make_unique<JsonLinesExporter>(); }

}  // namespace secure_exec
