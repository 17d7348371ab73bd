#include "base/vt/plain_text.h"
#include "base/vt/safe_text.h"
#include "replay/export/exporter.h"
#include "replay/session_text.h"
#include "replay/summary.h"

namespace secure_exec {
namespace {

class TextExporter final : public Exporter {
 public:
  void Begin(const CastHeader& header, std::string&) override {
    header_ = header;
    if (HasTerminal(header)) text_.SetColumns(header.width);
  }

  void Add(const Event& event, std::string& out) override {
    out_ = &out;
    if (event.code == 'd') {
      text_.Feed(DigestText(event), event.t_us);
    } else if (!event.is_bytes()) {
      ApplyResize(header_, event, text_);
    } else if (event.channel() != Channel::kStdin) {
      text_.Feed(event.data, event.t_us);
    }
  }

  void Finish(int64_t, std::string& out) override {
    out_ = &out;
    text_.Finish();
  }

 private:
  CastHeader header_;
  std::string* out_ = nullptr;  // of the call that goes on
  PlainText text_{PlainText::Source::kOutput, [this](const TextLine& line) {
                    AppendSafeText(line.text, *out_);
                    if (line.ended) *out_ += '\n';
                  }};
};

}  // namespace

std::unique_ptr<Exporter> MakeTextExporter() { return std::make_unique<TextExporter>(); }

}  // namespace secure_exec
