#include "plugin/echo/echo_match.h"

#include <algorithm>
#include <string_view>

namespace secure_exec {
namespace {

// What a prompt ends with is no letter and no digit.
bool EndsAPrompt(char32_t c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return !letter && c != '_' && (c < 0xC0);
}

// Of bash's "(reverse-i-search)`", ash's "(reverse-i-search)'", zsh's "bck-i-search:".
constexpr std::u32string_view kSearchPrompt = U"-search";

}  // namespace

void EchoMatch::AddState(std::vector<State>& to, const State& state) const {
  for (const State& other : to) {
    if (other.next == state.next && other.where == state.where && other.at == state.at &&
        other.confirm == state.confirm) {
      return;
    }
  }
  // The newest are the likelier ones; the first, which stands for the line's start, stays.
  if (to.size() == kMaxStates) to.erase(to.begin() + 1);
  to.push_back(state);
}

void EchoMatch::Advance(std::vector<State>& to, uint32_t next, int64_t at, Confirm confirm) {
  if (next == tokens_.size()) {
    if (confirm == Confirm::kNone) {
      echoed_ = true;
    } else {
      const bool at_once = confirm == Confirm::kNewlineNext && !searching_;
      AddState(to, {next, State::Where::kEnd, confirm, at_once ? at : -1});
    }
    return;
  }
  AddState(to, {next, State::Where::kAt, confirm, at});
  const Gap gap = tokens_[next].gap;
  if (gap == Gap::kLine) AddState(to, {next, State::Where::kLine, confirm, 0});
  if (gap == Gap::kLines) AddState(to, {next, State::Where::kAnywhere, confirm, 0});
}

void EchoMatch::Type(const Key& key, int64_t cursor) {
  edited_ =
      edited_ || (key.kind != Key::kText && key.kind != Key::kOpaque && key.kind != Key::kAnswer);
  switch (key.kind) {
    case Key::kText: {
      const auto index = static_cast<uint32_t>(tokens_.size());
      if (searching_) gap_ = std::max(gap_, Gap::kLine);
      tokens_.push_back({key.code_point, gap_});
      gap_ = Gap::kNone;
      if (impossible_) return;
      if (index == 0 && start_ != Start::kMidLine) {
        AddState(states_, {0, State::Where::kPrompt, Confirm::kNone, 0});
      }
      const bool all_before = echoed_;
      echoed_ = false;
      if (all_before) Advance(states_, index, cursor, Confirm::kNone);
      return;
    }
    case Key::kOpaque:
      impossible_ = true;
      echoed_ = false;
      states_.clear();
      return;
    case Key::kSearch:
      searching_ = true;
      gap_ = Gap::kLines;
      return;
    case Key::kMeta:
      meta_ = true;
      [[fallthrough]];
    case Key::kEditMany:
      gap_ = Gap::kLines;
      return;
    case Key::kEdit:
      gap_ = std::max(gap_, Gap::kLine);
      return;
    case Key::kAnswer:
    case Key::kEnd:
      return;
  }
}

void EchoMatch::End() {
  ended_ = true;
  if (ahead()) return;
  std::erase_if(states_, [](const State& state) { return state.where == State::Where::kPrompt; });
}

bool EchoMatch::Print(char32_t c, int64_t at, int64_t after, char32_t before) {
  if (searching_ && search_seen_ < kSearchPrompt.size()) {
    if (kSearchPrompt[search_seen_] != c) search_seen_ = 0;
    if (kSearchPrompt[search_seen_] == c) ++search_seen_;
    return false;
  }
  if (states_.empty() || (ended_ && echoed_)) return false;
  using Where = State::Where;
  bool matched = false;
  spare_.clear();
  for (const State& state : states_) {
    if (state.where == Where::kEnd) {
      if (state.at != at) AddState(spare_, state);
      continue;
    }
    const bool anywhere = state.where != Where::kAt;
    const bool same = tokens_[state.next].c == c;
    // Until the line's end is typed a beginning may be anywhere: what is typed then goes on from
    // it.
    const bool here = state.where == Where::kAt ? state.at == at
                      : state.where == Where::kPrompt
                          ? !ended_ || (before != 0 && EndsAPrompt(before))
                          : true;
    if (anywhere || !same || !here) AddState(spare_, state);
    if (!same || !here) continue;
    matched = true;
    Confirm confirm = state.confirm;
    if (anywhere && ended_) {
      confirm = state.where == Where::kLine ? Confirm::kLineEnds : Confirm::kNewlineNext;
    }
    Advance(spare_, state.next + 1, after, confirm);
  }
  std::swap(states_, spare_);
  return matched;
}

void EchoMatch::MarginNewline() {
  for (const State& state : states_) {
    if (state.where == State::Where::kEnd) echoed_ = true;
  }
}

void EchoMatch::Newline(int64_t cursor) {
  using Where = State::Where;
  MarginNewline();
  std::erase_if(states_, [](const State& state) {
    return state.where != Where::kAnywhere && state.where != Where::kPrompt;
  });
  if (!follow_ || impossible_) return;
  follow_ = false;
  if (!tokens_.empty() && !echoed_) {
    AddState(states_, {0, Where::kAt, ended_ ? Confirm::kNewlineNext : Confirm::kNone, cursor});
  }
}

}  // namespace secure_exec
