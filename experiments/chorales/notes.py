#!/usr/bin/env python3
"""Show the ids of a chorale as notes: one line a beat, the voices side by side.

    build/sidle sample ... --format ids | python3 experiments/chorales/notes.py

Each voice has the notes of the four 16ths of a beat; "-" holds (or repeats)
the note before, "." is silence, "?" a token that names another voice than its
turn's. A bar of four beats ends with an empty line.
"""
import sys

NAMES = "C C# D Eb E F F# G Ab A Bb B".split()
END, BEGIN, SILENCE = 1, 2, 3
ODD = -1  # in place of a pitch
PITCHES = 128
STEPS_OF_BEAT, BEATS_OF_BAR = 4, 4


def name(pitch):
    """Return the name of a MIDI pitch, such as C4 for 60."""
    octave = pitch // 12 - 1
    return {SILENCE: ".", ODD: "?"}.get(pitch, f"{NAMES[pitch % 12]}{octave}")


def beat(now, before):
    """Return one voice's part of a beat as text."""
    words = []
    for pitch in now:
        words.append("-" if pitch == before else name(pitch))
        before = pitch
    return " ".join(words)


def show(ids):
    """Print one chorale."""
    notes = [i for i in ids if i not in (BEGIN, END)]
    voices = [[i % PITCHES if i // PITCHES == v else ODD
               for i in notes[v::4]] for v in range(4)]
    print(f"{'beat':6}" + "".join(f"{v:18}" for v in
                                  ("soprano", "alto", "tenor", "bass")).rstrip())
    for at in range(0, len(voices[3]), STEPS_OF_BEAT):
        cells = [beat(v[at:at + STEPS_OF_BEAT], v[at - 1] if at else None)
                 for v in voices]
        number = at // STEPS_OF_BEAT
        print(f"{number // BEATS_OF_BAR + 1}.{number % BEATS_OF_BAR + 1:<4}"
              + "".join(f"{c:18}" for c in cells).rstrip())
        if number % BEATS_OF_BAR == BEATS_OF_BAR - 1:
            print()


if __name__ == "__main__":
    for line in sys.stdin:
        if line.strip():
            show([int(word) for word in line.split()])
