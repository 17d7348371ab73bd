#include "plugin/options.h"

#include <gtest/gtest.h>

#include "plugin/flag_parser.h"

namespace secure_exec {
namespace {

using Args = std::vector<std::string>;

constexpr char kSeeUsage[] = "\nSee 'kubectl secure-exec --help' for usage.";
constexpr char kSeeHelp[] = "\nSee 'kubectl secure-exec -h' for help and examples";

Options Parse(const Args& args) {
  auto options = ParseOptions(args);
  EXPECT_TRUE(options.has_value()) << (options ? "" : options.error().message);
  return options ? *options : Options{};
}

std::string ErrorOf(const Args& args) {
  auto options = ParseOptions(args);
  if (options) return "none";
  EXPECT_EQ(options.error().kind, ErrorKind::kUsage);
  return options.error().message;
}

TEST(Options, PodAndCommand) {
  const Options options = Parse({"shell", "--", "sh", "-c", "exit 7"});
  EXPECT_EQ(options.target.typed, "shell");
  EXPECT_EQ(options.command, (Args{"sh", "-c", "exit 7"}));
  EXPECT_FALSE(options.stdin_open || options.tty || options.quiet);
  EXPECT_EQ(options.record_limit, uint64_t{1} << 30);
}

TEST(Options, NothingIsReadBehindTheDashes) {
  EXPECT_EQ(Parse({"shell", "--", "echo", "--", "-i", "-z"}).command,
            (Args{"echo", "--", "-i", "-z"}));
  EXPECT_FALSE(Parse({"shell", "--", "echo", "-i"}).stdin_open);
}

TEST(Options, FlagsMixWithArguments) {
  const Options options = Parse({"-i", "shell", "-t", "-c", "main", "--", "sh"});
  EXPECT_TRUE(options.stdin_open && options.tty);
  EXPECT_EQ(options.target.typed, "shell");
  EXPECT_EQ(options.container, "main");
}

TEST(Options, EverySpellingOfAContainer) {
  for (const Args& flag : {Args{"-c", "x"}, Args{"-cx"}, Args{"-c=x"}, Args{"--container", "x"},
                           Args{"--container=x"}, Args{"-qc", "x"}, Args{"-qc=x"}, Args{"-qcx"}}) {
    Args args = flag;
    args.insert(args.end(), {"pod", "--", "sh"});
    EXPECT_EQ(Parse(args).container, "x") << flag[0];
  }
}

TEST(Options, AnEqualsSignAloneIsAValue) {  // as pflag has it
  EXPECT_EQ(Parse({"-c=", "pod", "--", "sh"}).container, "=");
  EXPECT_EQ(Parse({"--container=", "pod", "--", "sh"}).container, "");
}

TEST(Options, AFlagTakesTheNextWordWhateverItIs) {
  EXPECT_EQ(Parse({"-c", "--", "pod", "--", "sh"}).container, "--");
  EXPECT_EQ(Parse({"--container", "-i", "pod", "--", "sh"}).container, "-i");
}

TEST(Options, GroupedShorthands) {
  const Options options = Parse({"-tqi", "pod", "--", "sh"});
  EXPECT_TRUE(options.tty && options.quiet && options.stdin_open);
  EXPECT_FALSE(Parse({"-ti=false", "pod", "--", "sh"}).stdin_open);
  EXPECT_TRUE(Parse({"-ti=false", "pod", "--", "sh"}).tty);
}

TEST(Options, BooleansAsGoReadsThem) {
  for (const char* yes : {"1", "t", "T", "true", "True", "TRUE"})
    EXPECT_TRUE(Parse({std::string("--stdin=") + yes, "pod", "--", "sh"}).stdin_open) << yes;
  for (const char* no : {"0", "f", "F", "false", "False", "FALSE"})
    EXPECT_FALSE(Parse({std::string("-i=") + no, "pod", "--", "sh"}).stdin_open) << no;
}

TEST(Options, ABooleanTakesNoNextWord) {
  EXPECT_EQ(Parse({"--stdin", "false", "--", "sh"}).target.typed, "false");
}

TEST(Options, TheLastOccurrenceCounts) {
  const Options options = Parse({"-c", "a", "-i", "-c=b", "-i=0", "pod", "--", "sh"});
  EXPECT_EQ(options.container, "b");
  EXPECT_FALSE(options.stdin_open);
}

TEST(Options, ADashIsAnArgument) { EXPECT_EQ(Parse({"-", "--", "sh"}).target.typed, "-"); }

TEST(Options, FlagErrorsAsPflagWordsThem) {
  const std::pair<Args, std::string> cases[] = {
      {{"--cont", "main", "p"}, "unknown flag: --cont"},
      {{"--no-such=1", "p"}, "unknown flag: --no-such"},
      {{"-z", "p"}, "unknown shorthand flag: 'z' in -z"},
      {{"-iz", "p"}, "unknown shorthand flag: 'z' in -z"},
      {{"p", "-x-"}, "unknown shorthand flag: 'x' in -x-"},
      {{"-\x1b", "p"}, "unknown shorthand flag: '\\x1b' in -\x1b"},
      {{"-\xc3\xa9", "p"}, "unknown shorthand flag: 'Ã' in -\xc3\xa9"},
      {{"p", "--container"}, "flag needs an argument: --container"},
      {{"p", "-c"}, "flag needs an argument: 'c' in -c"},
      {{"p", "-ic"}, "flag needs an argument: 'c' in -c"},
      {{"---x", "p"}, "bad flag syntax: ---x"},
      {{"--=x", "p"}, "bad flag syntax: --=x"},
      {{"--stdin=maybe", "p"},
       "invalid argument \"maybe\" for \"-i, --stdin\" flag: strconv.ParseBool: parsing \"maybe\": "
       "invalid syntax"},
      {{"--stdin=", "p"},
       "invalid argument \"\" for \"-i, --stdin\" flag: strconv.ParseBool: parsing \"\": invalid "
       "syntax"},
      {{"--insecure-skip-tls-verify=2", "p"},
       "invalid argument \"2\" for \"--insecure-skip-tls-verify\" flag: strconv.ParseBool: parsing "
       "\"2\": invalid syntax"},
  };
  for (const auto& [args, message] : cases) EXPECT_EQ(ErrorOf(args), message + kSeeUsage);
}

TEST(Options, GroupsAndExtrasMayBeRepeated) {
  const auto options = ParseOptions(
      {"--as=root", "--as-group=a,b", "--as-group", "c", "--as-user-extra=k=1", "p", "--", "sh"});
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->access.as, "root");
  EXPECT_EQ(options->access.as_groups, (std::vector<std::string>{"a,b", "c"}));
  EXPECT_EQ(options->access.as_user_extra, std::vector<std::string>{"k=1"});
}

TEST(Options, FlagsOfKubectlThatAreMissingAreNamed) {
  EXPECT_EQ(ErrorOf({"--profile=cpu", "p", "--", "sh"}),
            std::string("unknown flag: --profile (kubectl exec has it; this version of kubectl "
                        "secure-exec does not)") +
                kSeeUsage);
  EXPECT_EQ(ErrorOf({"-f", "x.yaml", "--", "sh"}),
            std::string("unknown shorthand flag: 'f' in -f (kubectl exec has it; this version of "
                        "kubectl secure-exec does not)") +
                kSeeUsage);
}

TEST(Options, ArgumentErrorsAsKubectlWordsThem) {
  const std::string nothing = "pod, type/name or --filename must be specified";
  const std::string no_command = "you must specify at least one command for the container";
  const std::string not_supported =
      std::string(
          "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] "
          "instead") +
      kSeeHelp;
  EXPECT_EQ(ErrorOf({}), nothing);
  EXPECT_EQ(ErrorOf({"--"}), nothing);
  EXPECT_EQ(ErrorOf({"--", "date"}), nothing);
  EXPECT_EQ(ErrorOf({"", "--", "date"}), nothing);
  EXPECT_EQ(ErrorOf({"shell"}), no_command);
  EXPECT_EQ(ErrorOf({"shell", "--"}), no_command);
  EXPECT_EQ(ErrorOf({"shell", "date"}), not_supported);
  EXPECT_EQ(ErrorOf({"shell", "extra", "--", "date"}), not_supported);
}

TEST(Options, PodsMayBeNamedWithTheirType) {
  for (const char* typed : {"pod/x", "pods/x", "po/x", "Pod/x"})
    EXPECT_EQ(Parse({typed, "--", "sh"}).target.typed, "x") << typed;
  EXPECT_EQ(ErrorOf({"pods/", "--", "sh"}),
            "arguments in resource/name form must have a single resource and name");
  EXPECT_EQ(ErrorOf({"/x", "--", "sh"}),
            "arguments in resource/name form must have a single resource and name");
  EXPECT_EQ(ErrorOf({"pod/x/y", "--", "sh"}),
            "arguments in resource/name form may not have more than one slash");
  EXPECT_EQ(ErrorOf({"deploy/web", "--", "sh"}),
            "\"deploy/web\" is no pod: this version takes POD or pod/POD only; \"kubectl get "
            "pods\" lists them");
}

TEST(Options, APodsNameIsSafeInAUrl) {
  EXPECT_EQ(ErrorOf({"..", "--", "sh"}), "invalid resource name \"..\": [may not be '..']");
  EXPECT_EQ(ErrorOf({"a%2fb", "--", "sh"}),
            "invalid resource name \"a%2fb\": [may not contain '%']");
  for (const char* bad : {"a b", "a?b", "a#b", "a\nb", "a\r\nHost: x", "\xff"})
    EXPECT_NE(ErrorOf({bad, "--", "sh"}), "none") << bad;
}

TEST(Options, Recording) {
  const Options options = Parse({"--record-stdin=digest", "--record-stdout", "all",
                                 "--record-stderr=off", "--status-file=s", "p", "--", "sh"});
  EXPECT_EQ(options.record[0], RecordMode::kDigest);
  EXPECT_EQ(options.record[1], RecordMode::kAll);
  EXPECT_EQ(options.record[2], RecordMode::kOff);
  EXPECT_EQ(options.status_file, "s");
  EXPECT_EQ(Parse({"p", "--", "sh"}).record[0], std::nullopt);
  EXPECT_EQ(ErrorOf({"--record-stdin=ALL", "p", "--", "sh"}),
            std::string("invalid argument \"ALL\" for \"--record-stdin\" flag: must be all, digest "
                        "or off") +
                kSeeUsage);
  EXPECT_NE(ErrorOf({"--status-file=", "p", "--", "sh"}), "none");
}

TEST(Options, RecordLimit) {
  const std::pair<const char*, uint64_t> cases[] = {{"0", 0},
                                                    {"12", 12},
                                                    {"3k", 3000},
                                                    {"4M", 4'000'000},
                                                    {"2Ki", 2048},
                                                    {"5Mi", 5 << 20},
                                                    {"1G", 1'000'000'000},
                                                    {"6Gi", uint64_t{6} << 30},
                                                    {"18446744073709551615", UINT64_MAX}};
  for (const auto& [text, bytes] : cases)
    EXPECT_EQ(Parse({"--record-limit", text, "p", "--", "sh"}).record_limit, bytes) << text;
  for (const char* bad : {"", "k", "-1", "+1", "1K", "1kB", "1 k", "1.5G", "0x10",
                          "18446744073709551616", "18446744073709551615k", "17179869184Gi"})
    EXPECT_NE(ErrorOf({std::string("--record-limit=") + bad, "p", "--", "sh"}), "none") << bad;
}

TEST(Options, Protocol) {
  EXPECT_FALSE(Parse({"p", "--", "sh"}).protocol == ProtocolChoice::kSpdy);
  EXPECT_FALSE(Parse({"--protocol=auto", "p", "--", "sh"}).protocol == ProtocolChoice::kSpdy);
  EXPECT_TRUE(Parse({"--protocol", "spdy", "p", "--", "sh"}).protocol == ProtocolChoice::kSpdy);
  for (const char* bad : {"", "SPDY", "v6"})
    EXPECT_NE(ErrorOf({std::string("--protocol=") + bad, "p", "--", "sh"}), "none") << bad;
}

TEST(Options, Access) {
  const Options options =
      Parse({"-n", "dev", "--context=c", "--kubeconfig=k", "--cluster=cl", "--user=u", "-s",
             "https://x", "--token=t", "--certificate-authority=ca", "--client-certificate=cc",
             "--client-key=ck", "--insecure-skip-tls-verify", "--tls-server-name=n",
             "--request-timeout=5s", "p", "--", "sh"});
  EXPECT_EQ(options.access.name_space, "dev");
  EXPECT_EQ(options.access.context, "c");
  EXPECT_EQ(options.access.kubeconfig, "k");
  EXPECT_EQ(options.access.cluster, "cl");
  EXPECT_EQ(options.access.user, "u");
  EXPECT_EQ(options.access.server, "https://x");
  EXPECT_EQ(options.access.token, "t");
  EXPECT_EQ(options.access.certificate_authority, "ca");
  EXPECT_EQ(options.access.client_certificate, "cc");
  EXPECT_EQ(options.access.client_key, "ck");
  EXPECT_EQ(options.access.insecure_skip_tls_verify, true);
  EXPECT_EQ(options.access.tls_server_name, "n");
  EXPECT_EQ(options.access.request_timeout, "5s");
  EXPECT_EQ(Parse({"p", "--", "sh"}).access.insecure_skip_tls_verify, std::nullopt);
}

TEST(Options, HelpAndVersionNeedNoPod) {
  EXPECT_EQ(Parse({"-h"}).action, Options::Action::kHelp);
  EXPECT_EQ(Parse({"--help", "p"}).action, Options::Action::kHelp);
  EXPECT_EQ(Parse({"--version"}).action, Options::Action::kVersion);
  EXPECT_NE(ErrorOf({"-h", "-z"}), "none");
  EXPECT_EQ(Parse({"p", "--", "sh", "-h"}).action, Options::Action::kExec);
}

TEST(HelpText, NamesEveryFlagAndFitsAScreen) {
  const std::string help = HelpText();
  for (const char* flag : {"--container",
                           "--stdin",
                           "--tty",
                           "--quiet",
                           "--help",
                           "--version",
                           "--record-stdin",
                           "--record-stdout",
                           "--record-stderr",
                           "--record-limit",
                           "--status-file",
                           "--protocol",
                           "--namespace",
                           "--context",
                           "--kubeconfig",
                           "--cluster",
                           "--user",
                           "--server",
                           "--token",
                           "--certificate-authority",
                           "--client-certificate",
                           "--client-key",
                           "--insecure-skip-tls-verify",
                           "--tls-server-name",
                           "--request-timeout"})
    EXPECT_NE(help.find(flag), std::string::npos) << flag;
  size_t lines = 0, column = 0;
  for (const char c : help) {
    column = c == '\n' ? 0 : column + 1;
    lines += c == '\n';
    EXPECT_LE(column, 100u);
  }
  EXPECT_LE(lines, 40u);
}

TEST(GoQuote, AsGoDoes) {
  EXPECT_EQ(GoQuote("a\"b\\c\n\t\x1b\x7f\xff\xc3\xa9"), R"("a\"b\\c\n\t\x1b\x7f\xffé")");
  EXPECT_EQ(GoQuote("\xc2\x9b"), R"("\u009b")");
  EXPECT_EQ(GoQuote(""), "\"\"");
}

}  // namespace
}  // namespace secure_exec
