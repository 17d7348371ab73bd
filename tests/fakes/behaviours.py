"""Ways to misbehave; http_behaviours.py, stream_behaviours.py and
spdy_behaviours.py have them.

A pod named x-NAME or x-NAME-ARGUMENT misbehaves so, or one given with --behave.

Each class is one behaviour: its docstring is its help, `argument` what ARGUMENT is if absent.
Hooks: answer() in place of the 101, headers() into the 101, opened() right behind it, output() for
each read of the command's output, finish() when the command has ended.
"""

import os

TABLE = {}


def named(name, argument=None):
    def add(cls):
        cls.argument = argument
        TABLE[name] = cls
        return cls
    return add


def find(text):
    """The behaviour that "NAME" or "NAME-ARGUMENT" says; None if there is none."""
    name, dash, argument = text.rpartition("-")
    if text in TABLE:
        return TABLE[text](TABLE[text].argument)
    if dash and name in TABLE and argument.isdigit():
        return TABLE[name](int(argument))
    return None


class Behaviour:
    """None: as a real server."""

    argument = None
    spdy = True  # whether SPDY is spoken at all

    def __init__(self, argument=None):
        self.argument = argument

    def rest(self, user):
        """The answer (bytes) to GET of the pod itself; None for the usual one."""

    def answer(self, sock, pod, namespace, user):
        """True if it answered an exec request (SPDY's too) in its own way; the connection is then closed."""
        return False

    def headers(self, headers):
        """May change the 101's headers, a dictionary."""

    def opened(self, session):
        pass

    def argv(self, argv):
        return argv

    def reads(self, session):
        return True

    def ping(self, session, payload):
        session.pong(payload)

    def reply(self, session, name, stream):
        """To the client's opening of a SPDY stream."""
        session.reply(stream)

    def output(self, session, channel, data):
        session.output(channel, data)

    def finish(self, session, text):
        session.message(3, text.encode())
        session.close()


def help_text():
    width = max(map(len, TABLE)) + 4
    lines = []
    for name, cls in TABLE.items():
        label = name if cls.argument is None else f"{name}-{cls.argument}"
        lines.append(f"  x-{label:<{width}} {cls.__doc__.strip()}")
    return os.linesep.join(lines)
