"""The policy of the machine and the user's defaults, in whole programs: /etc is this process's own."""

import json
import os
import signal
import subprocess

from fake_server import FakeCase
from harness import PROGRAM, REPOSITORY, main, run, wait_for
import policy_case
from policy_case import DIRECTORY, POLICY, PolicyCase, rule
from pty_session import PtySession

try:
    import jsonschema
except ImportError:
    jsonschema = None

RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
REVIEWS = "selfsubjectreviews"


def setUpModule():
    policy_case.enter()


class Case(PolicyCase, FakeCase):
    def requests_of(self, action):
        """What the server was asked while `action` ran, and what that returned."""
        before = len(self.fake.requests())
        value = action()
        return self.fake.requests()[before:], value


class Binding(Case):
    def test_without_files_nothing_changes(self):
        done = self.exec("--", "echo", "hello")
        self.assertEqual((done.code, done.stdout, done.errors), (0, b"hello\n", ""))
        self.assertNotIn("policy", self.header())
        self.assertNotIn("reason", self.header())

    def test_deny_starts_nothing(self):
        self.policy({"name": "bastion", "match": {"pod": "sh*"}, "deny": "use the bastion"})
        requests, done = self.requests_of(lambda: self.exec("--", "true"))
        self.assert_refused(done, POLICY + ":1:", 'rule "bastion" refuses the session: use the bastion')
        self.assertEqual([r for r in requests if r["event"] == "exec"], [])

    def test_a_flag_that_loosens_is_refused(self):
        self.policy(rule({"idle_timeout": "10m"}))
        self.assert_refused(self.exec("--idle-timeout=1h", "--", "true"), POLICY + ":1:",
                            'rule "the rule" sets idle_timeout to 10m, and --idle-timeout 1h loosens that')

    def test_a_stricter_flag_counts_and_the_recording_says_so(self):
        self.policy(rule({"idle_timeout": "10m", "leash": "kill"}))
        done = self.exec("--idle-timeout=5m", "--", "true")
        self.assertEqual((done.code, done.errors), (0, ""))
        told = self.header()["policy"]
        self.assertEqual(told["rule"], "the rule")
        self.assertEqual(told["settings"], {"idle_timeout": "5m", "leash": "kill"})
        digest = run(["sha256sum", POLICY]).text.split()[0]
        self.assertEqual((told["file"], told["sha256"]), (POLICY, digest))

    def test_the_default_container_and_namespace_are_matched(self):
        self.policy(rule({"leash": "off"}, namespace="default", container="main"))
        self.assertEqual(self.exec("--", "true").code, 0)
        self.assertEqual(self.header()["policy"]["rule"], "the rule")

    def test_a_policy_that_is_not_about_the_session_is_recorded_without_a_rule(self):
        self.policy(rule({"leash": "off"}, pod="other"))
        self.assertEqual(self.exec("--", "true").code, 0)
        self.assertNotIn("rule", self.header()["policy"])

    def test_groups_are_asked_for_where_a_rule_needs_them(self):
        self.policy(rule({"idle_timeout": "1m"}, group="system:masters"))
        requests, done = self.requests_of(lambda: self.exec("--", "true"))
        self.assertEqual(done.code, 0)
        self.assertEqual(sum(REVIEWS in str(r.get("target")) for r in requests), 1)
        self.assertEqual(self.header()["policy"]["settings"], {"idle_timeout": "1m"})

    def test_groups_are_not_asked_for_elsewhere(self):
        self.policy(rule({"idle_timeout": "1m"}, group="dev", pod="other"), rule({"leash": "kill"}) | {"name": "rest"})
        requests, done = self.requests_of(lambda: self.exec("--", "true"))
        self.assertEqual(done.code, 0)
        self.assertFalse([r for r in requests if REVIEWS in str(r.get("target"))])
        self.assertEqual(self.header()["policy"]["rule"], "rest")

    def test_the_store_is_the_policys(self):
        place = os.path.join(self.scratch.path, "theirs")
        self.policy(rule({"store": place + "/{user}"}))
        self.assertEqual(self.exec("--", "true").code, 0)
        self.assertEqual(self.scratch.recordings(), [])
        self.scratch.store = place + "/root"
        self.assertEqual(len(self.scratch.recordings()), 1)

    def test_recipients_are_mandatory(self):
        self.policy(rule({"recipients": [RECIPIENT]}))
        self.assertEqual(self.exec("--", "true").code, 0)
        self.assertTrue(self.scratch.recording().endswith(".age"))

    def test_what_of_a_terminal_is_shown_is_recorded_whatever_a_file_says(self):
        self.policy(rule({"record_stdout": "off", "record_stderr": "off"}))
        with PtySession(self.argv("-it", "--", "echo", "shown"), self.scratch.env) as session:
            self.assertEqual(session.wait(), 0, session.seen)
        self.assert_replays("stdout", b"shown\r\n")
        self.assertEqual(self.exec("--", "echo", "hidden").stdout, b"hidden\n")
        self.assertIn("stdout was not recorded", self.replay("cat", "--channel", "stdout", "last").errors)

    def test_the_users_file_gives_defaults(self):
        self.config("record_stdout: digest\n")
        self.assertEqual(self.exec("--", "echo", "x").code, 0)
        self.assertEqual(self.header()["record"]["stdout"], "digest")
        self.assertEqual(self.exec("--record-stdout=all", "--", "echo", "x").code, 0)
        self.assertEqual(self.header()["record"]["stdout"], "all")


class BadFiles(Case):
    def test_an_error_in_the_policy_closes(self):
        self.policy(text="version: 1\nrules:\n- name: x\n  set: {idle_tmeout: 1m}\n")
        requests, done = self.requests_of(lambda: self.exec("--", "true"))
        self.assert_refused(done, POLICY + ":4:9: set: unknown key", "--check-policy")
        self.assertEqual(requests, [])

    def test_an_empty_policy_closes(self):
        self.policy(text="")
        self.assert_refused(self.exec("--", "true"), POLICY, "empty")

    def test_a_policy_that_others_may_write_closes(self):
        self.policy()
        os.chmod(POLICY, 0o666)
        self.assert_refused(self.exec("--", "true"), POLICY + ": can be written by others")
        os.chmod(POLICY, 0o644)
        os.chmod(DIRECTORY, 0o777)
        self.assert_refused(self.exec("--", "true"), DIRECTORY + ": directory can be written by others")

    def test_a_policy_of_somebody_else_closes(self):
        self.policy()
        os.chown(POLICY, 12345, 0)
        self.assert_refused(self.exec("--", "true"), "belongs to uid 12345, and must to root")

    def test_a_policy_behind_a_link_closes(self):
        self.policy()
        os.rename(POLICY, POLICY + ".real")
        os.symlink(POLICY + ".real", POLICY)
        self.assert_refused(self.exec("--", "true"), POLICY + ": is a symbolic link")

    def test_a_policy_that_an_ordinary_user_cannot_read_closes(self):
        self.policy()
        os.chmod(POLICY, 0o600)
        os.chmod(self.scratch.path, 0o755)
        done = run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all",
                    "--bounding-set=-all", *self.argv("--", "true")], env=self.scratch.env)
        self.assert_refused(done, POLICY + ": Permission denied")

    def test_an_error_in_the_users_file_is_an_ordinary_one(self):
        self.config("idle_timeout: 5\n")
        self.assert_one_line(self.exec("--", "true"), 1, "config.yaml:1:15: idle_timeout: time: missing unit")

    def test_a_user_cannot_allow_what_is_a_policys_to_allow(self):
        self.config("record: optional\n")
        self.assert_one_line(self.exec("--no-record", "--", "true"), 1, "record: is for a policy alone")


class Reason(Case):
    def test_it_is_in_the_recording_and_in_the_servers_log(self):
        requests, done = self.requests_of(lambda: self.exec("--reason=OPS-1: disk full (50%)", "--", "true"))
        self.assertEqual((done.code, done.errors), (0, ""))
        agents = [value for r in requests if "/exec?" in str(r.get("target"))
                  for name, value in dict(r["headers"]).items() if name.lower() == "user-agent"]
        self.assertEqual(len(agents), 1)
        self.assertRegex(agents[0], r"^secure-exec/\S+ id=\S+ b0=[0-9a-f]{64} reason=OPS-1:%20disk%20full%20%2850%25%29$")
        self.assertEqual(self.header()["reason"], "OPS-1: disk full (50%)")
        listed = json.loads(self.replay("ls", "--json").stdout)
        self.assertEqual(listed[0]["reason"], "OPS-1: disk full (50%)")
        self.assertRegex(self.replay("info", "last").text, r"reason +OPS-1: disk full")

    def test_control_characters_are_refused(self):
        self.assertEqual(self.exec("--reason=a\x1b[2J", "--", "true").code, 1)
        self.assertEqual(self.scratch.recordings(), [])

    def test_without_a_terminal_it_must_be_given(self):
        self.policy(rule({"reason": "required", "reason_hint": "a ticket"}))
        self.assert_refused(self.without_terminal("--", "true"), "give --reason (a ticket)")
        self.assertEqual(self.without_terminal("--reason=x", "--", "true").code, 0)

    def test_its_form_is_checked(self):
        self.policy(rule({"reason": "required", "reason_pattern": "^OPS-[0-9]+"}))
        self.assert_refused(self.exec("--reason=testing", "--", "true"), "--reason is not of the form")

    def test_it_is_asked_for_on_the_terminal(self):
        self.policy(rule({"reason": "required", "reason_pattern": "^OPS-[0-9]+", "reason_hint": "OPS-…"}))
        with PtySession(self.argv("-it", "--", "sh", "-c", "read line; echo got $line"), self.scratch.env) as session:
            session.expect("Reason for this session \\(OPS-….*\\): ")
            session.send("because\n")
            session.expect("The reason is not of the form that is wanted: OPS-…")
            session.send("OPS-7 because\n")
            session.expect("is recorded, as")
            session.send("typed\r")
            session.expect("got typed")
            self.assertEqual(session.wait(), 0, session.seen)
            self.assertEqual(session.settings(), session.settings_before)
        self.assertEqual(self.header()["reason"], "OPS-7 because")

    def test_a_pipe_answers_no_question(self):
        self.policy(rule({"confirm": "namespace"}))
        argv = ["sh", "-c", 'echo default | "$@"', "sh", *self.argv("-i", "--", "cat")]
        with PtySession(argv, self.scratch.env) as session:
            session.expect("type the namespace to go on: ")
            session.send("default\n")
            session.expect("default\r\n")
            self.assertEqual(session.wait(), 0, session.seen)
        self.assert_replays("stdin", b"default\n")


class Confirmation(Case):
    def session(self):
        return PtySession(self.argv("-it", "--", "echo", "inside"), self.scratch.env)

    def test_the_banner_then_the_namespace(self):
        self.policy(rule({"confirm": "namespace", "banner": "This is production.\nBe \x1b[8mcareful.\n"}))
        with self.session() as session:
            session.expect(rb"This is production\.\r\nBe \\x1b\[8mcareful\.\r\n"
                           rb"default/shell in context fake: type the namespace to go on: ")
            session.send("default\n")
            session.expect("inside")
            self.assertEqual(session.wait(), 0, session.seen)

    def test_anything_else_is_a_no(self):
        self.policy(rule({"confirm": "pod"}))
        with self.session() as session:
            session.expect("type the pod to go on: ")
            session.send("yes\n")
            session.expect("error: not confirmed: the pod is shell")
            self.assertEqual(session.wait(), 121)
        self.assertEqual(self.scratch.recordings(), [])

    def test_ctrl_c_at_the_question_ends_it(self):
        self.policy(rule({"confirm": "pod"}))
        with self.session() as session:
            session.expect("to go on: ")
            session.send("\x03")
            self.assertEqual(session.wait(), -signal.SIGINT)
            self.assertEqual(session.settings(), session.settings_before)
        self.assertEqual(self.scratch.recordings(), [])

    def test_without_a_terminal_nobody_can(self):
        self.policy(rule({"confirm": "namespace"}))
        self.assert_refused(self.without_terminal("--", "true"), "there is no terminal")


class OnEnd(Case):
    def hook(self, script, timeout="30s"):
        self.out = os.path.join(self.scratch.path, "out")
        self.policy(rule({"on_end": ["/bin/sh", "-c", script.format(out=self.out), "hook", "{recording}", "{id}"],
                          "on_end_timeout": timeout}))

    def written(self):
        with open(self.out, encoding="utf-8") as file:
            return file.read()

    def test_it_is_handed_the_sealed_recording(self):
        self.hook('printf "%s|" "$@" "$SECURE_EXEC_EXIT" "$SECURE_EXEC_SEALED" >{out}; zstd -t "$1"')
        done = self.exec("--reason=x", "--", "sh", "-c", "exit 7")
        self.assertEqual((done.code, done.errors), (7, "command terminated with exit code 7\n"))
        path = self.scratch.recording()
        self.assertEqual(self.written(), f"{path}|{os.path.basename(path).split('.')[0]}|7 remote exit|yes|")

    def test_its_failure_is_told_and_changes_no_exit_code(self):
        self.hook("echo no route >&2; exit 3")
        done = self.exec("--", "sh", "-c", "exit 7")
        self.assertEqual(done.code, 7)
        self.assertEqual(done.errors, "command terminated with exit code 7\nwarning: the recording was not handed on: "
                                      "on_end /bin/sh: exit status 3: no route\n")

    def test_it_has_a_time_limit(self):
        self.hook("sleep 1000", timeout="1s")
        done = self.exec("--", "true")
        self.assertEqual(done.code, 0)
        self.assertIn("had not ended after 1 s and was killed", done.errors)

    def test_it_runs_after_a_signal_and_a_second_one_ends_it(self):
        self.hook("echo started >{out}; exec sleep 1000", timeout="10m")
        process = subprocess.Popen(self.argv("--", "sleep", "1000"), env=self.scratch.env, stderr=subprocess.PIPE)
        wait_for("the session", lambda: any(r["event"] == "exec" and r["command"] == ["sleep", "1000"]
                                            for r in self.fake.requests()))
        process.send_signal(signal.SIGTERM)
        wait_for("the hook", lambda: os.path.exists(self.out) and self.written())
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertIn(b"was killed, for a signal came", errors)

    def test_a_refused_session_has_nothing_to_hand_on(self):
        self.hook("echo ran >{out}")
        self.exec("--idle-timeout=soon", "--", "true")
        self.assertEqual(self.exec("--", "true", pod="no-such-pod").code, 1)
        self.assertFalse(os.path.exists(self.out))


class Unrecorded(Case):
    def test_it_is_refused_without_a_policy(self):
        self.assert_refused(self.exec("--no-record", "--", "true"), "only a policy can allow it")

    def test_it_is_refused_where_the_rule_does_not_allow_it(self):
        self.policy(rule({"idle_timeout": "1h"}))
        self.assert_refused(self.exec("--no-record", "--", "true"), 'rule "the rule"', "does not allow it")

    def test_where_it_is_allowed_a_recording_is_made_unless_asked_otherwise(self):
        self.policy(rule({"record": "optional"}))
        self.assertEqual(self.exec("--", "true").code, 0)
        self.assertEqual(len(self.scratch.recordings()), 1)

    def test_nothing_is_kept_and_everything_works(self):
        self.policy(rule({"record": "optional"}))
        data = os.urandom(300_000)
        requests, done = self.requests_of(lambda: self.exec("--no-record", "--reason=x", "-i", "--", "cat", stdin=data))
        self.assertEqual((done.code, done.stdout), (0, data))
        self.assertEqual(done.errors,
                         f'secure-exec: this session is NOT recorded, as rule "the rule" of {POLICY} allows\n')
        self.assertFalse(os.path.exists(self.scratch.store))
        self.assertFalse(os.path.exists(self.scratch.env["XDG_DATA_HOME"]), "no key is made for it")
        agents = [value for r in requests if "/exec?" in str(r.get("target"))
                  for name, value in dict(r["headers"]).items() if name.lower() == "user-agent"]
        self.assertRegex(agents[0], r"^secure-exec/\S+ id=\S+ unrecorded reason=x$")

    def test_on_a_terminal(self):
        self.policy(rule({"record": "optional"}))
        argv = self.argv("--no-record", "-it", "--", "sh", "-c", "read line; echo got $line; exit 7")
        with PtySession(argv, self.scratch.env) as session:
            session.expect("is NOT recorded")
            session.send("typed\r")
            session.expect("got typed")
            self.assertEqual(session.wait(), 7, session.seen)
            self.assertNotIn(b"recording:", session.seen)
        self.assertEqual(self.scratch.recordings(), [])


class Checking(Case):
    def test_a_sound_policy(self):
        done = self.check_policy("version: 1\nrules: []\n")
        self.assertEqual((done.code, done.errors), (0, ""))
        self.assertIn("draft.yaml: ok, 0 rules\n", done.text)

    def test_all_errors_with_their_places(self):
        done = self.check_policy("version: 1\nrules:\n- name: a\n  set: {leash: kil, idle_timeout: 5}\n  more: 1\n")
        self.assertEqual((done.code, done.errors), (1, ""))
        places = [line.split("draft.yaml:")[1].split(": ")[0] for line in done.text.splitlines()]
        self.assertEqual(places, ["4:16", "4:35", "5:3"])

    def test_a_file_that_is_not_there(self):
        done = run([PROGRAM, "--check-policy", "/no/such"], env=self.scratch.env)
        self.assertEqual((done.code, done.text), (1, "open /no/such: no such file or directory\n"))

    def test_the_real_one_with_what_is_around_it(self):
        self.policy()
        self.assertEqual(run([PROGRAM, "--check-policy", POLICY], env=self.scratch.env).code, 0)
        os.chmod(POLICY, 0o666)
        done = run([PROGRAM, "--check-policy", POLICY], env=self.scratch.env)
        self.assertEqual(done.code, 1)
        self.assertIn("can be written by others", done.text)

    def test_what_would_bind_a_session(self):
        text = ("version: 1\nrules:\n- name: dev\n  match: {namespace: pay*, group: dev}\n  set: {idle_timeout: 10m}\n"
                "- name: rest\n  deny: no\n")
        flags = ["--context", "fake", "-n", "payments", "db-0", "--as", "alice"]
        requests, done = self.requests_of(lambda: self.check_policy(text, *flags, "--as-group", "dev"))
        self.assertEqual((done.code, requests), (0, []))
        self.assertIn('rule "dev" (line 3) counts\n  idle_timeout: 10m  (', done.text)
        done = self.check_policy(text, *flags, "--as-group", "ops")
        self.assertEqual(done.code, 1)
        self.assertIn('rule "rest" refuses the session: no', done.text)
        done = self.check_policy(text, *flags, "--as-group", "dev", "--idle-timeout", "1h")
        self.assertEqual(done.code, 1)
        self.assertIn("loosens that", done.text)

    def test_explain_says_what_binds_and_who_says_so(self):
        self.policy(rule({"idle_timeout": "10m", "store": "/srv/{user}", "reason": "required"}, pod="shell"))
        self.config("leash: kill\n")
        done = run([PROGRAM, "--context", "fake", "--explain=json", "shell", "--max-duration=1h"], env=self.scratch.env)
        facts = {fact["name"]: (fact["value"], fact["source"]) for fact in json.loads(done.stdout)["settings"]}
        self.assertEqual(facts["policy"], (POLICY, 'rule "the rule", line 1'))
        self.assertEqual(facts["idle_timeout"], ("10m", f'{POLICY}:1, rule "the rule"'))
        self.assertEqual(facts["max_duration"], ("1h", "--max-duration"))
        self.assertEqual(facts["leash"][0], "kill")
        self.assertTrue(facts["leash"][1].endswith("/.config/secure-exec/config.yaml:1"))
        self.assertTrue(facts["recording"][0].startswith("/srv/root/fake/default/shell/"), facts["recording"])
        self.assertFalse(os.path.exists("/srv/root"))

    def test_explain_without_a_pod_names_the_policy(self):
        self.policy(rule({"idle_timeout": "10m"}))
        done = run([PROGRAM, "--context", "fake", "--explain"], env=self.scratch.env)
        self.assertRegex(done.text, f"policy: +{POLICY}  \\(1 rules; name a pod")

    def test_explain_says_what_would_refuse_it(self):
        self.policy({"name": "x", "deny": "not here"})
        done = run([PROGRAM, "--context", "fake", "--explain", "shell"], env=self.scratch.env)
        self.assertEqual(done.code, 1)
        self.assertIn('rule "x" refuses the session: not here', done.errors)

    def test_the_schemas_agree_with_the_program(self):
        # The unit tests hold them together keyword by keyword; where there is a validator, it has its say too.
        with open(os.path.join(REPOSITORY, "docs", "schema", "policy.schema.json"), encoding="utf-8") as file:
            schema = json.load(file)
        if jsonschema:
            jsonschema.Draft202012Validator.check_schema(schema)
        r = rule({"leash": "kill"})
        for rules, sound in (([], True), ([r], True), ([r | {"more": 1}], False), ([{"name": "a"}], False),
                             ([r | {"deny": "x"}], False), ([rule({"leash": "no"})], False),
                             ([rule({"leash": "off"}, pod=["a*"])], True), ([rule({}, pod=[])], False),
                             ([rule({"idle_timeout": "1h30m", "recipients": RECIPIENT})], True),
                             ([rule({"on_end": "/bin/x"})], False), ([rule({"store": "x"})], False)):
            text = json.dumps({"version": 1, "rules": rules})
            with self.subTest(text=text):
                self.assertEqual(self.check_policy(text).code == 0, sound)
                if jsonschema:
                    self.assertEqual(jsonschema.Draft202012Validator(schema).is_valid(json.loads(text)), sound)


if __name__ == "__main__":
    main()
