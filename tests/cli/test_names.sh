#!/usr/bin/env bash
# test_names.sh - numbers in a checkpoint that stand side by side have names and
# units, for who opens it elsewhere; no reader of ours needs them.
. "$(dirname "$0")/expect.sh"
make_text
make_config run parallel.schedule=zero-bubble

expect 0 "finished" "$sidle" train run.yaml parallel.schedule=zero-bubble \
    parallel.update_every=2
file=run/checkpoints/step-00000003.h5

# named PATH WORDS: the attribute "names" of a data set, all in one line
named() {
    h5dump -a "$1/names" "$file" | tr -d '\n' | tr -s ' ' >dumped
    grep -qE -- "$2" dumped && return
    echo "FAIL: names of $1 are not \"$2\" but:" >&2
    cat dumped >&2
    exit 1
}

named /pipeline/block_001/counters '"forwards.*", "backwards.*"report_correct'
named /pipeline/block_001/scalars 'lr_factor.*grad_norm.*report_nats'
named /pipeline/block_004/report '"updates.*"lr_factor.*"grad_norm'
named /pipeline/block_002/slot_0/item '"item.*"is_used.*"weights_version'
named /pipeline/block_002/gradient_0/item '"item.*"is_there.*"is_valid'
named /pipeline/block_002/stash_0/item '"item.*"is_there.*"is_valid'
named /pipeline/start '"items_before_this_plan"'
named /pipeline/evaluation/best_loss '"best_loss"'
named /pipeline/data '"bytes.*"xxh3_128_high", "xxh3_128_low'
h5dump -a /pipeline/data/rows "$file" >dumped
grep -q 'data.valid_path' dumped
h5dump -a /pipeline/block_001/counters/units "$file" >dumped
grep -q '"updates' dumped

python=/usr/bin/python3
if $python -c 'import h5py' 2>/dev/null; then
    $python - "$file" <<'END'
import sys, h5py
f = h5py.File(sys.argv[1])
n = 0
def look(name, o):
    global n
    mixed = isinstance(o, h5py.Dataset) and (
        name.split("/")[-1] in ("counters", "scalars", "report", "item",
                                "start", "data")
        or name.startswith("evaluation/"))
    if mixed:
        n += 1
        for words in ("names", "units"):
            assert len(o.attrs[words]) == o.shape[-1], (name, words)
            assert len(set(o.attrs["names"])) == o.shape[-1], name
    elif hasattr(o, "shape"):
        assert not len(o.attrs), name
f["pipeline"].visititems(look)
assert n > 20, n
c = f["pipeline/block_001/counters"]
of = dict(zip((w.decode() for w in c.attrs["names"]), c[()]))
assert of["forwards"] == 3 and of["optimizer_kind"] == 1, of
END
fi
