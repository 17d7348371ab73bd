// Walks the main file of a recording strictly: Z0 K0 (Zk Kk)* ZN KN SEEK and nothing else, or what
// `recover` makes of one that is cut (docs/format.md sections 1, 6 and 10). It checks the grammar,
// the limits, zstd's checksums and what checkpoints say of place (kind, k, id, counts of lines), so
// that a dropped, doubled or foreign frame is met where it stands. It checks no signature and no
// hash of ours: that is verify's.
//
// Reads in pieces of about 2 MiB. The file may grow meanwhile; bytes that turn out bad are read a
// second time before they count as altered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "recorder/cast/event.h"
#include "recorder/container/byte_source.h"
#include "recorder/container/checkpoint.h"
#include "recorder/container/seek_table.h"
#include "recorder/container/zstd_frame.h"

namespace secure_exec {

class FrameReader {
 public:
  // With kSigned a frame that its checkpoint's signature covers by hash (kind 1) is not decoded:
  // its lines are empty, and their number is the checkpoint's word.
  enum class Content { kAll, kSigned };
  // `source` outlives the reader.
  explicit FrameReader(const ByteSource& source, Content content = Content::kAll);

  enum class Step {
    kFrame,    // Zk Kk are whole: see unit()
    kSealed,   // the seek table is right and the file ends behind it
    kCut,      // nothing, a proper prefix of what may follow, or zeros; ask again if it may grow
    kAltered,  // anything else: see problem(). Every later call says the same.
    kForeign,  // not a recording of ours, or of a version we do not know; only at the beginning
  };
  // Errors are kIo; and kFormat where the source's bytes are encrypted and not authentic.
  Result<Step> Next();

  // After kFrame, until the next call.
  struct Unit {
    uint64_t k = 0;
    uint64_t offset = 0;      // of Zk, bytes
    std::string_view frame;   // Zk
    std::string_view lines;   // its content; ends in LF
    uint32_t plain_size = 0;  // of its content, as its header says
    Checkpoint checkpoint;
  };
  const Unit& unit() const { return unit_; }
  const std::string& problem() const { return problem_; }

  uint64_t next_k() const { return next_k_; }        // of the frame that comes next
  uint64_t next_line() const { return next_line_; }  // index of its first line
  uint64_t offset() const { return offset_; }        // where it begins, bytes
  bool after_seal() const { return after_seal_; }
  // Frames of kinds 3 and 4 were met: `recover` made this file.
  bool recovered() const { return recovered_; }
  // After kCut: zeros in the frame that comes next, or in place of it, with other bytes behind
  // them. A power cut leaves that of writes of which only the later ones reached the disk.
  struct Hole {
    uint64_t begin = 0, end = 0;  // bytes of the file
  };
  const std::optional<Hole>& hole() const { return hole_; }
  // The first hole that has a byte in [begin, end) of a frame that starts at `unit`: zeros up to
  // the end of a 512-byte sector, from its beginning or from `unit` on (what a sector held before,
  // which ends with the frame before). The end of the file counts as the end of a sector.
  Result<std::optional<Hole>> FindHole(uint64_t unit, uint64_t begin, uint64_t end) const;
  // After kAltered: a later minor version may have given these bytes a meaning.
  bool of_later_version() const { return of_later_version_; }

  // A place between two units that was come by, to go on from again: forth and back. A reader takes
  // its own marks alone. The file's bytes are checked again as they are read.
  struct Mark {
    uint64_t offset = 0, next_k = 0, next_line = 0;
    size_t entries = 0;
    CheckpointKind last_kind = CheckpointKind::kGenesis;
    bool after_seal = false, recovered = false;
  };
  Mark mark() const;
  void GoTo(const Mark& mark);

  // Takes the last unit back, for it proved torn: from now on the file is cut before it.
  void RejectUnit();

  // The header line (without LF) from Z0 alone, though K0 be missing. kFormat, kIo. Before Next().
  Result<std::string> ReadHeaderLine();
  // True if from `position` to the end of the file there are only zeros: what a power cut leaves
  // of bytes whose size was known but which were never written.
  Result<bool> OnlyZerosFrom(uint64_t position) const;

 private:
  // Where the zeros from `position` on end; the file's end counts.
  Result<uint64_t> ZerosEnd(uint64_t position, bool& at_end) const;
  Result<void> Fill();
  // Encrypted bytes ahead are not authentic: what stands before them counts all the same.
  Result<size_t> FillUpToBadBytes();
  Result<Step> Try();
  Result<Step> TryCheckpoint(const FrameScan& scan, std::string_view bytes);
  // What is wrong with a checkpoint's kind and number there; nullptr if nothing.
  const char* Misplaced(const CheckpointBody& body) const;
  Result<Step> TrySeekTable();
  // kCut; looks for a hole before the end of the file.
  Result<Step> Cut();
  // kAltered with this problem, unless zeros from `good_until` (counted from offset_) on or a hole
  // that begins no later excuse it.
  Result<Step> Bad(size_t good_until, std::string problem, bool foreign = false);

  const ByteSource& source_;
  const Content content_;
  FrameDecoder decoder_;
  std::unique_ptr<char[]> piece_;
  std::optional<Error> unreadable_;  // what stands behind the buffer
  std::string_view buffer_;  // what of the piece is filled: the file's bytes from buffer_start_
  uint64_t buffer_start_ = 0;
  Unit unit_;
  std::string problem_;
  uint64_t offset_ = 0, next_k_ = 0, next_line_ = 0;
  bool after_seal_ = false;
  bool recovered_ = false;
  bool of_later_version_ = false;
  std::optional<Hole> hole_;
  CheckpointKind last_kind_ = CheckpointKind::kGenesis;
  std::optional<Step> final_;
  Uuid id_{};
  std::vector<SeekEntry> entries_;  // of all units that were ever met
  size_t entry_count_ = 0;          // of those before offset_
};

}  // namespace secure_exec
