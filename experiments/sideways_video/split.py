#!/usr/bin/env python3
"""split.py - cut each clip of a video file in time: the first part of its frames
to train on, the rest held out. Needs h5py (Debian: python3-h5py).

    split.py IN.h5 TRAIN.h5 TEST.h5 [--fraction 0.8] [--length N]

With --length each part is cut into clips of N frames; what is left is dropped.
"""
import argparse

import h5py
import numpy


def pieces(start, end, length):
    """Clips from frame `start` to `end`, of `length` frames or as one."""
    if not length:
        return [(start, end)]
    return [(at, at + length) for at in range(start, end - length + 1, length)]


def write(path, source, clips, labels):
    with h5py.File(path, "w") as out:
        for name, value in source.attrs.items():
            out.attrs[name] = value
        out["frames"] = numpy.concatenate(
            [source["frames"][first:last] for first, last in clips])
        out["offsets"] = numpy.cumsum([0] + [last - first for first, last in clips])
        if labels is not None:
            out["labels"] = numpy.array(labels, "int32")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("paths", nargs=3)
    parser.add_argument("--fraction", type=float, default=0.8)
    parser.add_argument("--length", type=int, default=0)
    given = parser.parse_args()
    with h5py.File(given.paths[0]) as source:
        offsets = source["offsets"][:]
        labels = source["labels"][:] if "labels" in source else None
        for path, is_train in zip(given.paths[1:], (True, False)):
            clips, classes = [], []
            for i, (start, end) in enumerate(zip(offsets, offsets[1:])):
                middle = start + int(given.fraction * (end - start))
                part = (start, middle) if is_train else (middle, end)
                some = pieces(*part, given.length)
                clips += some
                classes += [0 if labels is None else labels[i]] * len(some)
            write(path, source, clips, None if labels is None else classes)


if __name__ == "__main__":
    main()
