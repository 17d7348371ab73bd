#include "plugin/anchors.h"

#include <chrono>

#include "plugin/api/status.h"
#include "plugin/remote/remote_command.h"
#include "recorder/recorder.h"

namespace secure_exec {
namespace {

// How long the writer may take to make a frame whole before the anchor goes without it.
constexpr int64_t kFramePatienceNs = 2 * kSecond;
constexpr int64_t kFrameStepNs = 20 * kMillisecond;

}  // namespace

Result<std::unique_ptr<Anchors>> Anchors::Create(ClusterAccess access, Target target,
                                                 const Environment& environment) {
  access.exec.reset();
  auto client = ApiClient::Create(access, /*user_agent=*/"", environment);  // each names its own
  if (!client) return tl::unexpected(client.error());
  return std::unique_ptr<Anchors>(new Anchors(std::move(*client), std::move(target)));
}

Anchors::Anchors(std::unique_ptr<ApiClient> client, Target target)
    : client_(std::move(client)), target_(std::move(target)) {}

Anchors::~Anchors() { Stop(); }

void Anchors::Begin(Recorder& recorder, int64_t interval_ns) {
  thread_ = std::thread([this, &recorder, interval_ns] { Run(recorder, interval_ns); });
}

void Anchors::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Anchors::Pause(int64_t ns) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, std::chrono::nanoseconds(ns), [this] { return stop_; });
}

void Anchors::Run(Recorder& recorder, int64_t interval_ns) {
  uint64_t sent = 0;  // the start has its anchor already
  while (!Pause(interval_ns)) {
    const uint64_t before = recorder.whole_frame().k;
    recorder.CloseFrame();
    for (int64_t waited = 0; waited < kFramePatienceNs; waited += kFrameStepNs) {
      if (recorder.whole_frame().k != before) break;
      if (Pause(kFrameStepNs)) return;
    }
    const Recorder::WholeFrame whole = recorder.whole_frame();
    if (whole.k == sent) continue;
    auto done = Send(
        {.kind = Anchor::Kind::kFrame, .id = target_.recording, .k = whole.k, .link = whole.link},
        fmt::format("{}.k{}", FormatUuid(target_.recording), whole.k));
    if (done) {
      sent = whole.k;
    } else {
      failure_ = std::move(done.error());
    }
  }
}

Result<void> Anchors::SendSeal(const Hash& link) {
  return Send({.kind = Anchor::Kind::kSeal, .id = target_.recording, .k = 0, .link = link},
              FormatUuid(target_.recording) + ".seal");
}

Result<void> Anchors::Send(const Anchor& anchor, const std::string& audit_id) {
  ExecRequest exec;
  exec.name_space = target_.name_space;
  exec.pod = target_.pod;
  exec.container = target_.container;
  exec.stdout_open = exec.stderr_open = false;
  HttpRequest request;
  request.path = ExecPath(exec);
  request.timeout_ns = kAnchorPatienceNs;
  request.user_agent = AnchorUserAgent(anchor, SECURE_EXEC_VERSION);
  request.audit_id = audit_id;
  auto answer = client_->Send(request);
  // Who may use SPDY alone has `create` and not `get`. The server logs both.
  if (answer && answer->code == 403) {
    request.method = "POST";
    request.audit_id += ".post";
    answer = client_->Send(request);
  }
  if (!answer) return tl::unexpected(answer.error());
  if (answer->code == 400 || answer->code == 200) return {};
  return tl::unexpected(ErrorFromResponse(answer->code, answer->body, "anchor the recording"));
}

}  // namespace secure_exec
