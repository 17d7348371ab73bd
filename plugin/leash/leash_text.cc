#include "plugin/leash/leash_text.h"

#include <algorithm>

#include "base/vt/safe_text.h"

namespace secure_exec {
namespace {

constexpr size_t kMaxProblem = 400;

std::string Problem(const LeashReport& report) {
  std::string text = SafeLine(report.problem);
  if (text.size() > kMaxProblem) text.resize(kMaxProblem);
  return SafeLine(text);  // a character may have been cut
}

std::string Count(size_t number) {
  return number == 1 ? "1 process" : fmt::format("{} processes", number);
}

void AddMarker(std::vector<std::string>& markers, std::string_view what,
               const std::vector<Process>& processes) {
  if (processes.empty()) return;
  markers.push_back(fmt::format("secure-exec: leash: {} {}: {}", what, processes.size(),
                                NameProcesses(processes)));
}

bool NeedsQuotes(std::string_view text) {
  return text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
           return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    std::string_view("@%+=:,./_-").find(c) != std::string_view::npos);
         });
}

std::string Quoted(std::string_view text) {
  if (!NeedsQuotes(text)) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace

std::string LeashComplaint(const LeashReport& report, const std::string& reap_command) {
  std::string text;
  // Its first process may be listed still: ended, and not waited for yet.
  const bool ended = report.root && report.left.empty() && report.problem.empty();
  const bool nothing_runs = report.mode == LeashMode::kAsk && (report.none || ended);
  if (nothing_runs) {
    text = "no process of the session was found in the container";
  } else if (!report.root) {
    if (report.problem.empty()) return "";
    text = fmt::format("{} in the container: {}",
                       report.mode == LeashMode::kAsk ? "it is not known what still runs"
                                                      : "nothing was signalled",
                       Problem(report));
  } else if (!report.problem.empty()) {
    text = fmt::format("it is not known what still runs in the container: {}; last seen: {}",
                       Problem(report), NameProcesses(report.left));
  } else if (!report.left.empty()) {
    const char* why = report.mode == LeashMode::kHangup ? ", which did not end when hung up"
                      : report.mode == LeashMode::kKill ? ", which could not be killed"
                                                        : "";
    text = fmt::format("still running in the container: {}{}", NameProcesses(report.left), why);
  }
  if (!text.empty() && !nothing_runs && !reap_command.empty()) {
    text += fmt::format("; to end it: {}", reap_command);
  }
  if (!report.daemons.empty()) {
    if (!text.empty()) text += "; ";
    text += fmt::format("not signalled, for each is in a session of its own: {}",
                        NameProcesses(report.daemons));
  }
  return text;
}

std::string LeashSuccess(const LeashReport& report) {
  if (!report.clean() || !report.daemons.empty()) return "";
  if (report.signalled.empty()) return "nothing of the session is left in the container";
  if (report.killed.empty()) {
    return fmt::format("{} in the container hung up, nothing of the session is left",
                       Count(report.signalled.size()));
  }
  return fmt::format(
      "{} in the container hung up, {} of them killed, nothing of the session is left",
      Count(report.signalled.size()), report.killed.size());
}

std::vector<std::string> LeashMarkers(const LeashReport& report) {
  std::vector<std::string> markers;
  if (report.mode == LeashMode::kOff) return {"secure-exec: leash: off"};
  std::string first = fmt::format("secure-exec: leash: {}", LeashModeName(report.mode));
  if (report.root) first += fmt::format(", root {}", report.root->pid);
  markers.push_back(std::move(first));
  AddMarker(markers, "signalled", report.signalled);
  AddMarker(markers, "killed", report.killed);
  AddMarker(markers, "left", report.left);
  AddMarker(markers, "apart", report.daemons);
  if (!report.problem.empty()) {
    markers.push_back("secure-exec: leash: problem: " + Problem(report));
  }
  return markers;
}

std::string ReapCommand(std::string_view recording, LeashMode mode, std::string_view kubeconfig) {
  std::string command = "kubectl secure-exec --reap " + Quoted(SafeLine(recording));
  if (mode == LeashMode::kKill) command += " --leash kill";
  if (!kubeconfig.empty()) command += " --kubeconfig " + Quoted(SafeLine(kubeconfig));
  return command;
}

}  // namespace secure_exec
