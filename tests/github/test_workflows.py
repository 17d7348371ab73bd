"""The files below .github: what they run exists here, what they use is pinned, what they may do is little."""

import glob
import os
import re
import sys
import unittest

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
try:
    import yaml
except ImportError:  # Debian's python3 has it: scripts/install-dependencies
    os.execv("/usr/bin/python3", ["/usr/bin/python3", "-B", os.path.abspath(__file__), *sys.argv[1:]])


def read(path):
    with open(os.path.join(REPOSITORY, path), encoding="utf-8") as file:
        return yaml.safe_load(file)


WORKFLOWS = {os.path.basename(path): read(path) for path in
             glob.glob(os.path.join(REPOSITORY, ".github", "workflows", "*.yml"))}
STEPS = [(f"{name}: {job}", step) for name, workflow in WORKFLOWS.items()
         for job, body in workflow["jobs"].items() for step in body["steps"]]


class Workflows(unittest.TestCase):
    def test_there_are_the_two(self):
        self.assertEqual(sorted(WORKFLOWS), ["ci.yml", "release.yml"])

    def test_scripts_that_are_run_exist(self):
        called = set()
        for where, step in STEPS:
            for path in re.findall(r"(?:scripts|krew|\.ci|bench)/[\w-]+(?=\s|$)", step.get("run", ""), re.MULTILINE):
                called.add(path)
                with self.subTest(where, path=path):
                    self.assertTrue(os.access(os.path.join(REPOSITORY, path), os.X_OK))
        self.assertLessEqual({"scripts/test", "scripts/sanitize", "scripts/fuzz", "scripts/release", "krew/check"},
                             called)

    def test_presets_that_are_built_exist(self):
        presets = {preset["name"] for preset in read("CMakePresets.json")["configurePresets"]}
        for where, step in STEPS:
            for preset in re.findall(r"--preset (\S+)", step.get("run", "")):
                with self.subTest(where):
                    self.assertIn(preset, presets)

    def test_actions_are_githubs_own_and_pinned_to_a_commit(self):
        for name in WORKFLOWS:
            with open(os.path.join(REPOSITORY, ".github", "workflows", name), encoding="utf-8") as file:
                for line in file:
                    if "uses:" in line:
                        with self.subTest(name, line=line.strip()):
                            self.assertRegex(line, r"uses: actions/[a-z-]+@[0-9a-f]{40} # v[0-9.]+$")

    def test_rights_are_named_and_few(self):
        write = {}
        for name, workflow in WORKFLOWS.items():
            self.assertLessEqual(set(workflow["permissions"].items()), {("contents", "read")}, name)
            for job, body in workflow["jobs"].items():
                rights = body.get("permissions", {})
                write[f"{name}: {job}"] = sorted(right for right, level in rights.items() if level == "write")
        self.assertEqual({where: rights for where, rights in write.items() if rights},
                         {"release.yml: publish": ["attestations", "contents", "id-token"]})

    def test_checking_out_leaves_no_token_behind(self):
        for where, step in STEPS:
            if step.get("uses", "").startswith("actions/checkout@"):
                with self.subTest(where):
                    self.assertIs(step["with"]["persist-credentials"], False)

    def test_nothing_that_others_write_reaches_a_shell_as_code(self):
        for where, step in STEPS:
            with self.subTest(where):
                self.assertNotIn("${{", step.get("run", ""))
        for name, workflow in WORKFLOWS.items():
            self.assertNotIn("pull_request_target", workflow[True], name)  # YAML 1.1 reads "on" as true

    def test_every_job_ends(self):
        for name, workflow in WORKFLOWS.items():
            for job, body in workflow["jobs"].items():
                self.assertLessEqual(body["timeout-minutes"], 180, f"{name}: {job}")

    def test_only_the_macos_build_may_fail(self):
        may = [job for workflow in WORKFLOWS.values() for job, body in workflow["jobs"].items()
               if body.get("continue-on-error") or any(step.get("continue-on-error") for step in body["steps"])]
        self.assertEqual(may, ["macos"])


class Templates(unittest.TestCase):
    def test_forms_are_whole(self):
        for path in glob.glob(os.path.join(REPOSITORY, ".github", "ISSUE_TEMPLATE", "*.yml")):
            form = read(path)
            if os.path.basename(path) == "config.yml":
                self.assertIs(form["blank_issues_enabled"], False)
                continue
            with self.subTest(os.path.basename(path)):
                self.assertLessEqual({"name", "description", "body"}, set(form))
                ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
                self.assertEqual(len(ids), len(set(ids)))
                for part in form["body"]:
                    self.assertIn("value" if part["type"] == "markdown" else "label", part["attributes"])

    def test_bug_reports_warn_of_recordings_and_name_the_private_way(self):
        said = read(".github/ISSUE_TEMPLATE/bug.yml")["body"][0]["attributes"]["value"]
        self.assertIn("Do not attach a recording", said)
        self.assertIn("SECURITY.md", said)

    def test_dependabot_reads_the_actions(self):
        self.assertEqual([update["package-ecosystem"] for update in read(".github/dependabot.yml")["updates"]],
                         ["github-actions"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
