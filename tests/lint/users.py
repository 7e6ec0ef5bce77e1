#!/usr/bin/env python3
"""users.py - a function that a header of a room declares is called by the
program, not by tests alone."""
import re

import sources

# Functions that only tests call today, or that tests need.
EXCEPTIONS = """
sidle_block_bytes
sidle_block_reserved
sidle_ckpt_save
sidle_ckpt_trust
sidle_plan_tick
sidle_run_config_set
sidle_run_stop
sidle_setup_run
sidle_spec_check
sidle_video_frames_kept
"""

homes = {}
counts = {}
for room in sources.ROOMS:
    for path in sources.files(room):
        text = sources.bare(sources.read(path))
        is_header = path.endswith(".h")
        for name in re.findall(r"\bsidle_\w+\b(?=\s*\()", text) if is_header else []:
            homes.setdefault(name, path)
        for match in re.finditer(r"\bsidle_\w+\b", text):
            counts.setdefault(match[0], []).append((path, match.start(), text))


def is_use(path, at, text):
    """Neither a declaration nor the head of a definition: both begin their
    line, behind nothing but their type."""
    before = text[text.rfind("\n", 0, at) + 1:at]
    return not re.match(r"([a-z]\w*[ *]+)*$", before)


found = {}
for name, path in homes.items():
    if not any(is_use(*place) for place in counts.get(name, [])):
        found[name] = f"{path}: nothing but tests calls {name}: remove it"
sources.end(found, EXCEPTIONS, "users.py")
