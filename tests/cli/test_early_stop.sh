#!/usr/bin/env bash
# test_early_stop.sh - run.early_stop ends a run when no evaluation gets better:
# at the same item on any number of ranks, after a stop, too; and a resume says so.
# timeout: 120
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run

# rates that are far too large: the first evaluation is the best one
keys="run.steps=60 eval.every=4 eval.items=9 checkpoint.every=5 optim.clip=0 optim.lr=1 \
    optim.decay=constant run.early_stop=2"
train() { # RANKS [key=value ...]
    local ranks=$1
    shift
    expect 0 "finished" mpirun -n $ranks "$sidle" train run.yaml $keys "$@"
}

for schedule in pipedream gpipe; do
    rm -rf run
    # after item 4 the best, after 8 and 12 none; then what the pipe holds, and two
    expect 0 "run.early_stop: 2 evaluations since that after item 4, none better" \
        "$sidle" train run.yaml $keys parallel.schedule=$schedule parallel.update_every=2
    last=$(sed -n 's/.*: the run ends after item \([0-9]*\)$/\1/p' said)
    [ $last -ge 13 ] && [ $last -le 20 ]
    checksums run/checkpoints/final.h5 >whole
    [ "$(tail -n 1 run/metrics.csv | cut -d , -f 1)" = $last ]
    grep -q '"stopped_early": true' run/final.json
    grep -q '"best_step": 4' run/final.json
    grep -q "\"step\": $last" run/final.json
    expect 0 "early_stop=2 has ended this run after item $last: .* that after item 4" \
        "$sidle" train run.yaml $keys parallel.schedule=$schedule parallel.update_every=2
    grep -q "this run is finished" said
    rm -r run
    # stopped and killed before it; on other ranks
    mkdir -p run && touch run/stop
    expect 75 "stop" "$sidle" train run.yaml $keys parallel.schedule=$schedule \
        parallel.update_every=2
    train 3 parallel.schedule=$schedule parallel.update_every=2
    checksums run/checkpoints/final.h5 | cmp - whole
    rm run/checkpoints/final.h5 run/checkpoints/step-000000$last.h5
    train 2 parallel.schedule=$schedule parallel.update_every=2
    checksums run/checkpoints/final.h5 | cmp - whole
done

# only its end is missing
rm run/checkpoints/final.h5
expect 0 "has ended this run after item $last" "$sidle" train run.yaml $keys \
    parallel.schedule=gpipe parallel.update_every=2
checksums run/checkpoints/final.h5 | cmp - whole

# another number goes on, and counts anew; more steps alone do not
expect 0 "has ended this run after item $last" "$sidle" train run.yaml $keys \
    parallel.schedule=gpipe parallel.update_every=2 run.steps=80
for n in 0 1 3; do
    rm -rf on
    cp -r run on
    expect 0 "changed: run.early_stop from 2 to $n" "$sidle" train run.yaml $keys \
        parallel.schedule=gpipe parallel.update_every=2 run.dir=on run.early_stop=$n run.steps=40
    lacks "has ended this run" said
    ends=$("$sidle" inspect on --json 2>/dev/null | sed -n 's/^ *"step": \([0-9]*\),*$/\1/p' |
        sed -n 1p)
    case $n in
    0) [ "$ends" = 40 ] ;;
    *) [ "$ends" -gt $((last + (n - 1) * 4)) ] && [ "$ends" -lt $((last + 8 + n * 4)) ] ;;
    esac
done

expect 64 "'run.early_stop' is 2, but 'eval.every' is 0" "$sidle" train run.yaml $keys \
    run.dir=x eval.every=0
expect 64 "'run.early_stop' is 2, but nothing is held out" "$sidle" train run.yaml $keys \
    run.dir=x data.valid_fraction=0
[ ! -e x ]
