#!/usr/bin/env python3
"""Make Sidle token files of Bach's chorales (needs python3-h5py).

    python3 experiments/chorales/make.py jsb_chorales_16th.json

The JSON file holds {"train", "valid", "test"}: chorales, each a list of steps
of a 16th note, each step [S, A, T, B], MIDI pitches or -1 for silence. (The
same set is known from the papers on Coconet and Music Transformer.) It has no
onsets: a held note and a repeated one are the same, a pitch again and again.

A document is a chorale: 2, then the four voices of each step in the order S,
A, T, B, then 1. The id of a note is 128 times its voice, from 0, and its MIDI
pitch; silence has pitch 3. So a token tells its voice: from pitches alone, the
voices of a model change places after some bars. The training part is transposed
by -5 to +6 semitones as far as each voice stays in its range in that part.

Written to runs/chorales: train.h5, valid.h5, test.h5, and prompt.txt, the
first bars of a chorale of the test part for `sidle sample --prompt-file`.
"""
import json
import pathlib
import sys

import h5py
import numpy

END, BEGIN, SILENCE = 1, 2, 3
PITCHES = 128
VOICES = numpy.arange(4)
SHIFTS = range(-5, 7)
BARS = 4
STEPS_OF_BAR = 16
OUT = pathlib.Path("runs/chorales")


def ranges(chorales):
    """Return lowest and highest pitch of each voice."""
    steps = numpy.concatenate([numpy.array(c) for c in chorales])
    low = numpy.where(steps < 0, PITCHES, steps).min(axis=0)
    return low, steps.max(axis=0)


def transposed(chorale, limits):
    """Yield the chorale in each key in which it can be sung."""
    steps = numpy.array(chorale)
    low, high = limits
    for shift in SHIFTS:
        moved = numpy.where(steps < 0, steps, steps + shift)
        sung = steps >= 0
        if (~sung | ((moved >= low) & (moved <= high))).all():
            yield moved


def document(steps):
    """Return the ids of a chorale, voices interleaved."""
    notes = numpy.where(steps < 0, SILENCE, steps) + PITCHES * VOICES
    return numpy.concatenate([[BEGIN], notes.reshape(-1), [END]])


def write(path, documents):
    """Write one token file."""
    with h5py.File(path, "w") as f:
        f.attrs["format"] = "sidle-tokens"
        f.attrs["format_version"] = 1
        f.attrs["vocab"] = PITCHES * len(VOICES)
        f["tokens"] = numpy.concatenate(documents).astype("int32")
        f["offsets"] = numpy.cumsum([0] + [len(d) for d in documents])
    print(f"{path}: {len(documents)} documents, "
          f"{sum(len(d) for d in documents)} tokens")


def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} jsb_chorales_16th.json")
    parts = json.loads(pathlib.Path(sys.argv[1]).read_text())
    OUT.mkdir(parents=True, exist_ok=True)
    limits = ranges(parts["train"])
    write(OUT / "train.h5", [document(steps) for c in parts["train"]
                             for steps in transposed(c, limits)])
    for part in "valid", "test":
        write(OUT / f"{part}.h5",
              [document(numpy.array(c)) for c in parts[part]])
    first = document(numpy.array(parts["test"][0][:BARS * STEPS_OF_BAR]))
    ids = " ".join(str(i) for i in first[1:-1])
    (OUT / "prompt.txt").write_text(ids + "\n")


if __name__ == "__main__":
    main()
