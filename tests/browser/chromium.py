"""A headless Chromium that is told what to do over a pipe (the DevTools protocol; standard library only).

It runs in a directory of its own, asks nobody for updates, and resolves no name but loopback's addresses.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
         "--disable-extensions", "--no-default-browser-check",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--hide-scrollbars",
         "--force-device-scale-factor=1", "--remote-debugging-pipe")


class Chromium:
    """One page. `events` is everything it told that was not an answer."""

    def __init__(self, seconds=120):
        self.seconds = seconds
        self.directory = tempfile.mkdtemp(prefix="secure-exec-chromium-")
        theirs, self.writer = os.pipe()
        self.reader, answers = os.pipe()
        with open(os.path.join(self.directory, "errors"), "wb") as errors:
            # bash: sh cannot redirect to descriptors above 9.
            self.process = subprocess.Popen(
                ["bash", "-c", f'exec "$@" 3<&{theirs} 4>&{answers}', "bash", "chromium", *FLAGS,
                 "--user-data-dir=" + os.path.join(self.directory, "data"), "about:blank"],
                pass_fds=[theirs, answers], stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                env={**os.environ, "HOME": self.directory})
        os.close(theirs)
        os.close(answers)
        self.number, self.unread, self.events, self.session = 0, b"", [], None
        targets = self("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self.session = self("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self(f"{domain}.enable")

    def _message(self, end):
        while b"\0" not in self.unread:
            if not select.select([self.reader], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"chromium has said nothing for {self.seconds} s")
            got = os.read(self.reader, 1 << 20)
            if not got:
                with open(os.path.join(self.directory, "errors"), encoding="utf-8", errors="replace") as file:
                    raise AssertionError("chromium ended: " + file.read()[-3000:])
            self.unread += got
        message, _, self.unread = self.unread.partition(b"\0")
        return json.loads(message)

    def __call__(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.writer, json.dumps(request).encode() + b"\0")
        end = time.monotonic() + self.seconds
        while True:
            message = self._message(end)
            if message.get("id") == self.number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait_event(self, method):
        end = time.monotonic() + self.seconds
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._message(end))

    def open(self, url, width=800, height=600):
        self("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.events.clear()
        answer = self("Page.navigate", url=url)
        if "errorText" in answer:
            raise AssertionError(f"{url}: {answer['errorText']}")
        self.wait_event("Page.loadEventFired")

    def value(self, expression):
        """Of a JavaScript expression, in the page; promises are waited for."""
        answer = self("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def screenshot(self):
        """What the page looks like now, as PNG."""
        return base64.b64decode(self("Page.captureScreenshot", format="png")["data"])

    def requests(self):
        """The addresses that the page asked for."""
        return [event["params"]["request"]["url"] for event in self.events
                if event.get("method") == "Network.requestWillBeSent"]

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        os.close(self.writer)
        os.close(self.reader)
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
