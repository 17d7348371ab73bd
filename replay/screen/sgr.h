// CSI m, with the forms that programs use: 38;5;N and 38;2;R;G;B, 38:5:N, 38:2:R:G:B and
// 38:2::R:G:B, 4:3. What is malformed is skipped as tmux skips it.
#pragma once

#include "base/vt/parser.h"
#include "replay/screen/cell.h"

namespace secure_exec {

// Changes all of `style` but its link.
void ApplySgr(const Csi& csi, Style& style);

}  // namespace secure_exec
