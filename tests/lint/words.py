#!/usr/bin/env python3
"""words.py - the rooms and contracts that any network and any data use know no
word of one of them: no token, vocabulary, latent, Perceiver."""
import re

import sources

WORDS = r"tokens?|vocab(ulary)?|latents?|perceivers?"
PLACES = [path for room in ("src/base", "src/schedule", "src/optim", "mpi")
          for path in sources.files(room)]
PLACES += """
src/layer/layer.h
src/layer/kinds.h
src/layer/kind.h
src/layer/call.h
src/layer/loss.h
src/model/block.h
src/model/cost.h
src/model/model.h
src/model/partition.h
src/model/spec.h
src/data/source.h
src/data/stream.h
src/data/walk.h
""".split()

# Files in which such a word stands today.
EXCEPTIONS = """
"""

found = {}
for path in PLACES:
    try:
        lines = sources.read(path).splitlines()
    except FileNotFoundError:
        continue # a contract that is not written yet
    for n, line in enumerate(lines, 1):
        # n_tokens and sidle_tokens are words of tokens, too
        match = re.search(rf"(?<![a-z])({WORDS})(?![a-z])", line, re.I)
        if match:
            found.setdefault(path, []).append(f'{path}:{n}: "{match[0]}"')
sources.end({k: "\n".join(v) for k, v in found.items()}, EXCEPTIONS, "words.py")
