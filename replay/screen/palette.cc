#include "replay/screen/palette.h"

#include <algorithm>

namespace secure_exec {

size_t Palette::StyleHash::operator()(const Style& style) const {
  uint64_t hash = style.foreground.packed() | uint64_t{style.background.packed()} << 32;
  hash *= 0x9E3779B97F4A7C15u;
  hash ^= hash >> 29;
  hash += style.underline_colour.packed() | uint64_t{style.attributes} << 32 |
          uint64_t{style.link} << 48;
  hash *= 0xBF58476D1CE4E5B9u;
  return static_cast<size_t>(hash ^ hash >> 32);
}

Palette::Palette() {
  styles_.emplace_back();
  style_numbers_.emplace(Style{}, 0);
  clusters_.emplace_back();
  links_.emplace_back();
}

uint32_t Palette::AddStyle(const Style& style) {
  if (style == Style{}) return 0;
  uint32_t& recent = recent_styles_[StyleHash{}(style) % kRecent];
  if (styles_[recent] == style) return recent;
  const auto known = style_numbers_.find(style);
  if (known != style_numbers_.end()) return recent = known->second;
  ++added_;
  // The attributes alone have few enough values to fit above the limit.
  const bool plain = style == Style{.attributes = style.attributes};
  if (styles_.size() >= kMaxStyles / 2) wants_ = true;
  if (styles_.size() >= kMaxStyles && !plain) {
    return AddStyle(Style{.attributes = style.attributes});
  }
  const auto number = static_cast<uint32_t>(styles_.size());
  styles_.push_back(style);
  style_numbers_.emplace(style, number);
  return recent = number;
}

uint32_t Palette::AddCluster(std::string_view text) {
  std::string key(text);
  const auto known = cluster_numbers_.find(key);
  if (known != cluster_numbers_.end()) return known->second;
  ++added_;
  if (clusters_.size() >= kMaxClusters / 2) wants_ = true;
  if (clusters_.size() >= kMaxClusters || text.size() > kMaxClusterBytes) return 0;
  const auto number = static_cast<uint32_t>(clusters_.size());
  Cluster& cluster = clusters_.emplace_back();
  std::copy(text.begin(), text.end(), cluster.bytes.begin());
  cluster.size = static_cast<uint8_t>(text.size());
  cluster_numbers_.emplace(std::move(key), number);
  return number;
}

uint16_t Palette::AddLink(std::string_view address) {
  if (address.empty()) return 0;
  std::string key(address);
  const auto known = link_numbers_.find(key);
  if (known != link_numbers_.end()) return known->second;
  // There is room for few: collect them sooner.
  added_ += kMinAdded / 256;
  if (links_.size() >= kMaxLinks / 2 || link_bytes_ >= kMaxLinkBytes / 2) wants_ = true;
  if (links_.size() >= kMaxLinks || link_bytes_ + key.size() > kMaxLinkBytes) return 0;
  link_bytes_ += key.size();
  const auto number = static_cast<uint16_t>(links_.size());
  links_.push_back(key);
  link_numbers_.emplace(std::move(key), number);
  return number;
}

Palette::Collector::Collector(Palette& palette)
    : old_(palette),
      styles_(palette.styles_.size()),
      clusters_(palette.clusters_.size()),
      links_(palette.links_.size()) {}

uint16_t Palette::Collector::MapLink(uint16_t link) {
  if (link == 0) return 0;
  if (links_[link] == 0) links_[link] = fresh_.AddLink(old_.links_[link]);
  return links_[link];
}

void Palette::Collector::Map(Style& style) { style.link = MapLink(style.link); }

void Palette::Collector::Map(Cell& cell) {
  if (cell.style != 0) {
    uint32_t& number = styles_[cell.style];
    if (number == 0) {
      Style style = old_.styles_[cell.style];
      Map(style);
      number = fresh_.AddStyle(style) + 1;
    }
    cell.style = number - 1;
  }
  if (cell.is_cluster()) {
    uint32_t& number = clusters_[cell.value()];
    if (number == 0) number = fresh_.AddCluster(old_.clusters_[cell.value()].text()) + 1;
    cell.text = (cell.text & ~Cell::kValueMask) | (number - 1);
  }
}

void Palette::Collector::Finish() {
  fresh_.added_ = 0;
  fresh_.wants_ = false;
  old_ = std::move(fresh_);
}

}  // namespace secure_exec
