#!/usr/bin/env python3
"""homes.py - a function that foo.h declares is defined in foo.c, or foo.h names
the file where it is."""
import os
import re

import sources

# One "header: file" a line: defined there, of which the header says nothing.
EXCEPTIONS = """
"""

NAME = r"\b(sidle_\w+)\s*\("


def declared(path):
    """Names that are declared outside of any braces and typedefs."""
    text = re.sub(r"^ *#.*(\\\n.*)*", "", sources.bare(sources.read(path)), flags=re.M)
    text = re.sub(r'extern\s+"?C?"?\s*\{', "", text)
    while re.search(r"\{[^{}]*\}", text):
        text = re.sub(r"\{[^{}]*\}", ";", text)
    names = []
    for statement in text.split(";"):
        match = re.match(rf"[\w\s*]*?{NAME}", statement.strip())
        if match and not re.match(r"\s*(typedef|static)\b", statement):
            names.append(match[1])
    return names


def defined(path):
    """Names that are defined at the beginning of a line, with a body."""
    text = sources.bare(sources.read(path))
    return re.findall(rf"^[a-z][\w \t*\n]*?{NAME}[^;{{}}]*\)\s*\{{", text, re.M)


homes = {}
for room in sources.ROOMS:
    for path in sources.files(room, "c"):
        for name in defined(path):
            homes[name] = path
found = {}
for room in sources.ROOMS:
    for path in sources.files(room, "h"):
        own = re.sub(r"(_inside)?\.h$", ".c", path)
        for name in declared(path):
            home = homes.get(name, "nowhere")
            if home != own and os.path.basename(home) not in sources.read(path):
                found.setdefault(f"{path}: {home}", []).append(name)
sources.end({k: f"{k} defines {', '.join(v)}: say so in the header, or move it"
          for k, v in found.items()}, EXCEPTIONS, "homes.py")
