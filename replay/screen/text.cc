#include "replay/screen/text.h"

#include <algorithm>

#include "base/vt/utf8_char.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxUtf8 = 4;

// Most rows are ASCII. Writes what stands in kBlock cells, if it is that; else nothing that counts.
// A loop of fixed length without a way out, for the compiler to unroll.
constexpr size_t kBlock = 8;
bool PutAscii(const Cell* cells, char* to) {
  uint32_t bits = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    const uint32_t text = cells[i].text;
    bits |= text;
    to[i] = static_cast<char>(text == 0 ? ' ' : text);
  }
  return bits < 0x80;
}

// Returns what is behind it.
char* PutUtf8(char32_t c, char* to) {
  const auto put = [&](char32_t bits) { *to++ = static_cast<char>(bits); };
  if (c < 0x80) {
    put(c);
    return to;
  }
  if (c < 0x800) {
    put(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      put(0xE0 | c >> 12);
    } else {
      put(0xF0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3F));
    }
    put(0x80 | (c >> 6 & 0x3F));
  }
  put(0x80 | (c & 0x3F));
  return to;
}

}  // namespace

void AppendCellText(const Palette& palette, const Cell& cell, std::string& out) {
  if (cell.is_padding()) return;
  if (cell.is_cluster()) {
    out += palette.cluster(cell.value());
  } else {
    AppendUtf8(cell.value() == 0 ? U' ' : static_cast<char32_t>(cell.value()), out);
  }
}

void AppendRowText(const Palette& palette, const Row& row, int columns, std::string& out,
                   std::vector<uint16_t>* places) {
  const size_t end = std::min(static_cast<size_t>(row.used), static_cast<size_t>(columns));
  size_t x = 0;
  size_t one_by_one = 0;  // up to here, for they are no block of ASCII
  size_t run = end;       // up to here there is room for each
  while (places == nullptr && x < end) {
    // Without asking for room at each character; a cluster is as long as it is.
    const size_t old = out.size();
    out.resize(old + kMaxUtf8 * (run - x));
    char* to = out.data() + old;
    for (; x < run; ++x) {
      if (x >= one_by_one) {
        for (; run - x >= kBlock && PutAscii(&row.cells[x], to); x += kBlock) to += kBlock;
        if (x == run) break;
        one_by_one = x + kBlock;
      }
      const Cell cell = row.cells[x];
      if (cell.text < 0x80) {
        *to++ = cell.text == 0 ? ' ' : static_cast<char>(cell.text);
      } else if (cell.is_cluster()) {
        break;
      } else if (!cell.is_padding()) {
        to = cell.value() == 0 ? PutUtf8(U' ', to) : PutUtf8(cell.value(), to);
      }
    }
    out.resize(static_cast<size_t>(to - out.data()));
    if (x < run) AppendCellText(palette, row.cells[x++], out);
    // Where one cluster is, there are others: less room then, as it is cleared first.
    run = std::min(end, x + 2 * kBlock);
  }
  for (; x < end; ++x) {
    const Cell& cell = row.cells[x];
    if (cell.text < 0x80) {
      out += cell.text == 0 ? ' ' : static_cast<char>(cell.text);
    } else {
      AppendCellText(palette, cell, out);
    }
    if (places != nullptr) places->resize(out.size(), static_cast<uint16_t>(x));
  }
}

std::string_view TrimEnd(std::string_view text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::string RowText(const Screen& screen, int y) {
  std::string text;
  AppendRowText(screen.palette(), screen.row(y), screen.columns(), text);
  text.resize(TrimEnd(text).size());
  return text;
}

std::string ScreenText(const Screen& screen) {
  std::string text;
  size_t end = 0;
  for (int y = 0; y < screen.rows(); ++y) {
    const std::string row = RowText(screen, y);
    text += row;
    text += '\n';
    if (!row.empty()) end = text.size();
  }
  text.resize(end);
  return text;
}

ScreenLine LineAt(const Screen& screen, int y) {
  ScreenLine line{.first = y, .last = y, .text = {}};
  while (line.first > 0 && screen.row(line.first - 1).wrapped) --line.first;
  while (line.last < screen.rows() - 1 && screen.row(line.last).wrapped) ++line.last;
  for (int i = line.first; i <= line.last; ++i) {
    AppendRowText(screen.palette(), screen.row(i), screen.columns(), line.text);
  }
  line.text.resize(TrimEnd(line.text).size());
  return line;
}

}  // namespace secure_exec
