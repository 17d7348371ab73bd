#include "plugin/options.h"

#include <gtest/gtest.h>

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

// Of reading the arguments, which comes before the kubeconfig is read.
std::string ErrorOf(const Args& args) {
  auto options = ParseOptions(args);
  if (options) return "none";
  EXPECT_EQ(options.error().kind, ErrorKind::kUsage);
  return options.error().message;
}

// Of what is checked when the kubeconfig has been read.
std::string RequestErrorOf(const Args& args) {
  auto checked = CheckRequest(Parse(args));
  if (checked) return "none";
  EXPECT_EQ(checked.error().kind, ErrorKind::kUsage);
  return checked.error().message;
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

TEST(Options, UnderscoresInNamesStandForDashes) {
  EXPECT_EQ(Parse({"--as_uid=7", "p", "--", "sh"}).access.as_uid, "7");
  EXPECT_EQ(ErrorOf({"--no_such=5s"}), std::string("unknown flag: --no_such") + kSeeUsage);
  EXPECT_EQ(ErrorOf({"--pod_running_timeout=x"}),
            std::string("invalid argument \"x\" for \"--pod-running-timeout\" flag: time: invalid "
                        "duration \"x\"") +
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
  EXPECT_EQ(RequestErrorOf({}), nothing);
  EXPECT_EQ(RequestErrorOf({"--"}), nothing);
  EXPECT_EQ(RequestErrorOf({"--", "date"}), nothing);
  EXPECT_EQ(RequestErrorOf({"", "--", "date"}), nothing);
  EXPECT_EQ(RequestErrorOf({"-f", "", "--", "date"}), nothing);
  EXPECT_EQ(RequestErrorOf({"shell"}), no_command);
  EXPECT_EQ(RequestErrorOf({"shell", "--"}), no_command);
  EXPECT_EQ(RequestErrorOf({"a/b/c"}), no_command);
  EXPECT_EQ(RequestErrorOf({"-f", "x.yaml"}), no_command);
  EXPECT_EQ(RequestErrorOf({"-f", "", "shell"}), no_command);
  EXPECT_EQ(ErrorOf({"shell", "date"}), not_supported);
  EXPECT_EQ(ErrorOf({"-f", "x.yaml", "shell"}), not_supported);
  EXPECT_EQ(ErrorOf({"-f", "x.yaml", "shell", "date"}), not_supported);
  EXPECT_EQ(ErrorOf({"shell", "extra", "--", "date"}), not_supported);
}

TEST(Options, TheTargetIsPassedOnAsTyped) {
  for (const char* typed : {"x", "pod/x", "deploy/web", "a/b/c", "/", "..", "a%2fb", "\xff"}) {
    EXPECT_EQ(Parse({typed, "--", "sh"}).target.typed, typed);
    EXPECT_EQ(RequestErrorOf({typed, "--", "sh"}), "none");
  }
}

TEST(Options, Files) {
  EXPECT_EQ(Parse({"-f", "a,b", "--filename=\"c,d\"", "-fe", "--", "sh"}).target.files,
            (Args{"a", "b", "c,d", "e"}));
  EXPECT_EQ(RequestErrorOf({"-f", "a", "--", "sh"}), "none");
  const Options both = Parse({"-f", "a", "shell", "--", "sh"});
  EXPECT_EQ(both.target.typed, "shell");
  EXPECT_EQ(both.target.files, Args{"a"});
  EXPECT_EQ(ErrorOf({"-f", "\"a", "shell", "--", "date"}),
            std::string(R"(invalid argument "\"a" for "-f, --filename" flag: parse error on line )"
                        R"(1, column 3: extraneous or missing " in quoted-field)") +
                kSeeUsage);
}

TEST(Options, PodRunningTimeout) {
  EXPECT_EQ(Parse({"p", "--", "sh"}).target.pod_timeout_ns, 60'000'000'000);
  EXPECT_EQ(Parse({"--pod-running-timeout=1m1.5s", "p", "--", "sh"}).target.pod_timeout_ns,
            61'500'000'000);
  for (const char* low : {"0", "-5s", "-.5s", "-9223372036854775808ns"}) {
    EXPECT_EQ(RequestErrorOf({"--pod-running-timeout", low}),
              std::string("--pod-running-timeout must be higher than zero") + kSeeHelp)
        << low;
  }
  EXPECT_EQ(ErrorOf({"--pod-running-timeout", "5", "shell"}),
            std::string("invalid argument \"5\" for \"--pod-running-timeout\" flag: time: missing "
                        "unit in duration \"5\"") +
                kSeeUsage);
}

TEST(Options, Verbosity) {
  for (const Args& flag : {Args{"-v", "6"}, Args{"-v=6"}, Args{"-v6"}, Args{"--v=6"},
                           Args{"--v", "6"}, Args{"-v", "+6"}, Args{"-iv6"}}) {
    Args args = flag;
    args.insert(args.end(), {"pod", "--", "sh"});
    EXPECT_EQ(Parse(args).verbosity, 6) << flag[0];
  }
  EXPECT_EQ(Parse({"-v=-1", "pod"}).verbosity, -1);
  const std::pair<Args, std::string> bad[] = {
      {{"-v", "shell"}, R"("shell" for "-v, --v" flag: strconv.ParseInt: parsing "shell")"},
      {{"-v="}, R"("=" for "-v, --v" flag: strconv.ParseInt: parsing "=")"},
      {{"--v="}, R"("" for "-v, --v" flag: strconv.ParseInt: parsing "")"},
      {{"-v=0x1"}, R"("0x1" for "-v, --v" flag: strconv.ParseInt: parsing "0x1")"},
      {{"-v= 1"}, R"(" 1" for "-v, --v" flag: strconv.ParseInt: parsing " 1")"},
      {{"-v=1_0"}, R"("1_0" for "-v, --v" flag: strconv.ParseInt: parsing "1_0")"},
      {{"-v=+-1"}, R"("+-1" for "-v, --v" flag: strconv.ParseInt: parsing "+-1")"}};
  for (const auto& [args, text] : bad)
    EXPECT_EQ(ErrorOf(args), "invalid argument " + text + ": invalid syntax" + kSeeUsage);
  for (const char* large : {"2147483648", "-2147483649", "99999999999999999999"})
    EXPECT_EQ(
        ErrorOf({"-v", large}),
        fmt::format("invalid argument \"{0}\" for \"-v, --v\" flag: strconv.ParseInt: parsing "
                    "\"{0}\": value out of range{1}",
                    large, kSeeUsage));
}

TEST(Options, Explain) {
  EXPECT_TRUE(Parse({"p", "--", "sh"}).explain == Options::Explain::kNo);
  EXPECT_TRUE(Parse({"--explain"}).explain == Options::Explain::kText);
  EXPECT_TRUE(Parse({"--explain=text"}).explain == Options::Explain::kText);
  EXPECT_TRUE(Parse({"--explain=json"}).explain == Options::Explain::kJson);
  EXPECT_EQ(Parse({"--explain", "json"}).target.typed, "json") << "as with any optional value";
  for (const Args& args :
       {Args{"--explain"}, Args{"--explain", "shell"}, Args{"--explain", "--", "sh"}})
    EXPECT_EQ(RequestErrorOf(args), "none");
  EXPECT_EQ(ErrorOf({"--explain=yaml"}),
            std::string("invalid argument \"yaml\" for \"--explain\" flag: must be text or json") +
                kSeeUsage);
}

TEST(Options, FlagsOfKubectlThatMeanNothingHereAreAccepted) {
  EXPECT_EQ(
      RequestErrorOf({"--cache-dir=/x", "--disable-compression", "--log-flush-frequency=1s",
                      "--profile=cpu", "--profile-output=f", "--vmodule=a=1,,b=2",
                      "--warnings-as-errors", "--match-server-version=false", "p", "--", "sh"}),
      "none");
}

TEST(Options, AndTheirValuesAreChecked) {
  const std::pair<std::string, std::string> cases[] = {
      {"disable-compression=x", "strconv.ParseBool: parsing \"x\": invalid syntax"},
      {"warnings-as-errors=x", "strconv.ParseBool: parsing \"x\": invalid syntax"},
      {"log-flush-frequency=5", "parse error"},
      {"log-flush-frequency=x", "parse error"},
      {"vmodule=a", "syntax error: expect comma-separated list of filename=N"},
      {"vmodule=a=b", "syntax error: expect comma-separated list of filename=N"},
      {"vmodule==1", "syntax error: expect comma-separated list of filename=N"},
      {"vmodule=a=", "syntax error: expect comma-separated list of filename=N"},
      {"vmodule=a=1=2", "syntax error: expect comma-separated list of filename=N"},
      {"vmodule=a=-1", "negative value for vmodule level"},
  };
  for (const auto& [flag, why] : cases) {
    const size_t equals = flag.find('=');
    EXPECT_EQ(ErrorOf({"--" + flag, "p", "--", "sh"}),
              fmt::format("invalid argument \"{}\" for \"--{}\" flag: {}{}",
                          flag.substr(equals + 1), flag.substr(0, equals), why, kSeeUsage));
  }
}

TEST(Options, ProfilesAsKubectlKnowsThem) {
  EXPECT_EQ(ErrorOf({"--profile=nope", "shell", "date"}), "unknown profile 'nope'");
  EXPECT_EQ(ErrorOf({"--profile="}), "unknown profile ''");
  EXPECT_EQ(Parse({"--profile=nope", "-h"}).action, Options::Action::kHelp);
}

TEST(Options, AServerVersionCannotMatch) {
  EXPECT_NE(RequestErrorOf({"--match-server-version", "p", "--", "sh"})
                .find("--match-server-version cannot be met"),
            std::string::npos);
}

TEST(Options, TypedInput) {
  EXPECT_EQ(Parse({"--record-stdin=echoed", "p", "--", "sh"}).record[0], RecordMode::kEchoed);
  EXPECT_EQ(Parse({"p", "--", "sh"}).unechoed, Options::Unechoed::kMasked);
  EXPECT_EQ(Parse({"--record-unechoed=all", "p", "--", "sh"}).unechoed, Options::Unechoed::kAll);
  EXPECT_EQ(Parse({"--record-unechoed", "encrypted", "p", "--", "sh"}).unechoed,
            Options::Unechoed::kEncrypted);
  EXPECT_NE(ErrorOf({"--record-unechoed=off", "p", "--", "sh"}), "none");
}

TEST(Options, Recording) {
  const Options options = Parse({"--record-stdin=digest", "--record-stdout", "all",
                                 "--record-stderr=off", "--status-file=s", "p", "--", "sh"});
  EXPECT_EQ(options.record[0], RecordMode::kDigest);
  EXPECT_EQ(options.record[1], RecordMode::kAll);
  EXPECT_EQ(options.record[2], RecordMode::kOff);
  EXPECT_EQ(options.status_file, "s");
  EXPECT_EQ(Parse({"p", "--", "sh"}).record[0], std::nullopt);
  EXPECT_EQ(
      ErrorOf({"--record-stdin=ALL", "p", "--", "sh"}),
      std::string("invalid argument \"ALL\" for \"--record-stdin\" flag: must be all, echoed, "
                  "digest or off") +
          kSeeUsage);
  EXPECT_EQ(ErrorOf({"--record-stdout=echoed", "p", "--", "sh"}),
            std::string("invalid argument \"echoed\" for \"--record-stdout\" flag: must be all, "
                        "digest or off") +
                kSeeUsage);
  EXPECT_NE(ErrorOf({"--status-file=", "p", "--", "sh"}), "none");
  EXPECT_EQ(Parse({"--signing-key=k.pem", "p", "--", "sh"}).signing_key, "k.pem");
  EXPECT_NE(ErrorOf({"--signing-key=", "p", "--", "sh"}), "none");
}

TEST(Options, RecordLimit) {
  EXPECT_EQ(Parse({"--record-limit", "1.5Gi", "p", "--", "sh"}).record_limit, uint64_t{3} << 29);
  EXPECT_EQ(ErrorOf({"--record-limit=1kB"}),
            std::string("invalid argument \"1kB\" for \"--record-limit\" flag: must be a whole "
                        "number of bytes, which k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi or Ei may "
                        "follow") +
                kSeeUsage);
  EXPECT_EQ(ErrorOf({"--record-limit=16Ei"}),
            std::string("invalid argument \"16Ei\" for \"--record-limit\" flag: is too large") +
                kSeeUsage);
}

TEST(Options, Recipients) {
  const std::string one = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
  const std::string two = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg";
  const Options options =
      Parse({"--recipient", one, "--recipient=" + two, "--recipient", one, "p", "--", "sh"});
  ASSERT_EQ(options.recipients.size(), 2u);
  EXPECT_EQ(options.recipients[0].Text(), one);
  EXPECT_EQ(options.recipients[1].Text(), two);
  for (const std::string& bad : {std::string(), one.substr(1), one + "q", std::string("ssh-rsa A")})
    EXPECT_NE(ErrorOf({"--recipient=" + bad, "p", "--", "sh"}), "none") << bad;
}

TEST(Options, Protocol) {
  EXPECT_TRUE(Parse({"p", "--", "sh"}).protocol == ProtocolChoice::kAuto);
  const std::pair<const char*, ProtocolChoice> cases[] = {{"auto", ProtocolChoice::kAuto},
                                                          {"v5", ProtocolChoice::kV5},
                                                          {"v4", ProtocolChoice::kV4},
                                                          {"spdy", ProtocolChoice::kSpdy}};
  for (const auto& [name, choice] : cases)
    EXPECT_TRUE(Parse({"--protocol", name, "p", "--", "sh"}).protocol == choice) << name;
  for (const char* bad : {"", "SPDY", "v6"})
    EXPECT_NE(ErrorOf({std::string("--protocol=") + bad, "p", "--", "sh"}), "none") << bad;
}

TEST(Options, AuditSinks) {
  const Options options = Parse({"--audit-file", "/var/log/a", "--audit-syslog=tcp:[::1]:601",
                                 "--audit-required", "p", "--", "sh"});
  EXPECT_EQ(options.audit_file, "/var/log/a");
  EXPECT_EQ(options.audit_syslog, "tcp:[::1]:601");
  EXPECT_TRUE(options.audit_required);
  EXPECT_EQ(ErrorOf({"--audit-syslog", "loghost", "p", "--", "sh"}),
            "invalid argument \"loghost\" for \"--audit-syslog\" flag: must be unix:/PATH, "
            "udp:HOST:PORT or tcp:HOST:PORT\nSee 'kubectl secure-exec --help' for usage.");
  EXPECT_NE(ErrorOf({"--audit-file=", "p", "--", "sh"}), "none");
}

TEST(Options, Access) {
  const Options options =
      Parse({"-n", "dev", "--context=c", "--kubeconfig=k", "--cluster=cl", "--user=u", "-s",
             "https://x", "--token=t", "--certificate-authority=ca", "--client-certificate=cc",
             "--client-key=ck", "--insecure-skip-tls-verify", "--tls-server-name=n",
             "--request-timeout=5s", "--kuberc=r", "p", "--", "sh"});
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
  EXPECT_EQ(options.access.kuberc, "r");
  EXPECT_EQ(Parse({"p", "--", "sh"}).access.insecure_skip_tls_verify, std::nullopt);
}

TEST(Options, AReasonIsOneLineOfText) {
  EXPECT_EQ(Parse({"--reason", "  OPS-1 disk full ", "p", "--", "x"}).reason, "OPS-1 disk full");
  for (const std::string& reason :
       {std::string("a\nb"), std::string("a\x1b[2J"), std::string("a\xe2\x80\xae"),
        std::string("\xff"), std::string(513, 'x')}) {
    EXPECT_FALSE(ParseOptions({"--reason", reason, "p", "--", "x"}).has_value()) << reason;
  }
}

TEST(Options, WhichFlagsWereGivenIsKnown) {
  EXPECT_EQ(Parse({"--leash=kill", "-it", "p", "--", "x", "--quiet"}).given,
            (std::vector<std::string>{"leash", "stdin", "tty"}));
}

TEST(Options, HelpAndVersionNeedNoPod) {
  EXPECT_EQ(Parse({"-h"}).action, Options::Action::kHelp);
  EXPECT_EQ(Parse({"--help", "p"}).action, Options::Action::kHelp);
  EXPECT_EQ(Parse({"--version"}).action, Options::Action::kVersion);
  EXPECT_EQ(Parse({"--help=all"}).action, Options::Action::kFullHelp);
  EXPECT_EQ(Parse({"--help=F", "p", "--", "sh"}).action, Options::Action::kExec);
  EXPECT_EQ(
      ErrorOf({"-h=maybe"}),
      std::string("invalid argument \"maybe\" for \"-h, --help\" flag: strconv.ParseBool: parsing "
                  "\"maybe\": invalid syntax") +
          kSeeUsage);
  EXPECT_NE(ErrorOf({"-h", "-z"}), "none");
  EXPECT_EQ(Parse({"p", "--", "sh", "-h"}).action, Options::Action::kExec);
}

}  // namespace
}  // namespace secure_exec
