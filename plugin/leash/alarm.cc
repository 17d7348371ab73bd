#include "plugin/leash/alarm.h"

#include <poll.h>
#include <sys/timerfd.h>

#include <algorithm>

#include "base/clock.h"

namespace secure_exec {

Alarm::Alarm(int64_t at_ns) : fd_(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)) {
  Set(at_ns);
}

void Alarm::Set(int64_t at_ns) {
  at_ns = std::max<int64_t>(at_ns, 1);  // zero would disarm it
  itimerspec when{};
  when.it_value = {.tv_sec = at_ns / kSecond, .tv_nsec = at_ns % kSecond};
  (void)::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void Alarm::Ring() { Set(1); }

bool Alarm::rung() const {
  pollfd one{fd_.get(), POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

}  // namespace secure_exec
