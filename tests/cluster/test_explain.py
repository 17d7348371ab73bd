"""--explain on the real cluster: what it says is what a session then does, and no secret is in it."""

import json
import os

from cluster import ClusterCase, main
import harness


class Explain(ClusterCase):
    def explain(self, *arguments, context="modern", pod="shell", env=None):
        argv = [harness.PROGRAM, "--context", context, "--explain=json", *arguments, *([pod] if pod else [])]
        done = harness.run(argv, env=env or self.scratch.env)
        self.assertEqual(done.errors, "")
        said = json.loads(done.stdout)
        facts = {fact["name"]: fact["value"] for fact in said["settings"]}
        verbs = {verb["verb"]: verb["allowed"] for verb in said["verbs"]}
        return done.code, facts, verbs, said

    def test_a_session_that_would_work(self):
        code, facts, verbs, said = self.explain()
        self.assertEqual((code, said["problems"]), (0, []))
        self.assertEqual(verbs, {"get": True, "create": True})
        self.assertEqual(facts["context"], "modern")
        self.assertEqual(facts["user of the cluster"], "admin")
        self.assertIn("system:masters", said["groups"])
        self.assertEqual((facts["pod"], facts["container"]), ("default/shell", "main"))
        self.assertEqual(self.scratch.recordings(), [], "nothing was run")
        self.assertFalse(os.path.exists(self.scratch.store), "nothing was written")

    def test_the_recording_goes_where_it_says(self):
        key = harness.run(["age-keygen"]).text
        recipient = harness.run(["age-keygen", "-y"], stdin=key.encode()).text.strip()
        for flags in ((), ("--recipient", recipient)):
            with self.subTest(flags=flags):
                _, facts, _, _ = self.explain(*flags)
                before = set(self.scratch.recordings())
                self.exec(*flags, "--", "true")
                made, = set(self.scratch.recordings()) - before
                directory, name = os.path.split(facts["recording"])
                self.assertEqual(os.path.dirname(made), directory)
                self.assertTrue(made.endswith(name.removeprefix("<id>")), (made, name))

    def test_who_may_not(self):
        code, facts, verbs, said = self.explain(context="mallory@modern", pod=None)
        self.assertEqual((code, verbs), (1, {"get": False, "create": False}))
        self.assertEqual(facts["user of the cluster"], "mallory")
        self.assertIn("neither get nor create", said["problems"][0])

    def test_a_server_without_self_review_tells_what_the_certificate_says(self):
        _, facts, _, said = self.explain(context="alice@legacy")
        self.assertEqual(facts["user of the cluster"], "O=dev,CN=alice")
        self.assertEqual(said["groups"], [])

    def test_container_and_why(self):
        _, facts, _, said = self.explain(pod="multi")
        self.assertEqual(facts["container"], "second")
        source = next(fact["source"] for fact in said["settings"] if fact["name"] == "container")
        self.assertIn("default-container", source)

    def test_what_would_stop_the_session_is_told_in_its_words(self):
        for pod, arguments in (("no-such-pod", ()), ("finished", ()), ("multi", ("-c", "zzz"))):
            with self.subTest(pod=pod):
                code, _, _, said = self.explain(*arguments, pod=pod)
                refused = self.exec(*arguments, "--", "true", pod=pod)
                self.assertEqual(code, 1)
                self.assertIn(refused.errors.splitlines()[0], said["problems"])

    def test_an_unreachable_server(self):
        done = harness.run([harness.PROGRAM, "--context", "modern", "--server", "https://127.0.0.1:1", "--explain"],
                           env=self.scratch.env)
        self.assertEqual(done.code, 1)
        self.assertIn("127.0.0.1:1 was refused", done.errors)
        self.assertIn("https://127.0.0.1:1", done.text)
        self.assertIn("--server", done.text)

    def test_where_each_setting_comes_from(self):
        done = harness.run([harness.PROGRAM, "--context", "bob@modern", "-n", "default", "--explain", "shell"],
                           env=self.scratch.env)
        lines = {line.split(":")[0]: line for line in done.text.splitlines()}
        self.assertIn("--context", lines["context"])
        self.assertIn("--namespace", lines["namespace"])
        self.assertIn(self.kubeconfig, lines["server"])

    def test_no_secret_is_shown(self):
        for argument in ("--explain", "--explain=json"):
            done = harness.run([harness.PROGRAM, "--context", "bob@modern", argument, "shell"], env=self.scratch.env)
            self.assertNotIn("token-of-bob", done.text + done.errors)
            done = harness.run([harness.PROGRAM, "--context", "modern", "--token", "s3cret", argument, "shell"],
                               env=self.scratch.env)
            self.assertNotIn("s3cret", done.text + done.errors)

    def test_protocol_follows_what_is_allowed_and_asked_for(self):
        self.assertIn("v5", self.explain()[1]["protocol"])
        self.assertEqual(self.explain("--protocol", "spdy")[1]["protocol"], "SPDY/3.1")


if __name__ == "__main__":
    main()
