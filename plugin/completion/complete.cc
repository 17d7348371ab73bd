#include "plugin/completion/complete.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "plugin/completion/command_line.h"
#include "plugin/completion/flag_values.h"
#include "plugin/flag_help.h"
#include "plugin/options_table.h"

namespace secure_exec {
namespace {

// As kubectl offers them, in its order.
constexpr std::string_view kTypes[] = {"daemonsets", "deployments", "jobs",
                                       "pods",       "replicasets", "replicationcontrollers",
                                       "services",   "statefulsets"};

std::string_view HelpOf(std::string_view flag) {
  const auto table = FlagHelpTable();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const FlagHelp& each) { return each.name == flag; });
  return found == table.end() ? "" : found->help;
}

class Completer {
 public:
  Completer(PartialLine line, const std::string& word, const OpenSources& open)
      : line_(std::move(line)), out_(word), sources_(open(line_.options)) {}

  Completion Complete() {
    switch (line_.at) {
      case PartialLine::At::kCommand:
        break;  // runs in the container: nothing here knows what there is
      case PartialLine::At::kFlag:
        Flags();
        break;
      case PartialLine::At::kValue:
        Value();
        break;
      case PartialLine::At::kObject:
        if (line_.objects.empty() && line_.options.target.files.empty()) Objects();
        break;
    }
    return std::move(out_);
  }

 private:
  void Problem(const Error& error) { out_.problems.push_back(error.message); }

  void Flags() {
    for (const FlagEntry& entry : FlagTable()) {
      const std::string name(LongNameOf(entry.declared));
      const bool there =
          std::find(line_.given.begin(), line_.given.end(), name) != line_.given.end();
      if (there && !IsRepeatable(name)) continue;
      const std::string_view letter = ShorthandOf(entry.declared);
      const std::string_view help = HelpOf(name);
      out_.AddFlag("--" + name, help);
      if (!letter.empty() && out_.word() == "-") out_.AddFlag("-" + std::string(letter), help);
    }
  }

  void Value() {
    const FlagValues* values = FindFlagValues(line_.flag);
    if (values == nullptr) {
      if (!line_.flag.empty()) {
        for (const std::string_view word : {"true", "false"}) Offer(word);
      }
      return;
    }
    switch (values->kind) {
      case ValueKind::kWords:
        for (const std::string_view word : values->words) Offer(word);
        out_.keep_order = true;
        break;
      case ValueKind::kContext:
      case ValueKind::kCluster:
      case ValueKind::kUser:
        Stanzas(values->kind);
        break;
      case ValueKind::kNamespace:
        Namespaces();
        break;
      case ValueKind::kContainer:
        Containers();
        break;
      case ValueKind::kRecording:
        Recordings();
        break;
      case ValueKind::kFile:
        out_.names = Completion::Names::kFiles;
        break;
      case ValueKind::kDirectory:
        out_.names = Completion::Names::kDirectories;
        break;
      case ValueKind::kFree:
        break;
    }
  }

  bool Offer(std::string_view text, std::string_view description = "") {
    return out_.Add(text, description, line_.lead);
  }

  void Stanzas(ValueKind kind) {
    const auto config = sources_->Config();
    if (!config) return Problem(config.error());
    if (kind == ValueKind::kContext) {
      for (const auto& [name, context] : config->contexts) {
        Offer(name, context.cluster +
                        (context.name_space.empty() ? "" : ", namespace " + context.name_space));
      }
    } else if (kind == ValueKind::kCluster) {
      for (const auto& [name, cluster] : config->clusters) Offer(name, cluster.server);
    } else {
      for (const auto& [name, user] : config->users) Offer(name);
    }
  }

  // Who may not list them knows those of the contexts.
  void Namespaces() {
    const auto listed = sources_->List(kNamespaceResource, [&](const Candidate& name) {
      return Offer(name.text, name.description);
    });
    if (listed) return;
    Problem(listed.error());
    const auto config = sources_->Config();
    if (!config) return Problem(config.error());
    for (const auto& [name, context] : config->contexts)
      Offer(context.name_space, "of context " + name);
  }

  void Containers() {
    TargetQuery query = line_.options.target;
    if (!line_.objects.empty()) query.typed = line_.objects[0];
    // "-" is the terminal's, and a URL is somebody else's server.
    std::erase_if(query.files, [](const std::string& file) {
      return file == "-" || file.find("://") != std::string::npos;
    });
    if (query.typed.empty() && query.files.empty()) return;
    const auto pod = sources_->FindPod(query);
    if (!pod) return Problem(pod.error());
    out_.keep_order = true;  // kubectl's
    for (const Pod::Container& container : pod->containers) {
      const bool init = container.kind == Pod::Container::Kind::kInit;
      const bool ephemeral = container.kind == Pod::Container::Kind::kEphemeral;
      Offer(container.name, container.image + (init ? " (init)" : ephemeral ? " (ephem)" : ""));
    }
  }

  void Recordings() {
    const auto recordings = sources_->Recordings();
    if (!recordings) return Problem(recordings.error());
    out_.keep_order = true;
    for (const Candidate& recording : *recordings) {
      if (!Offer(recording.text, recording.description)) return;
    }
  }

  void Objects() {
    const std::string& word = out_.word();
    const size_t slash = word.find('/');
    if (slash != std::string::npos) {
      const ApiResource* resource = FindStandardResource(word.substr(0, slash));
      if (resource != nullptr) List(*resource, word.substr(0, slash + 1));
      return;
    }
    List(StandardResources()[0], "");
    for (const std::string_view type : kTypes) out_.Add(std::string(type) + "/");
  }

  void List(const ApiResource& resource, const std::string& lead) {
    const auto listed = sources_->List(resource, [&](const Candidate& name) {
      return out_.Add(name.text, name.description, lead);
    });
    if (!listed) Problem(listed.error());
  }

  PartialLine line_;
  Completion out_;
  std::unique_ptr<CompletionSources> sources_;
};

}  // namespace

Completion CompleteExec(const std::vector<std::string>& words, const std::string& word,
                        const OpenSources& open) {
  return Completer(ReadPartialLine(words, word), word, open).Complete();
}

}  // namespace secure_exec
