"""sources.py - what the lints of this folder have in common: files, words of C
without its comments, and lists of exceptions that can only become shorter."""
import glob
import os
import re
import sys

os.chdir(sys.argv[1] if len(sys.argv) > 1 else ".")
ROOMS = sorted(d.rstrip("/") for d in glob.glob("src/*/")) + ["mpi", "io"]


def files(room, endings="ch"):
    found = []
    for ending in endings:
        found += glob.glob(f"{room}/**/*.{ending}", recursive=True)
    return sorted(found)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def bare(text):
    """The text without comments and strings."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', " ", text, flags=re.S)


def end(found, exceptions, name):
    """Fails for what is found and no exception, and for an exception that is
    no longer found. `found`: a text to print for each thing by its name."""
    allowed = [line.strip() for line in exceptions.splitlines() if line.strip()]
    bad = [found[key] for key in found if key not in allowed]
    bad += [
        f'{name}: the exception "{key}" is needed no longer: remove it'
        for key in allowed
        if key not in found
    ]
    for line in bad:
        print(line, file=sys.stderr)
    sys.exit(1 if bad else 0)

