#include "plugin/flag_help.h"

#include <fmt/format.h>

#include "plugin/options_table.h"

namespace secure_exec {
namespace {

constexpr FlagHelp kFlags[] = {
    {"container", "NAME", FlagGroup::kKubectlExec, true, "the container; else the pod's default",
     "The default is the one that the pod's annotation kubectl.kubernetes.io/default-container "
     "names, "
     "and else its first."},
    {"filename", "FILE", FlagGroup::kKubectlExec, false, "names the object instead of an argument",
     "May be repeated, and takes a list: -f a,b."},
    {"pod-running-timeout", "DURATION", FlagGroup::kKubectlExec, false,
     "how long to wait for a pod of TYPE/NAME (1m0s)", ""},
    {"stdin", "", FlagGroup::kKubectlExec, true, "pass stdin to the command", ""},
    {"tty", "", FlagGroup::kKubectlExec, true, "stdin is a terminal; needs -i", ""},
    {"quiet", "", FlagGroup::kKubectlExec, false, "print the session's output, and no notices",
     "Warnings are printed all the same: of an end to come, of a server that does not answer, of a "
     "disk "
     "that stalls."},
    {"help", "[=all]", FlagGroup::kKubectlExec, true, "this text; with =all every flag", ""},

    {"idle-timeout", "DURATION", FlagGroup::kSession, true, "end without traffic (30m with a TTY)",
     "A notice comes before. 0 and off are no limit, which is the default without a TTY. A session "
     "whose "
     "foreground job runs goes on."},
    {"idle-on", "any|input", FlagGroup::kSession, false, "what counts as traffic (any)",
     "With input, what the session prints does not count."},
    {"max-duration", "DURATION", FlagGroup::kSession, true, "end after so long, whatever happens",
     ""},
    {"escape", "auto|always|off", FlagGroup::kSession, false,
     "when ~. at the start of a line ends the session (auto)",
     "auto: while the server does not answer. Only with a TTY."},
    {"leash", "hangup|kill|off", FlagGroup::kSession, false,
     "what processes get that the session leaves (hangup)",
     "When we end the session, not the command, what it started in the container is sent SIGHUP, "
     "as sshd "
     "would, or SIGKILL, or nothing."},
    {"reap", "ID", FlagGroup::kSession, false, "end what the session of this recording left",
     "Takes neither pod nor command; the context is the recording's unless it is named."},
    {"status-file", "FILE", FlagGroup::kSession, true,
     "write there how it ended, and whose code it is",
     "A JSON object: {\"origin\":\"remote\",\"kind\":\"exit\",\"code\":7}."},

    {"record-stdin", "MODE", FlagGroup::kRecording, true, "what is kept: echoed, all, digest, off",
     "echoed, the default with a TTY: what the terminal echoes, and of the rest, such "
     "as passwords, that it was typed; without a TTY it is all. digest: counts and hashes."},
    {"record-stdout", "MODE", FlagGroup::kRecording, false, "what is kept: all, digest, off",
     "With a TTY it is always all."},
    {"record-stderr", "MODE", FlagGroup::kRecording, false, "what is kept: all, digest, off", ""},
    {"record-unechoed", "MODE", FlagGroup::kRecording, false,
     "what is kept: masked, all, encrypted",
     "Of a terminal's input where nothing is echoed line by line, in full-screen programs for "
     "example. "
     "encrypted keeps its text, and is refused without --recipient."},
    {"record-limit", "SIZE", FlagGroup::kRecording, false,
     "bytes a channel; beyond them digests (1Gi)", "1500, 64Ki, 1.5Gi. Of sessions without a TTY."},
    {"no-record", "", FlagGroup::kRecording, false, "record nothing, where the policy allows it",
     ""},

    {"recipient", "age1...", FlagGroup::kEvidence, true, "encrypt it for this age key",
     "May be repeated. You cannot read the recording yourself then, unless one of the keys is "
     "yours."},
    {"signing-key", "FILE", FlagGroup::kEvidence, false, "sign with this key instead of your own",
     "Ed25519, PEM or OpenSSH."},
    {"anchor", "", FlagGroup::kEvidence, true, "put its hash into the API server's audit log",
     "At the end, with one request that takes 5 s at most. A recording that was cut shows then."},
    {"anchor-every", "DURATION", FlagGroup::kEvidence, false, "the same on the way, too",
     "At most so often, 10s at least, while something is recorded."},

    {"reason", "TEXT", FlagGroup::kPolicy, true, "why; asked for where the policy wants it",
     "One line of at most 512 bytes. It is in the recording, in audit events and in the API "
     "server's audit "
     "log."},
    {"explain", "[=json]", FlagGroup::kPolicy, true, "what would happen, and may; run nothing",
     "Which file and flag gave each setting, who the cluster takes you for, what you may do, the "
     "protocol, "
     "the container, and where the recording would go."},
    {"check-policy", "FILE", FlagGroup::kPolicy, false,
     "say what is wrong with a policy; run nothing",
     "With a pod named, also which rule counts and what it binds."},
    {"audit-file", "FILE", FlagGroup::kPolicy, false, "append audit events, a JSON object a line",
     ""},
    {"audit-syslog", "ADDRESS", FlagGroup::kPolicy, false, "send audit events to a syslog",
     "unix:/PATH, udp:HOST:PORT or tcp:HOST:PORT, IPv6 addresses in brackets."},
    {"audit-required", "", FlagGroup::kPolicy, false, "no session unless its start was delivered",
     "Needs --audit-file, or --audit-syslog that is not udp."},

    {"protocol", "auto|v5|v4|spdy", FlagGroup::kConnection, false,
     "how to talk to the server (auto)", "auto: WebSocket, and SPDY where the server refuses it."},
    {"v", "LEVEL", FlagGroup::kConnection, false, "from 6 to 10: log requests, secrets masked",
     "6: method, URL, status, time. 7: headers of the request. 8: headers of the answer, and 1 KiB "
     "of "
     "bodies. 9: 10 KiB of bodies, and where the time went. 10: all of the bodies."},
    {"completion", "bash|zsh|fish", FlagGroup::kConnection, false,
     "print the shell's completion script", ""},
    {"install-completion", "", FlagGroup::kConnection, false,
     "make the Tab key complete, in kubectl and the shells",
     "Overwrites nothing that is not its own, and says what it did."},
    {"uninstall-completion", "", FlagGroup::kConnection, false,
     "remove what --install-completion made", ""},
    {"version", "", FlagGroup::kConnection, true, "print the version", ""},

    {"as", "USER", FlagGroup::kGlobal, false, "act as this user", ""},
    {"as-group", "GROUP", FlagGroup::kGlobal, false, "act as a member of this group; repeatable",
     ""},
    {"as-uid", "UID", FlagGroup::kGlobal, false, "act with this uid", ""},
    {"as-user-extra", "KEY=VALUE", FlagGroup::kGlobal, false,
     "act with this extra field; repeatable", ""},
    {"cache-dir", "DIR", FlagGroup::kGlobal, false, "ignored: nothing is cached", ""},
    {"certificate-authority", "FILE", FlagGroup::kGlobal, false,
     "certificates that vouch for the server", ""},
    {"client-certificate", "FILE", FlagGroup::kGlobal, false, "your certificate", ""},
    {"client-key", "FILE", FlagGroup::kGlobal, false, "its private key", ""},
    {"cluster", "NAME", FlagGroup::kGlobal, false, "a cluster of the kubeconfig", ""},
    {"context", "NAME", FlagGroup::kGlobal, false, "a context of the kubeconfig", ""},
    {"disable-compression", "", FlagGroup::kGlobal, false,
     "ignored: compression is never asked for", ""},
    {"insecure-skip-tls-verify", "", FlagGroup::kGlobal, false, "trust whatever server answers",
     "Whoever answers sees what you type, and your token."},
    {"kubeconfig", "FILE", FlagGroup::kGlobal, false, "this file instead of KUBECONFIG's", ""},
    {"kuberc", "FILE", FlagGroup::kGlobal, false, "this file instead of ~/.kube/kuberc", ""},
    {"log-flush-frequency", "DURATION", FlagGroup::kGlobal, false,
     "ignored: lines are written at once", ""},
    {"match-server-version", "", FlagGroup::kGlobal, false,
     "an error: there is no version to match", ""},
    {"namespace", "NAME", FlagGroup::kGlobal, true, "the namespace; else the context's", ""},
    {"password", "TEXT", FlagGroup::kGlobal, false, "for basic authentication",
     "Others on the machine can read a command line."},
    {"profile", "NAME", FlagGroup::kGlobal, false, "ignored: it profiles Go programs", ""},
    {"profile-output", "FILE", FlagGroup::kGlobal, false, "ignored: it profiles Go programs", ""},
    {"request-timeout", "DURATION", FlagGroup::kGlobal, false, "for each request; 0 is none",
     "The session itself has no limit."},
    {"server", "URL", FlagGroup::kGlobal, false, "the API server's address", ""},
    {"tls-server-name", "NAME", FlagGroup::kGlobal, false,
     "the name that its certificate must have", ""},
    {"token", "TEXT", FlagGroup::kGlobal, false, "a bearer token",
     "Others on the machine can read a command line."},
    {"user", "NAME", FlagGroup::kGlobal, false, "a user of the kubeconfig", ""},
    {"username", "NAME", FlagGroup::kGlobal, false, "for basic authentication", ""},
    {"vmodule", "LIST", FlagGroup::kGlobal, false, "ignored: it names source files of kubectl's",
     ""},
    {"warnings-as-errors", "", FlagGroup::kGlobal, false, "ignored: the exit code is the command's",
     ""},
};

// "-c, " of a flag that is declared as "container,c".
std::string Shorthand(std::string_view name) {
  for (const FlagEntry& entry : FlagTable()) {
    const std::string_view declared = entry.declared;
    const size_t comma = declared.find(',');
    if (comma != std::string_view::npos && declared.substr(0, comma) == name) {
      return fmt::format("-{}, ", declared.substr(comma + 1));
    }
  }
  return "";
}

}  // namespace

std::string_view FlagGroupTitle(FlagGroup group) {
  switch (group) {
    case FlagGroup::kKubectlExec:
      return "As in kubectl exec";
    case FlagGroup::kSession:
      return "The session";
    case FlagGroup::kRecording:
      return "What is recorded";
    case FlagGroup::kEvidence:
      return "Keys and evidence";
    case FlagGroup::kPolicy:
      return "Policy and audit";
    case FlagGroup::kConnection:
      return "The program";
    case FlagGroup::kGlobal:
      return "As in every command of kubectl";
  }
  return "";
}

std::span<const FlagHelp> FlagHelpTable() { return kFlags; }

std::string FlagTerm(const FlagHelp& flag) {
  const bool space = !flag.value.empty() && flag.value[0] != '[';
  return fmt::format("{:>4}--{}{}{}", Shorthand(flag.name), flag.name, space ? " " : "",
                     flag.value);
}

}  // namespace secure_exec
