#!/usr/bin/env bash
# test_json.sh - what --json prints is JSON whose values are what they are:
# numbers, truth values, lists and objects, none of them as text.
. "$(dirname "$0")/expect.sh"
python=/usr/bin/python3
if ! $python -c 'import json' 2>/dev/null; then
    echo "needs python3, to read JSON with a reader that is not ours"
    exit 77
fi
make_text
make_config run run.name=12

# json COMMAND...: its answer in the file "json"
json() {
    if ! "$@" >json 2>said; then
        cat said >&2
        exit 1
    fi
}

expect 0 "finished" "$sidle" train run.yaml run.name=12 optim.lr=3e-5 \
    parallel.blocks=1 model.positions=learned 'model.position_sizes=[6, 6, 5]' \
    log.trace=1
json "$sidle" inspect --json run/checkpoints/final.h5
$python - <<'END'
import json
o = json.load(open("json"))
c = o["config"]
assert c["run"]["name"] == "12" and c["run"]["steps"] == 6, c["run"]
assert type(c["run"]["steps"]) is int and type(c["optim"]["lr"]) is float
assert c["optim"]["lr"] == 3e-5 and c["optim"]["eps"] == 1e-8, c["optim"]
assert c["optim"]["nesterov"] is False and c["log"]["tensorboard"] is True
assert c["model"]["position_sizes"] == [6, 6, 5], c["model"]
assert c["parallel"]["partition"] == ["cross"], c["parallel"]
assert c["data"]["path"] == "text.txt" and c["data"]["order"] == "shuffle"
shapes = {t["path"]: t["shape"] for t in o["tensors"]}
assert shapes["/model/embed/token"] == [259, 16], shapes
assert shapes["/model/final/logits/bias"] == [259], shapes
assert o["damage"] == [] and o["step"] == 6

# no number, truth value or list is hidden in a text, but the run's name
def look(path, value):
    if isinstance(value, dict):
        for k, v in value.items(): look(path + [k], v)
    elif isinstance(value, list):
        for v in value: look(path, v)
    elif isinstance(value, str) and path != ["config", "run", "name"]:
        try: inner = json.loads(value)
        except ValueError: return
        raise SystemExit("%s is the text %r" % (path, value))
look([], o)
for part in json.load(open("run/trace.json")).items():
    if part[0] != "traceEvents": look([part[0]], part[1])
assert type(json.load(open("run/trace.json"))["otherData"]["to_end"]) is bool
END

json "$sidle" plan run.yaml --ranks 2 --json
$python - <<'END'
import json
o = json.load(open("json"))
assert o["has_data"] is True
assert o["partition"] == ["cross", "self.000", "self.001", "final"]
assert type(o["balanced_partition"]) is list and len(o["balanced_partition"]) == 4
END
json "$sidle" plan run.yaml --ranks 2 --json --measure data.path=nothing
$python -c '
import json
o = json.load(open("json"))
assert o["has_data"] is False and o["balanced_partition"][0] == "cross"'
for command in "eval run/checkpoints/final.h5" "bench tick run.yaml --items 1" \
    "bench gemm"; do
    json "$sidle" $command --json
    $python -c '
import json
def look(v):
    if isinstance(v, dict): list(map(look, (v[k] for k in v if k != "unit")))
    elif isinstance(v, list): list(map(look, v))
    else: assert type(v) in (int, float), v
look(json.load(open("json")))'
done

# a file with a configuration that is none
cp run/checkpoints/final.h5 bad.h5
place=$(grep -abom1 'run:' bad.h5 | cut -d: -f1)
printf '[\377' | dd of=bad.h5 bs=1 seek="$place" conv=notrunc 2>/dev/null
expect 74 "is damaged" "$sidle" inspect --json bad.h5
"$sidle" inspect --json bad.h5 2>/dev/null >json || true
$python -c '
import json
o = json.load(open("json"))
assert o["config"] is None and "[?n:" in o["config_text"], o["config_text"]'
