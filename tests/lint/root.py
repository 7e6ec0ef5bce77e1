"""root.py - the top folder holds what is listed here: a command that writes
into the folder it runs in leaves files behind that nobody means to keep."""
import subprocess

import sources

FILES = """
.clang-format
.clang-tidy
.gitignore
CHANGELOG.md
CMakeLists.txt
CMakePresets.json
LICENSE
README.md
bootstrap
sidle.h
"""

answer = subprocess.run(
    ["git", "ls-files"], capture_output=True, text=True, check=False
)
names = [name for name in answer.stdout.splitlines() if "/" not in name]
found = {name: f"{name}: no file of the top folder: remove it" for name in names}
sources.end(found, FILES if found else "", "root.py")
