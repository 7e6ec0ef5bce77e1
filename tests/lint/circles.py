#!/usr/bin/env python3
"""circles.py - among the files of a room includes go one way. foo.c, foo.h and
foo_inside.h are one thing; what stands on what must be no circle."""
import os
import re

import sources

# One "thing -> thing" a line: includes that close a circle today.
EXCEPTIONS = """
"""


def thing(path):
    """mpi/state_inside.h: mpi/state."""
    return re.sub(r"(_inside)?\.[ch]$", "", path)


def includes(room):
    """Edges (from, to) of the room, and where each stands."""
    edges = {}
    for path in sources.files(room):
        for n, line in enumerate(sources.read(path).splitlines(), 1):
            match = re.match(r' *# *include *"([^"]+)"', line)
            if not match:
                continue
            for folder in ("src/", ""):
                target = folder + match[1]
                if os.path.exists(target) and target.startswith(room + "/"):
                    if thing(path) != thing(target):
                        edges.setdefault((thing(path), thing(target)), f"{path}:{n}")
    return edges


def reaches(edges, start, goal):
    """The way from start to goal along the edges, or None."""
    ways, seen = [[start]], {start}
    for way in ways:
        if way[-1] == goal:
            return way
        for a, b in edges:
            if a == way[-1] and b not in seen:
                seen.add(b)
                ways.append(way + [b])
    return None


found = {}
allowed = {line.strip() for line in EXCEPTIONS.splitlines()}
for room in sources.ROOMS:
    edges = includes(room)
    rest = [e for e in edges if f"{e[0]} -> {e[1]}" not in allowed]
    for a, b in edges:
        # an exception is needed while its edge alone would close a circle
        way = reaches(rest, b, a)
        if way:
            circle = " -> ".join([a] + way)
            found[f"{a} -> {b}"] = f"{edges[a, b]}: a circle of includes: {circle}"
sources.end(found, EXCEPTIONS, "circles.py")
