#!/usr/bin/env python3
"""figures.py - the tables in experiments/schedules/README.md are what answer.py
makes of results.tsv."""
import subprocess
import sys

import sources

FOLDER = "experiments/schedules"
answer = subprocess.run([sys.executable, "-B", f"{FOLDER}/answer.py"],
                        capture_output=True, text=True, check=True).stdout
made = [line for line in answer.splitlines() if line]
page = sources.read(f"{FOLDER}/README.md").splitlines()
found = {line: f"{FOLDER}/README.md lacks this line of answer.py: {line}"
         for line in made if line not in page}
for line in page:
    if line.startswith("|") and line not in made:
        found[line] = f"{FOLDER}/README.md: answer.py does not say: {line}"
sources.end(found, "", "figures.py")
