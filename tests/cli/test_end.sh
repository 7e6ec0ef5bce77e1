#!/usr/bin/env bash
# test_end.sh - a run that is finished evaluates all that is held out, through its
# ranks: final.json and the last line tell what `sidle eval final.h5` does.
# timeout: 120
. "$(dirname "$0")/expect.sh"
make_text
make_config run

json() { # FILE KEY
    sed -n "s/^ *\"$2\": \([^,]*\),*$/\1/p" "$1"
}

# final.json of FOLDER against what its checkpoint gives now.
tells_the_end() {
    "$sidle" eval "$1/checkpoints/final.h5" --json >now.json
    for key in loss tokens accuracy bits_per_token; do
        [ "$(json now.json $key)" = "$(json "$1/final.json" $key)" ] && continue
        # several replicas add up in another order
        [ "${2:-}" = nearly ] && awk "BEGIN { d = $(json now.json $key) / \
            $(json "$1/final.json" $key) - 1; exit !(d * d < 1e-24) }" && continue
        echo "FAIL: $key of $1/final.json"
        cat now.json "$1/final.json"
        exit 1
    done
    grep -q "^[^ ]* finished: $1/checkpoints/final.h5.*, valid loss $(
        printf %.4f "$(json now.json loss)") (.*, all $(json now.json tokens) held-out tokens)$" \
        "$1/train.log"
}

# Also where no evaluation comes while it trains, or none with all windows.
for keys in "eval.every=0" "eval.every=3 eval.items=1" "eval.every=100 data.batch=3"; do
    rm -rf run
    expect 0 "finished" "$sidle" train run.yaml $keys
    tells_the_end run
    rows=$(wc -l <run/metrics.csv)
    [ "$(json run/final.json step)" = 6 ]
done
[ "$rows" -eq 4 ] # the header, items 2, 4, 6: none is of the end
[ "$(grep -c "evaluation\|valid loss" run/train.log)" -eq 1 ]

# through ranks, the same to the bit; and in replicas
"$sidle" train run.yaml run.dir=one parallel.schedule=1f1b parallel.blocks=3 >/dev/null 2>&1
tells_the_end one
mpirun -n 3 "$sidle" train run.yaml run.dir=three parallel.schedule=1f1b parallel.blocks=3 >log 2>&1
tells_the_end three
cmp one/final.json three/final.json
mpirun -n 4 "$sidle" train run.yaml run.dir=chains parallel.blocks=2 parallel.replicas=2 >log 2>&1
tells_the_end chains nearly

# not where it is off, at a stop, for a run that is found finished, without a part
expect 0 "finished: off/checkpoints/final.h5, train loss [0-9.]*, valid loss [0-9.]* after item 3$" \
    "$sidle" train run.yaml run.dir=off eval.at_end=false run.steps=4
expect 0 "finished: bare/checkpoints/final.h5, train loss [0-9.]*$" \
    "$sidle" train run.yaml run.dir=bare data.valid_fraction=0
mkdir stop && touch stop/stop
expect 75 "stop" "$sidle" train run.yaml run.dir=stop
rm one/final.json
expect 0 "this run is finished" "$sidle" train run.yaml run.dir=one parallel.schedule=1f1b \
    parallel.blocks=3
for folder in off bare stop one; do
    [ ! -e $folder/final.json ]
done

# only final.h5 is missing: written again, and so is what it is worth
cp run/final.json was.json
rm run/checkpoints/final.h5 run/final.json
expect 0 "finished" "$sidle" train run.yaml $keys
cmp was.json run/final.json

# a loss that is no number has no sign; what training lost is told once
expect 0 "not finite: the weights of final.h5" "$sidle" train run.yaml run.dir=nan run.steps=3 \
    run.on_nan=skip optim.kind=sgd optim.lr=1e6 optim.clip=0 optim.warmup=0 parallel.blocks=1
[ "$(grep -c "loss of this start was not finite" nan/train.log)" -eq 1 ]
expect 0 "^loss nan nats a token, nan bits" "$sidle" eval nan

# a failure of it is a warning; an older one goes with the older end
mkdir full
"$sidle" train run.yaml run.dir=full >/dev/null 2>&1
rm full/final.json
mkdir full/final.json
expect 0 "warning.*final.json" "$sidle" train run.yaml run.dir=full run.steps=7
grep -q "finished: full" full/train.log
"$sidle" train run.yaml run.dir=full run.steps=8 eval.at_end=false >/dev/null 2>&1
