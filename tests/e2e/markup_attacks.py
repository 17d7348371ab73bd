"""Text that becomes markup, style or script where a program forgets what it writes into; a browser that obeyed any of
it would set window.owned, or ask 127.0.0.1:PORT."""

ATTACKS = [
    "<script>window.owned=1</script>",
    "<script xlink:href='http://127.0.0.1:PORT/x'/>",
    "</text><script>window.owned=1</script><text>",
    "</svg><script>window.owned=1</script><svg onload='window.owned=1'>",
    "'\"><rect onload=window.owned=1 onclick=\"window.owned=1\"/>",
    "\" onload=\"window.owned=1\" x=\"",
    "' onload='window.owned=1' x='",
    "<image href='http://127.0.0.1:PORT/x' onerror='window.owned=1'/>",
    "<img src=http://127.0.0.1:PORT/x onerror=window.owned=1>",
    "<a href='javascript:window.owned=1'>x</a>",
    "<use href='http://127.0.0.1:PORT/x#a'/>",
    "<foreignObject><iframe src='http://127.0.0.1:PORT/x'></iframe></foreignObject>",
    "<animate attributeName='href' values='javascript:window.owned=1'/>",
    "<set attributeName='onload' to='window.owned=1'/>",
    "]]><script>window.owned=1</script><![CDATA[",
    "--><script>window.owned=1</script><!--",
    "<!DOCTYPE svg [<!ENTITY x SYSTEM 'http://127.0.0.1:PORT/x'>]>&x;",
    "<?xml-stylesheet href='http://127.0.0.1:PORT/x'?>",
    "&lt;script&gt;window.owned=1&lt;/script&gt; &#60;script&#62; &x; &amp;",
    "}</style><style>@import 'http://127.0.0.1:PORT/x';*{background:url(http://127.0.0.1:PORT/x)}",
    "<style>@font-face{font-family:x;src:url(http://127.0.0.1:PORT/x)}text{font-family:x}</style>",
    "\x1b]8;;javascript:window.owned=1\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]8;;http://127.0.0.1:PORT/x\"onclick=\"window.owned=1\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]0;</title><script>window.owned=1</script>\x07",
    "\x00\x08\x0b\x7f\ufffe\uffff\ud7ff\ue000",
]


def events(port):
    """Lines of a recording that shows them all, a second after each other, on lines of their own."""
    lines = []
    for number, attack in enumerate(ATTACKS):
        lines.append([number * 1.0, "o", f"\x1b[{number + 1};1H" + attack.replace("PORT", str(port))])
        lines.append([number * 1.0, "m", attack])
    return lines


def everywhere(port):
    """All in one, for a name in a header."""
    return " ".join(ATTACKS).replace("PORT", str(port))
