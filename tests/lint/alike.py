#!/usr/bin/env python3
"""alike.py - what is written often is written alike: a status is called status,
and the smaller of two numbers is base/number.h's."""
import re

import sources

# Files that do otherwise today.
EXCEPTIONS = """
"""

RULES = [
    (r"\bsidle_status st\b", "call it status"),
    (r"\((?:int64_t|ptrdiff_t|size_t|int) (\w+), \w+ (\w+)\)\n\{\n"
     r" *return \1 [<>]=? \2 \? (?:\1 : \2|\2 : \1);", "base/number.h has it"),
]

found = {}
for room in sources.ROOMS:
    for path in sources.files(room):
        if path == "src/base/number.h":
            continue
        text = sources.read(path)
        for pattern, what in RULES:
            for match in re.finditer(pattern, text):
                n = text.count("\n", 0, match.start()) + 1
                found.setdefault(path, []).append(f"{path}:{n}: {match[0]}: {what}")
sources.end({k: "\n".join(v) for k, v in found.items()}, EXCEPTIONS, "alike.py")
