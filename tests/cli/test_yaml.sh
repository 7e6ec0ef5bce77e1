#!/usr/bin/env bash
# test_yaml.sh - config.yaml and /config have the same types and values for
# readers of YAML 1.1 (PyYAML), of 1.2's core schema, and for sidle.
# needs: yaml
. "$(dirname "$0")/expect.sh"
make_text
make_config run
cat >read.py <<'END'
import re, subprocess, sys, yaml

# PyYAML with the types of YAML 1.2 in place of those of 1.1.
class Core(yaml.SafeLoader):
    yaml_implicit_resolvers = {}

for tag, pattern, first in (
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
                  r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+0123456789.")):
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag,
                               re.compile("^(?:" + pattern + ")$"), list(first))

config, options, names = sys.argv[1], sys.argv[2], sys.argv[3:]
text = open(config).read()
old, new = yaml.safe_load(text), yaml.load(text, Loader=Core)
assert repr(old) == repr(new), "YAML 1.1 and 1.2 differ:\n%r\n%r" % (old, new)
expected = {"an integer": int, "a number": float, "text": str, "one": str,
            "true": bool, "false": bool, "auto": (str, list), "a list": list,
            "f32": str, "perceiver_ar": str}
for line in open(options):
    m = re.match(r"  ([a-z]+)\.(\w+) +([^\n]*)", line)
    if not m:
        continue
    section, key, what = m.groups()
    if key not in old[section]:
        continue
    value = old[section][key]
    right = [t for words, t in expected.items() if what.startswith(words)]
    assert right, "nobody knows what is %r" % what
    assert isinstance(value, right[0]), "%s.%s is %r" % (section, key, value)
    assert right[0] is not int or not isinstance(value, bool)
for name in names:
    section, rest = name.split(".", 1)
    key, value = rest.split("=", 1)
    assert repr(old[section][key]) == value, (name, old[section][key])
END
"$sidle" --options >options
# readers FOLDER [section.key=REPR ...]
readers() {
    local dir=$1
    shift
    h5dump -b -o config.bin -d /config "$dir/checkpoints/final.h5" >/dev/null
    tr -d '\0' <config.bin >config.txt
    cmp config.txt "$dir/config.yaml"
    /usr/bin/python3 read.py "$dir/config.yaml" options "$@"
}

# reals of every size, and a list
expect 0 "finished" "$sidle" train run.yaml optim.lr=3e-5 optim.clip=1e22 \
    optim.beta1=.875 optim.matrix_lr=100000
readers run optim.eps=1e-08 optim.lr=3e-05 optim.clip=1e+22 optim.z_loss=0.0 \
    optim.beta1=0.875 optim.matrix_lr=100000.0 \
    "parallel.partition=['cross', 'self.000', 'self.001', 'final']"

# texts that one reader or another takes for something else
named() {
    cp text.txt "$3"
    cp text.txt "$4"
    expect 0 "finished" "$sidle" train run.yaml run.steps=1 "run.dir=$1" \
        "run.name=$2" "data.path=$3" "data.valid_path=$4"
    readers "$1" "run.dir='$1'" "run.name='$2'" "data.path='$3'" \
        "data.valid_path='$4'"
}
named 1e3 yes 0x10 1:30
named 2001-12-14 '~' on 1_000
named .5 -1 null '<<'
named 'a: b #c' '"a" [b] {c} é' y '=1.'
# and sidle reads them, from the file as from the checkpoint
expect 0 "loss" "$sidle" eval .5/checkpoints/final.h5
expect 0 "resuming from" "$sidle" train .5/config.yaml run.steps=2
