#!/usr/bin/env bash
# test_first_words.sh - what a start says before its first item, on the terminal
# and in train.log: what runs, where, on what, how long, and what may not have
# been meant.
# timeout: 300
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run
tiny="checkpoint.every=0 eval.every=0 log.every=0 log.tensorboard=false"

# said_both WORDS: on standard error and, behind a time stamp, in train.log
said_both() {
    grep -qE -- "^$1" said || { echo "FAIL: not said: $1" >&2; cat said >&2; exit 1; }
    grep -qE -- "^[-0-9T:]+ $1" run/train.log ||
        { echo "FAIL: not in train.log: $1" >&2; exit 1; }
}

expect 0 "finished" "$sidle" train run.yaml $tiny 'run.name=a b'\''c'
"$sidle" --version >version
version=$(head -1 version)
said_both "${version//[()]/.}, 1 rank on host $(hostname)"
said_both "command: sidle train run.yaml checkpoint.every=0 .* 'run.name=a b'.''c', in $PWD"
said_both "model: .* M parameters, 2 layers \(4 units\) in 4 blocks on 1 rank, schedule"
said_both "  rank 0: blocks 1 to 4, cross to final, "
said_both "items: 24 tokens each \(2 rows of 12\), [0-9.]+ items an epoch, 0[.0-9]+ epochs in all"
said_both "time: at least .* for 6 items; expected end 20[0-9-]+ [0-9:]+ or later"
said_both "peak: about [0-9.]+ GFLOP/s on 1 core, "
said_both '"of peak": '
said_both '"busy": '
lacks "rank 0 on host|blocks: |idle: |warm-up: " said
# a resume is a start, too; a run that is over is not
expect 0 "finished" "$sidle" train run.yaml $tiny run.steps=7
[ "$(grep -c " command: sidle train" run/train.log)" -eq 2 ]
[ "$(grep -c " sidle [0-9.]* (commit" run/train.log)" -eq 2 ]
grep -q "for 1 item; expected end" run/train.log
expect 0 "this run is finished: .* holds all 7 items" "$sidle" train run.yaml $tiny run.steps=7
[ "$(grep -c " command: sidle train" run/train.log)" -eq 2 ]

# items an epoch: what is not held out, by the targets of an item (rows of all
# replicas); the text's last id has no successor, SOS and EOS are two more
bytes=$(($(stat -c %s text.txt) * 9 / 10 + 1))
rm -rf run
expect 0 "items: 24 tokens .* $(((bytes + 12) / 24)) items an epoch" \
    "$sidle" train run.yaml --dry-run
expect 0 "items: 48 tokens each \(4 rows of 12\)," \
    mpirun -n 2 "$sidle" train run.yaml --dry-run parallel.replicas=2
expect 0 "2 ranks on host $(hostname)$" mpirun -n 2 "$sidle" train run.yaml --dry-run

# one of each
expect 0 "1 layer \(3 units\) in 1 block on 1 rank," "$sidle" train run.yaml \
    --dry-run model.layers=1 parallel.blocks=1
expect 0 "  rank 0: block 1, cross to final, " "$sidle" train run.yaml \
    --dry-run model.layers=1 parallel.blocks=1
expect 0 "  rank 1: block 2, final, " mpirun -n 2 "$sidle" train run.yaml \
    --dry-run parallel.partition=[cross,final] parallel.blocks=0
# nobody else could have spoken: no rank, no host
expect 64 "^sidle: [a-z ]+: 'optim.nonsense'|^sidle: [a-z].*optim.nonsense" \
    "$sidle" train run.yaml optim.nonsense=1
lacks "rank 0|host" said
expect 64 "rank 0 on host" mpirun -n 2 "$sidle" train run.yaml optim.nonsense=1

# blocks that came from the ranks, in train and in plan; not where they are set
for ranks in 1 2; do
    expect 0 "^blocks: $ranks, from the number of ranks; set parallel.blocks to compare runs on other numbers$" \
        mpirun -n $ranks "$sidle" train run.yaml --dry-run parallel.blocks=0
    expect 0 "blocks: $ranks, from the number of ranks" \
        "$sidle" plan run.yaml --ranks $ranks parallel.blocks=0
done
expect 0 "schedule" "$sidle" plan run.yaml --ranks 2
lacks "from the number" said
expect 0 "schedule" "$sidle" train run.yaml --dry-run parallel.blocks=0 \
    'parallel.partition=[cross,self.001]'
lacks "from the number" said

# schedules that empty the pipe at each update: the share, and a U that helps
for schedule in gpipe 1f1b zero-bubble; do
    expect 0 "idle: with schedule $schedule and parallel.update_every=1 the ranks are idle for about [3-9][0-9] % .*; parallel.update_every=[0-9]+ reduces this to [12]?[0-9] %" \
        "$sidle" plan run.yaml --ranks 4 parallel.schedule=$schedule
    U=$(grep -oE "; parallel.update_every=[0-9]+ reduces" said | grep -oE "[0-9]+")
    expect 0 "schedule" "$sidle" plan run.yaml --ranks 4 parallel.schedule=$schedule \
        parallel.update_every=$U run.steps=1000000
    lacks "idle: with" said
done
# one item at a time is told, also where most of the time goes into updates
for schedule in gpipe 1f1b zero-bubble backprop; do
    expect 0 "idle: with schedule $schedule and parallel.update_every=1" \
        "$sidle" plan run.yaml --ranks 2 parallel.schedule=$schedule \
        parallel.blocks=2 model.layers=1 optim.kind=muon model.context=32 model.latents=16
    [ "$(grep -oE "about [0-9]+ %" said | tr -dc 0-9)" -lt 30 ]
done
expect 0 "idle: with schedule gpipe" mpirun -n 4 "$sidle" train run.yaml --dry-run \
    parallel.schedule=gpipe
expect 0 "after each item; parallel.schedule=1f1b with" "$sidle" plan run.yaml \
    --ranks 4 parallel.schedule=backprop
for words in "--ranks 4 parallel.schedule=pipedream" "--ranks 1 parallel.schedule=gpipe"; do
    expect 0 "schedule" "$sidle" plan run.yaml $words
    lacks "idle: with" said
done

# the whole run inside the warm-up
long="optim.warmup=100 run.steps=240"
expect 0 "warm-up: the run makes 60 updates .* optim.warmup is 100: .* to 59 % of optim.lr" \
    "$sidle" train run.yaml --dry-run $long parallel.update_every=4
expect 0 "note  .*warm-up: the run makes 60 updates" "$sidle" plan run.yaml --ranks 1 \
    $long parallel.update_every=4
expect 0 "schedule" "$sidle" train run.yaml --dry-run $long
lacks "warm-up:" said
expect 0 '"notes": \[' "$sidle" plan run.yaml --ranks 1 $long parallel.update_every=4 --json
grep -q "warm-up: the run makes 60" said

# how long it takes: by what is counted, by units that are timed, by items
expect 0 "the whole run, run.steps=20000: about [0-9]+[a-z0-9]+ \([0-9.e+]+ s\)$" \
    "$sidle" plan run.yaml --ranks 1 --measure run.steps=20000
expect 0 '"seconds_total": [0-9.]+' "$sidle" plan run.yaml --ranks 1 --json
rm -rf run
expect 0 "^time: about .* an item, .* in all, .* left; expected end 20" \
    "$sidle" train run.yaml $tiny run.steps=200
[ "$(grep -c " time: about " run/train.log)" -eq 1 ]
