#include "replay/export/svg_export.h"

#include <algorithm>

#include "replay/render/render.h"
#include "replay/session_screen.h"

namespace secure_exec {
namespace {

// Of all that the session's terminal had between the two times.
WindowSize LargestSize(Recording& recording, int64_t from_us, int64_t to_us) {
  SessionScreen session(recording.header());
  WindowSize largest{.columns = 1, .rows = 1};
  const auto grow = [&] {
    largest.columns = std::max(largest.columns, session.screen().columns());
    largest.rows = std::max(largest.rows, session.screen().rows());
  };
  Event event;
  while (true) {
    const auto more = recording.Next(event);
    if (!more || !*more || event.t_us > to_us) break;
    if (event.code != 'r') continue;
    if (event.t_us > from_us) grow();
    session.Show(event);
  }
  grow();
  return largest;
}

class Animation {
 public:
  explicit Animation(Output& out) : out_(out) {}

  size_t bytes() const { return bytes_; }  // that were written

  // What the screen shows from `t_us` on.
  void Show(const Screen& screen, int64_t t_us) {
    std::vector<std::string> rows = SvgRows(screen);
    rows.resize(std::max(rows.size(), rows_.size()));
    rows_.resize(rows.size());
    for (size_t y = 0; y < rows.size(); ++y) {
      if (rows[y] == rows_[y].elements) continue;
      Write(rows_[y], t_us);
      rows_[y] = {std::move(rows[y]), t_us};
    }
  }

  void Finish() {
    for (const Row& row : rows_) {
      if (row.elements.empty()) continue;
      Put("<g>");
      if (row.since_us > 0) {
        Put(
            fmt::format("<set attributeName=\"visibility\" to=\"hidden\" begin=\"0s\" "
                        "dur=\"{}s\"/>\n",
                        Seconds(row.since_us)));
      }
      Put(row.elements);
      Put("</g>\n");
    }
  }

 private:
  struct Row {
    std::string elements;
    int64_t since_us = 0;
  };

  static std::string Seconds(int64_t us) {
    return fmt::format("{}.{:03}", us / 1'000'000, us / 1000 % 1000);
  }

  // A row that stood until `t_us`.
  void Write(const Row& row, int64_t t_us) {
    if (row.elements.empty() || t_us / 1000 <= row.since_us / 1000) return;
    const int64_t ms = t_us / 1000 - row.since_us / 1000;
    Put(
        fmt::format("<g visibility=\"hidden\"><set attributeName=\"visibility\" "
                    "to=\"visible\" begin=\"{}s\" dur=\"{}s\"/>\n",
                    Seconds(row.since_us), Seconds(ms * 1000)));
    Put(row.elements);
    Put("</g>\n");
  }

  void Put(std::string_view text) {
    bytes_ += text.size();
    out_.Write(text);
  }

  Output& out_;
  size_t bytes_ = 0;
  std::vector<Row> rows_;
};

}  // namespace

Result<void> ExportSvg(Recording& recording, int64_t from_us, int64_t to_us, Output& out,
                       size_t most_bytes) {
  const auto begin = recording.place();
  if (!begin) return Fail(ErrorKind::kFormat, "{}: was read from already", recording.path());
  const WindowSize size = LargestSize(recording, from_us, to_us);
  recording.GoTo(*begin);

  out.Write(SvgBegin(size));
  SessionScreen session(recording.header());
  Animation animation(out);
  Event event;
  int64_t shown_us = 0;  // of the last event, from the range's beginning
  int64_t drawn_us = -kSvgFrameUs;
  bool drawn = false;  // all that was shown
  Result<void> done;
  while (!out.failed()) {
    const auto more = recording.Next(event);
    if (!more) done = tl::unexpected(more.error());
    if (!more || !*more) session.Finish();
    if (!more || !*more || event.t_us > to_us) break;
    const int64_t t_us = std::max<int64_t>(event.t_us - from_us, 0);
    if (!drawn && t_us > shown_us && t_us - drawn_us >= kSvgFrameUs) {
      animation.Show(session.screen(), shown_us);
      drawn = true;
      drawn_us = t_us;
      if (animation.bytes() > most_bytes) {
        done = Fail(ErrorKind::kUsage,
                    "the image ends {} s into the range, where it is {} MiB large: --from and --to "
                    "make a shorter one",
                    t_us / 1'000'000, animation.bytes() >> 20);
        break;
      }
    }
    const bool draws = event.code == 'r' || event.code == 'd' ||
                       (event.is_bytes() && event.channel() != Channel::kStdin);
    if (!draws) continue;
    session.Show(event);
    shown_us = t_us;
    drawn = false;
  }
  animation.Show(session.screen(), shown_us);
  animation.Finish();
  out.Write("</svg>\n");
  out.Flush();
  return done;
}

}  // namespace secure_exec
