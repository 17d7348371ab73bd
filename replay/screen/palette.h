// The styles, clusters and links that the cells of one screen refer to by number. Equal ones have
// one number. What no cell uses any more goes when a table is full: the screen that owns the cells
// then renumbers them (Collector).
//
// Bounded: kMaxStyles, kMaxClusters, kMaxLinks of kMaxLinkBytes together can be on a screen at
// once. Beyond them a style loses its colours and link, a combining character or a link is left
// out. Collecting is paid for by the additions before it, so a hostile stream cannot make it dear.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "replay/screen/cell.h"

namespace secure_exec {

class Palette {
 public:
  static constexpr size_t kMaxStyles = 1 << 16;
  static constexpr size_t kMaxClusters = 1 << 16;
  static constexpr size_t kMaxClusterBytes = 21;  // as in tmux; more are left out
  static constexpr size_t kMaxLinks = 1024;
  static constexpr size_t kMaxLinkBytes = 256 * 1024;

  Palette();

  const Style& style(uint32_t number) const { return styles_[number]; }
  std::string_view cluster(uint32_t number) const { return clusters_[number].text(); }
  // The link's address, safe to be shown (SafeLine); empty for 0.
  std::string_view link(uint16_t number) const { return links_[number]; }
  size_t styles() const { return styles_.size(); }
  size_t clusters() const { return clusters_.size(); }

  // Numbers. When a table is full: the style without colours, 0 for no cluster, 0 for no link.
  uint32_t AddStyle(const Style& style);
  uint32_t AddCluster(std::string_view text);  // from 1 on
  uint16_t AddLink(std::string_view address);

  // True when a table is full enough that the cells' owner should run a Collector.
  bool WantsCollecting() const { return wants_ && added_ >= kMinAdded; }

  class Collector;

 private:
  static constexpr size_t kMinAdded = 16384;
  static constexpr size_t kRecent = 64;

  struct Cluster {
    std::array<char, kMaxClusterBytes> bytes{};
    uint8_t size = 0;
    std::string_view text() const { return {bytes.data(), size}; }
  };
  struct StyleHash {
    size_t operator()(const Style& style) const;
  };

  std::vector<Style> styles_;
  std::unordered_map<Style, uint32_t, StyleHash> style_numbers_;
  // Of styles by their hashes, the last one each: programs go back and forth between few.
  std::array<uint32_t, kRecent> recent_styles_{};
  std::vector<Cluster> clusters_;
  std::unordered_map<std::string, uint32_t> cluster_numbers_;
  std::vector<std::string> links_;
  std::unordered_map<std::string, uint16_t> link_numbers_;
  size_t link_bytes_ = 0;
  size_t added_ = 0;  // additions, and refused ones, since the last collecting
  bool wants_ = false;
};

// Renumbers everything that is in use. Map() each cell, then Finish(): what was not mapped is
// gone. Styles held by value (the pen) are mapped too, for their links.
class Palette::Collector {
 public:
  explicit Collector(Palette& palette);
  void Map(Cell& cell);
  void Map(Style& style);
  void Finish();

 private:
  uint16_t MapLink(uint16_t link);

  Palette& old_;
  Palette fresh_;
  std::vector<uint32_t> styles_;    // new numbers plus one; 0: not yet seen
  std::vector<uint32_t> clusters_;  // the same
  std::vector<uint16_t> links_;
};

}  // namespace secure_exec
