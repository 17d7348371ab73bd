"""-v on the real cluster: what is asked is logged as kubectl logs it, and no secret is. --request-timeout
is for requests, and not for the session."""

import re
import subprocess

from cluster import ClusterCase, main
import harness

KLOG = re.compile(r"^I\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ [a-z_]+\.(?:cc|go):\d+\] ")


class WireLog(ClusterCase):
    def log_of(self, *arguments, **more):
        done = self.exec(*arguments, **more)
        return done, [KLOG.sub("", line) for line in done.errors.splitlines() if KLOG.match(line)]

    def test_the_same_requests_as_kubectl(self):
        kubectl = subprocess.run(
            [harness.find_kubectl(), "--context", "modern", "exec", "-v=6", "shell", "--", "echo", "x"],
            env=self.scratch.env, capture_output=True, text=True, check=True)
        lines = [KLOG.sub("", line) for line in kubectl.stderr.splitlines() if "/pods/" in line and "round_trippers" in line]
        done, ours = self.log_of("-v=6", "--", "echo", "x")
        self.assertEqual((done.code, done.text), (0, "x\n"))
        without_time = [[re.sub(r"milliseconds=\d+$", "", line) for line in each] for each in (lines, ours)]
        self.assertEqual(*without_time)

    def test_nothing_below_six(self):
        self.assertEqual(self.log_of("-v=5", "--", "true")[0].errors, "")

    def test_a_token_is_in_no_level(self):
        for level in ("6", "7", "8", "9", "10"):
            done, lines = self.log_of("-n", "dev", "-v", level, "--", "true", context="bob@modern")
            self.assertEqual(done.code, 0, done.errors)
            self.assertTrue(lines)
            self.assertNotIn("token-of-bob", done.errors)
            self.assertEqual("Authorization: Bearer <masked>" in done.errors, level != "6")

    def test_a_refusal_is_logged_too(self):
        _, lines = self.log_of("-v=6", "--", "true", context="mallory@modern")
        self.assertIn('status="403 Forbidden"', lines[0])

    def test_a_fallback_shows_both_upgrades(self):
        _, lines = self.log_of("-v=6", "-i", "--", "cat", context="legacy", stdin=b"x")
        self.assertEqual([re.search('verb="(.*?)".*status="(\\d+)', line).groups() for line in lines],
                         [("GET", "200"), ("GET", "403"), ("POST", "101")])

    def test_a_session_outlives_the_request_timeout(self):
        done = self.exec("--request-timeout=1s", "--", "sh", "-c", "sleep 2; echo done")
        self.assertEqual((done.code, done.text), (0, "done\n"))


if __name__ == "__main__":
    main()
