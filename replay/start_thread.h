// A thread, if one can be had. Passed in, so that tests have none.
#pragma once

#include <functional>
#include <thread>

namespace secure_exec {

// Not joinable: no thread can be had (a limit on processes), and `work` is not called.
using ThreadStart = std::function<std::thread(std::function<void()> work)>;
std::thread StartThread(std::function<void()> work);

}  // namespace secure_exec
