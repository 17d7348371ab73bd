"""The API server's own audit log, where the cluster's is at hand: SECURE_EXEC_TEST_AUDIT_LOGS, a directory
with audit-modern.log and audit.log (the legacy server's), or log/ beside the kubeconfig."""

import json
import os
import sys

from cluster import SKIPPED, ClusterCase

import harness


def audit_log_path(name):
    directory = os.environ.get("SECURE_EXEC_TEST_AUDIT_LOGS") or os.path.join(
        os.path.dirname(ClusterCase.kubeconfig), "log")
    path = os.path.join(directory, name)
    if not os.access(path, os.R_OK):
        print(f"no audit log: {path} cannot be read", file=sys.stderr)
        sys.exit(1 if os.environ.get("SECURE_EXEC_REQUIRE_ALL") else SKIPPED)
    return path


class AuditLog:
    def verify(self, *arguments):
        done = self.replay("verify", "--json", "--audit-log", self.audit_log, *arguments)
        return [entry for entry in json.loads(done.stdout)]

    def wait_for_event(self, text):
        def logged():
            with open(self.audit_log, encoding="utf-8", errors="replace") as file:
                return any(text in line for line in file)
        harness.wait_for(f"{text} in the audit log", logged, 20)
