#include "plugin/reap.h"

#include <algorithm>
#include <cstdio>

#include "base/vt/safe_text.h"
#include "plugin/api/status.h"
#include "plugin/leash/leash_connection.h"
#include "plugin/leash/leash_text.h"
#include "plugin/outcome.h"
#include "plugin/prepare.h"
#include "plugin/reap_note.h"
#include "plugin/say.h"
#include "plugin/target/resource_type.h"
#include "recorder/container/byte_source.h"
#include "recorder/container/frame_reader.h"
#include "recorder/store/store.h"

namespace secure_exec {
namespace {

constexpr std::string_view kEncryptedSuffix = ".cast.zst.age";
constexpr int64_t kReapPatienceNs = 20 * kSecond;
constexpr int64_t kReadPodNs = 10 * kSecond;

LeashMode ModeOf(Options::Leash leash) {
  return leash == Options::Leash::kKill ? LeashMode::kKill : LeashMode::kHangup;
}

// The exit event's data, where the recording is sealed.
std::optional<std::string> SealedExit(const ByteSource& file) {
  FrameReader reader(file, FrameReader::Content::kSigned);
  while (true) {
    const auto step = reader.Next();
    if (!step || *step != FrameReader::Step::kFrame) return std::nullopt;
    if (!reader.after_seal()) continue;
    constexpr std::string_view kStart = ", \"x\", \"";
    const std::string_view lines = reader.unit().lines;
    const size_t at = lines.rfind(kStart);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view data = lines.substr(at + kStart.size());
    return std::string(data.substr(0, data.find('"')));
  }
}

// The command ended, or was never started: "7 remote exit", "1 client refused".
bool EndedInOrder(std::string_view exit) {
  return exit.find(" remote ") != std::string_view::npos || exit.ends_with(" client refused") ||
         exit.ends_with(" client policy");
}

// nullopt: its session ended in order, or it is encrypted and no note says that something may be
// left.
Result<std::optional<ReapNote::Content>> ReadSession(const std::string& path, ReapNote& note) {
  auto content = note.Read();
  if (content) return std::move(*content);
  if (content.error().kind != ErrorKind::kNotFound) return tl::unexpected(content.error());
  if (path.ends_with(kEncryptedSuffix)) return std::nullopt;
  auto source = FileSource::Open(path, /*follow=*/true);
  if (!source) return tl::unexpected(source.error());
  auto line = FrameReader(**source).ReadHeaderLine();
  if (!line) return Fail(line.error().kind, "{}: {}", path, line.error().message);
  if (auto exit = SealedExit(**source); exit && EndedInOrder(*exit)) return std::nullopt;
  auto header = ParseHeader(*line);
  if (!header || !header->session) {
    return Fail(ErrorKind::kFormat, "{}: its header does not say which session it is of", path);
  }
  return ReapNote::Content{.header = std::move(*header), .known = std::nullopt};
}

class Reaper {
 public:
  Reaper(const Options& options, const Environment& environment)
      : options_(options), environment_(environment) {}

  // An error: it is not known whether something is left.
  Result<bool> Run() {
    auto root = StoreRoot(environment_);
    if (!root) return tl::unexpected(root.error());
    auto path = ResolveRecording(*root, options_.reap);
    if (!path) return tl::unexpected(path.error());
    path_ = *path;
    note_.emplace(path_, FileOps::System());
    auto content = ReadSession(path_, *note_);
    if (!content) return tl::unexpected(content.error());
    if (!*content) {
      return Gone("its session ended in order and left nothing that was to be ended");
    }
    content_ = std::move(**content);
    session_ = *content_.header.session;
    auto place = FindPlace();
    if (!place) return tl::unexpected(place.error());
    if (!place->empty()) return Gone(*place);
    return Leash();
  }

 private:
  bool Gone(const std::string& why) {
    std::puts(("nothing to end: " + why).c_str());
    note_->Remove();
    return true;
  }

  // Opens the client. Why the container of the session is no more, or empty: it is there.
  Result<std::string> FindPlace() {
    AccessFlags flags = options_.access;
    if (!flags.context && !session_.context.empty()) flags.context = session_.context;
    auto access = ResolveAccess(flags, environment_);
    if (!access) return tl::unexpected(access.error());
    auto client = OpenClient(*access, options_, environment_, clock_);
    if (!client) return tl::unexpected(client.error());
    client_ = std::move(*client);
    for (const std::string& name : {session_.name_space, session_.pod}) {
      if (name.empty() || !PathSegmentProblem(name).empty()) {
        return Fail(ErrorKind::kFormat, "{}: its header does not name a pod", path_);
      }
    }
    if (session_.pod_uid.empty() || session_.container_id.empty()) {
      return Fail(ErrorKind::kFormat,
                  "{}: its header does not say which container the session was in", path_);
    }
    const std::string pods = ResourcePath(StandardResources()[0], session_.name_space);
    auto answer = client_->Send({.path = pods + "/" + session_.pod, .timeout_ns = kReadPodNs});
    if (!answer) return tl::unexpected(answer.error());
    if (answer->code == 404) return NoMore("the pod is no more");
    if (answer->code != 200) {
      return tl::unexpected(
          ErrorFromResponse(answer->code, answer->body, "get pods " + session_.pod));
    }
    auto pod = ParsePod(answer->body);
    if (!pod) return tl::unexpected(pod.error());
    if (pod->uid != session_.pod_uid) return NoMore("the pod is another one of that name");
    const auto container =
        std::find_if(pod->containers.begin(), pod->containers.end(),
                     [&](const Pod::Container& one) { return one.name == session_.container; });
    if (container == pod->containers.end() || container->container_id != session_.container_id) {
      return std::string("the container was restarted since, and all that was in it ended");
    }
    if (container->state.kind == ContainerState::Kind::kTerminated) {
      return std::string("the container has ended, and all that was in it");
    }
    return std::string();
  }

  // Of a pod that is not found where another cluster may have been asked.
  Result<std::string> NoMore(const std::string& what) const {
    const std::string& server = client_->access().server;
    if (server == session_.server) return what;
    return Fail(ErrorKind::kConfig,
                "{}: the session was on {}, and {} was asked: name its context with --context",
                what, SafeLine(session_.server), SafeLine(server));
  }

  Result<bool> Leash() {
    const LeashTarget target = ReapTarget(session_, BootId(), clock_.BootNs(), clock_.WallNs());
    const LeashMode mode = ModeOf(options_.leash);
    const Alarm alarm(clock_.BootNs() + kReapPatienceNs);
    // An Audit-ID is of one request; this session may be reaped again.
    LeashConnector connector(client_->access(),
                             {.name_space = session_.name_space,
                              .pod = session_.pod,
                              .container = session_.container,
                              .recording = session_.id,
                              .session_command = session_.command,
                              .protocol = options_.protocol},
                             fmt::format("reap-{:x}", clock_.WallNs() / kMillisecond), environment_,
                             clock_);
    auto shell = connector.Open("reap", alarm.fd());
    if (!shell) return tl::unexpected(shell.error());
    const LeashReport report =
        RunLeash(**shell, target, mode, content_.known ? &*content_.known : nullptr);
    if (report.none && !content_.known) {
      // Its first process may be gone and have left others, or have started later than most do.
      return Fail(ErrorKind::kServer,
                  "no process in the container is of the session's age: nothing was signalled, and "
                  "what it may have left is not known");
    }
    if (report.none) {
      std::puts("nothing to end: no process of the session is left in the container");
      return true;  // and the note goes on saying so
    }
    const std::string complaint =
        LeashComplaint(report, ReapCommand(FormatUuid(session_.id), LeashMode::kKill,
                                           options_.access.kubeconfig.value_or("")));
    std::puts((complaint.empty() ? LeashSuccess(report) : complaint).c_str());
    // Once all is ended its first process stands in the note: who asks again is told so.
    const auto noted =
        report.clean() && report.root
            ? note_->Write(content_.header, LeashKnown{.root = *report.root, .members = {}})
            : note_->Update(content_.header, report);
    if (!noted) return tl::unexpected(noted.error());
    return report.clean();
  }

  const Options& options_;
  const Environment& environment_;
  const Clock& clock_ = Clock::System();
  std::string path_;
  std::optional<ReapNote> note_;
  ReapNote::Content content_;
  SessionInfo session_;
  std::unique_ptr<ApiClient> client_;
};

}  // namespace

int Reap(const Options& options, const Environment& environment) {
  Result<bool> done = false;
  if (!options.command.empty() || !options.target.typed.empty() || !options.target.files.empty()) {
    done = Fail(ErrorKind::kUsage,
                "--reap takes a recording's id and neither a pod nor a command: the recording "
                "says where it was");
  } else if (options.leash == Options::Leash::kOff) {
    done = Fail(ErrorKind::kUsage, "--reap ends what a session left: --leash off leaves it");
  } else {
    done = Reaper(options, environment).Run();
  }
  if (done) return *done ? 0 : 1;
  const Outcome outcome = OutcomeOfError(done.error());
  Say(outcome.message);
  return outcome.exit.code;
}

}  // namespace secure_exec
