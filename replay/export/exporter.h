// Turns a recording's events into a file that other programs read. One class for each format; the
// caller (replay/export.cc) reads the recording and picks the range.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "recorder/cast/event.h"
#include "recorder/cast/header.h"

namespace secure_exec {

class Exporter {
 public:
  virtual ~Exporter() = default;
  // What comes before the first event.
  virtual void Begin(const CastHeader& header, std::string& out) = 0;
  // Appends what the event becomes; times do not go back, and are the exported session's.
  virtual void Add(const Event& event, std::string& out) = 0;
  // The last event was given; the session was `duration_us` long.
  virtual void Finish(int64_t duration_us, std::string& out) = 0;
};

struct CastOptions {
  int version = 2;     // 2 or 3
  bool input = false;  // with what was typed, as `i` events
};
// An asciicast that any player shows as it was on a terminal: stderr beside stdout, CR LF for the
// LF of sessions without a terminal, U+FFFD for what is not UTF-8. Digests become markers.
std::unique_ptr<Exporter> MakeCastExporter(const CastOptions& options);

// What was printed as lines of text, as cat has it.
std::unique_ptr<Exporter> MakeTextExporter();

// JSON lines: a session object, then one object an event, bytes in base64 where they are no text.
// ASCII only.
std::unique_ptr<Exporter> MakeJsonLinesExporter();

}  // namespace secure_exec
