"""Reads audit events as docs/audit-events.md has them."""

import json


def parse(line):
    """An event; the line must be what is promised of it."""
    assert all(" " <= c <= "~" for c in line), f"not printable ASCII: {line!r}"
    event = json.loads(line)
    assert event["ecs"]["version"] and event["event"]["kind"] == "event", event
    return event


def read(path):
    with open(path, encoding="ascii") as file:
        text = file.read()
    assert text.endswith("\n") or not text, f"the last line is cut: {text[-200:]!r}"
    return [parse(line) for line in text.splitlines()]


def at(event, field):
    """The value of "process.args", or None."""
    for key in field.split("."):
        if not isinstance(event, dict) or key not in event:
            return None
        event = event[key]
    return event


def action(event):
    return event["event"]["action"].removeprefix("session-")


def by_session(events):
    """Recording id -> its events."""
    sessions = {}
    for event in events:
        sessions.setdefault(at(event, "secure_exec.recording.id"), []).append(event)
    return sessions
