"""A second reader of XML, written from the specification and with nothing of expat in it, to compare
with what the server understood. It takes only what an XMPP server may send (RFC 6120 11)."""

import re

NAME = r"[A-Za-z_\u0080-\U0010ffff][\w.\-\u00b7]*"
START = re.compile(rf"<({NAME}(?::{NAME})?)((?:\s+{NAME}(?::{NAME})?\s*=\s*(?:'[^'<]*'|\"[^\"<]*\"))*)\s*(/?)>")
ATTRIBUTE = re.compile(rf"({NAME}(?::{NAME})?)\s*=\s*(?:'([^'<]*)'|\"([^\"<]*)\")")
END = re.compile(rf"</({NAME}(?::{NAME})?)\s*>")
TEXT = re.compile(r"[^<]+")
REFERENCE = re.compile(r"&(#x[0-9A-Fa-f]+|#[0-9]+|\w+);|&")
FIVE = {"lt": "<", "gt": ">", "amp": "&", "apos": "'", "quot": '"'}


class NotXml(Exception):
    pass


def resolve(text, in_attribute=False):
    def one(match):
        name = match.group(1)
        if name and name[0] == "#":
            return chr(int(name[2:], 16) if name[1] == "x" else int(name[1:]))
        if name not in FIVE:
            raise NotXml(match.group(0))
        return FIVE[name]

    if in_attribute:
        text = re.sub(r"[\t\r\n]", " ", text)
    return REFERENCE.sub(one, text)


class SecondParser:
    """read() gives the tree as nested tuples: (namespace, name, attributes, children)."""

    def __init__(self, text, default_ns):
        self.text, self.at = text, 0
        self.scopes = [{"": default_ns, "xml": "http://www.w3.org/XML/1998/namespace"}]

    def take(self, pattern):
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def qualify(self, name, is_attribute=False):
        prefix, colon, local = name.rpartition(":")
        if is_attribute and not colon:
            return "", local
        if prefix not in self.scopes[-1]:
            raise NotXml(f"unbound prefix in {name}")
        return self.scopes[-1][prefix], local

    def read(self):
        start = self.take(START)
        if not start:
            raise NotXml(self.text[self.at : self.at + 40])
        pairs = [(m[1], resolve(m[2] if m[2] is not None else m[3], True))
                 for m in ATTRIBUTE.finditer(start[2])]  # fmt: skip
        scope = dict(self.scopes[-1])
        for name, value in pairs:
            if name == "xmlns" or name.startswith("xmlns:"):
                scope[name[6:]] = value
        self.scopes.append(scope)
        attributes = {self.qualify(name, True): value for name, value in pairs
                      if name != "xmlns" and not name.startswith("xmlns:")}  # fmt: skip
        element = (*self.qualify(start[1]), attributes, [] if start[3] else self.read_inside(start[1]))
        self.scopes.pop()
        return element

    def read_inside(self, name):
        children = []
        while not (end := self.take(END)):
            text = self.take(TEXT)
            children.append(resolve(text[0]) if text else self.read())
        if end[1] != name:
            raise NotXml(f"{end[0]} ends <{name}>")
        return children


def read_stanza(text, default_ns="jabber:client"):
    """The whole text as one stanza."""
    parser = SecondParser(text, default_ns)
    stanza = parser.read()
    if parser.at != len(text):
        raise NotXml(f"more behind the stanza: {text[parser.at :]!r}")
    return stanza
