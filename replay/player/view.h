// Which part of a screen a smaller window shows: where the cursor is, until somebody moves it.
#pragma once

#include <optional>
#include <string>

#include "replay/screen/screen.h"

namespace secure_exec {

class View {
 public:
  enum Direction { kLeft, kDown, kUp, kRight };

  // To be called before drawing: the window or the screen may have another size, the cursor another
  // place.
  void Fit(const Screen& screen, int columns, int rows);
  // By so many columns or rows; nullopt: by a quarter of the window. It stays there.
  void Move(Direction direction, std::optional<int> cells);
  void MoveToEdge(Direction direction);
  void FollowCursor() { held_ = false; }
  // As it was at first, unless it is held.
  void Forget();

  int left() const { return across_.from; }
  int top() const { return down_.from; }
  bool held() const { return held_; }
  // Something of the screen is outside the window.
  bool partial() const { return across_.Partial() || down_.Partial(); }
  // More than the one row that the bar takes.
  bool much() const { return across_.Partial() || down_.all - down_.window > 1; }
  // "view 13,1 of 200x50": the column and row that is shown first, counted from 1.
  std::string Text() const;

 private:
  struct Axis {
    int from = 0;
    int window = 1;
    int all = 1;

    bool Partial() const { return from > 0 || window < all; }
    void Show(int at);
    void Clamp();
  };

  Axis across_;
  Axis down_;
  bool held_ = false;
};

}  // namespace secure_exec
