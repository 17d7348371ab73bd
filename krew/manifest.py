"""A plugin manifest of krew, read and judged as krew 0.4 and its index do.

`load(path)` gives a Manifest or raises Refused with one line. krew's rules are those of its
internal/index/validation, pkg/index/types.go and cmd/validate-krew-manifest. What goes beyond them says "ours":
krew ignores fields that it does not know, and so a misspelt one. Of what krew accepts, that which these
manifests never have is refused too (numbers for strings, YAML aliases, several documents).
"""

import json
import os
import re
from dataclasses import dataclass

import yaml

API_VERSION = "krew.googlecontainertools.github.com/v1alpha2"
MOST_BYTES = 64 * 1024
# validate-krew-manifest's allPlatforms: what a selector has to select from.
PLATFORMS = [("windows", "386"), ("windows", "amd64"), ("windows", "arm64"),
             ("linux", "386"), ("linux", "amd64"), ("linux", "arm"), ("linux", "arm64"), ("linux", "ppc64le"),
             ("darwin", "386"), ("darwin", "amd64"), ("darwin", "arm64")]
FORBIDDEN_NAMES = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


class Refused(Exception):
    """Why, in one line."""


@dataclass
class Manifest:
    name: str
    document: dict  # all of it, as read

    @property
    def spec(self):
        return self.document["spec"]

    @property
    def version(self):
        return self.spec["version"]

    def selected(self, index):
        """The (os, arch) pairs that platform `index` selects."""
        return [pair for pair in PLATFORMS if _selects(self.spec["platforms"][index]["selector"], *pair)]


def quote(value, most=100):
    """Any value as one line of printable ASCII."""
    text = json.dumps(value, default=str)
    return text if len(text) <= most else text[:most - 3] + "..."


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise Refused("has a YAML alias")
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                raise Refused(f"line {key.start_mark.line + 1}: key {quote(key.value)} is no name, or there twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load(path):
    name, extension = os.path.splitext(os.path.basename(path))
    _need(extension == ".yaml", f"file name: ends in {quote(extension)}, not .yaml")
    try:
        with open(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
        _need(len(content) <= MOST_BYTES, f"is longer than {MOST_BYTES} bytes")
        document = yaml.load(content.decode("utf-8"), _Loader)
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Refused("is not UTF-8") from None
    except RecursionError:
        raise Refused("is nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:
        raise Refused("is not YAML: " + " ".join(str(error).split())[:200]) from None
    _judge(name, document)
    return Manifest(name, document)


def _need(condition, message):
    if not condition:
        raise Refused(message)


def _fields(where, value, required, optional=()):
    """`value` is a mapping of strings to what is asked for, and of nothing else (ours)."""
    _need(isinstance(value, dict), f"{where}: is not a mapping")
    for key in value:
        _need(key in required or key in optional, f"{where}: unknown field {quote(key)}")
    for key in required:
        _need(value.get(key) not in (None, "", []), f"{where}: {key} has to be set")
    return value


def _text(where, value):
    _need(isinstance(value, str), f"{where}: {quote(value)} is not a string: quote it")
    return value


def _judge(name, document):
    _fields("manifest", document, ("apiVersion", "kind", "metadata", "spec"))
    _need(document["apiVersion"] == API_VERSION, f"apiVersion: {quote(document['apiVersion'])} is not {API_VERSION}")
    _need(document["kind"] == "Plugin", f"kind: {quote(document['kind'])} is not Plugin")
    _need(re.fullmatch(r"[\w-]+", name, re.ASCII) and name.lower() not in FORBIDDEN_NAMES,
          f"file name: {quote(name)} is not a name for a plugin")
    # The naming guide that reviewers of the index go by.
    _need(re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name), f"file name: {quote(name)} is not lower-case-with-dashes")
    called = _text("metadata.name", _fields("metadata", document["metadata"], ("name",))["name"])
    _need(called == name, f"metadata.name: {quote(called)} is not the file's name {quote(name)}")
    spec = _fields("spec", document["spec"], ("version", "homepage", "shortDescription", "platforms"),
                   ("description", "caveats"))
    _judge_version(_text("spec.version", spec["version"]))
    _judge_texts(spec)
    _need(isinstance(spec["platforms"], list), "spec.platforms: is not a list")
    for index, platform in enumerate(spec["platforms"]):
        _judge_platform(f"spec.platforms[{index}]", platform)
    for pair in PLATFORMS:
        found = [i for i, platform in enumerate(spec["platforms"]) if _selects(platform["selector"], *pair)]
        _need(len(found) < 2, f"spec.platforms: {found} overlap: each selects {'/'.join(pair)}")


def _judge_version(version):
    """apimachinery's ParseSemantic behind a v, which krew asks for."""
    number = r"(?:0|[1-9][0-9]*)"
    _need(re.fullmatch(rf"v{number}\.{number}\.{number}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
                       r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?", version),
          f"spec.version: {quote(version)} is not a semantic version with a v in front, such as v1.2.3")
    for part in version.partition("+")[0].partition("-")[2].split("."):
        _need(not re.fullmatch(r"0[0-9]+", part), f"spec.version: {quote(version)}: {part} begins with 0")


def _judge_texts(spec):
    short = _text("spec.shortDescription", spec["shortDescription"])
    _need(not re.search(r"[\r\n]", short), "spec.shortDescription: has line breaks")
    _need(len(short) <= 50, f"spec.shortDescription: {len(short)} characters, at most 50")  # the index's reviewers
    for field, most in ("description", 80), ("caveats", 80):  # validate-krew-manifest used to warn
        for line in _text(f"spec.{field}", spec.get(field, "")).split("\n"):
            _need(len(line) <= most or " " not in line.strip(), f"spec.{field}: a line longer than {most} characters")
    for field in "shortDescription", "description", "caveats":  # ours: krew prints them
        _need(spec.get(field, "").replace("\n", "").isprintable(), f"spec.{field}: has control characters")
    _need(re.fullmatch(r"https://[^\s/@]+(/\S*)?", _text("spec.homepage", spec["homepage"])),
          f"spec.homepage: {quote(spec['homepage'])} is not an https URL")  # ours


def _judge_platform(where, platform):
    _fields(where, platform, ("selector", "uri", "sha256", "bin"), ("files",))
    uri = _text(f"{where}.uri", platform["uri"])
    _need(re.fullmatch(r"https://[^\s/@]+/\S*[^\s/]", uri), f"{where}.uri: {quote(uri)} is not an https URL of a file")
    digest = _text(f"{where}.sha256", platform["sha256"])
    _need(re.fullmatch(r"[a-f0-9]{64}", digest), f"{where}.sha256: {quote(digest)} is not 64 lower-case hex digits")
    program = _text(f"{where}.bin", platform["bin"])
    _need(not program.startswith(("/", "\\")) and ".." not in program.split("/"),
          f"{where}.bin: {quote(program)} is not below the installation directory")
    if platform.get("files") is not None:
        _need(isinstance(platform["files"], list), f"{where}.files: is not a list")
        _need(platform["files"], f"{where}.files: has to be unspecified or non-empty")
        for index, operation in enumerate(platform["files"]):
            _judge_move(f"{where}.files[{index}]", operation)
    _judge_selector(f"{where}.selector", platform["selector"])
    _need(any(_selects(platform["selector"], *pair) for pair in PLATFORMS),
          f"{where}.selector: selects no platform that krew knows")


def _judge_move(where, operation):
    _fields(where, operation, ("from", "to"))
    for end in "from", "to":
        path = _text(f"{where}.{end}", operation[end])
        _need(not path.startswith("/") and ".." not in path.split("/"), f"{where}.{end}: {quote(path)} leads out")
    _need(operation["to"] == os.path.normpath(operation["to"]), f"{where}.to: {quote(operation['to'])} is not clean")
    # Go's patterns in brackets are not Python's.
    _need(not re.search(r"[\[\]\\]", operation["from"]), f"{where}.from: only * and ? are known here")


def _judge_selector(where, selector):
    _fields(where, selector, (), ("matchLabels", "matchExpressions"))
    labels, expressions = selector.get("matchLabels"), selector.get("matchExpressions")
    _need(labels is not None or expressions, f"{where}: is empty")
    _need(labels is None or isinstance(labels, dict), f"{where}.matchLabels: is not a mapping")
    _need(expressions is None or isinstance(expressions, list), f"{where}.matchExpressions: is not a list")
    _need(labels is None or labels, f"{where}.matchLabels: is empty")
    _need(expressions is None or expressions, f"{where}.matchExpressions: is empty")
    for key, value in (labels or {}).items():
        _judge_requirement(f"{where}.matchLabels", key, [value])
    for index, expression in enumerate(expressions or []):
        at = f"{where}.matchExpressions[{index}]"
        _fields(at, expression, ("key", "operator"), ("values",))
        values = expression.get("values") or []
        _need(isinstance(values, list), f"{at}.values: is not a list")
        listed = expression["operator"] in ("In", "NotIn")
        _need(listed or expression["operator"] in ("Exists", "DoesNotExist"),
              f"{at}.operator: {quote(expression['operator'])} is not In, NotIn, Exists or DoesNotExist")
        _need(bool(values) == listed, f"{at}.values: {'none for' if listed else 'not with'} {expression['operator']}")
        _judge_requirement(at, expression["key"], values)


def _judge_requirement(where, key, values):
    _need(key in ("os", "arch"), f"{where}: key {quote(key)} is not os or arch")
    for value in values:
        _need(LABEL_VALUE.fullmatch(_text(f"{where}: {key}", value)), f"{where}: {quote(value)} is not a label's value")


def _selects(selector, system, arch):
    have = {"os": system, "arch": arch}

    def holds(expression):
        if expression["operator"] in ("In", "NotIn"):
            return (have[expression["key"]] in expression["values"]) == (expression["operator"] == "In")
        return expression["operator"] == "Exists"

    return (all(have[key] == value for key, value in (selector.get("matchLabels") or {}).items())
            and all(holds(expression) for expression in selector.get("matchExpressions") or []))
