#!/usr/bin/env bash
# trials.sh - every trial of this folder, one a line:
#   name, then key=value overrides of base.yaml
# A name is set/D/optimizer/schedule/remedy/rate/seed: rows of a table differ in
# the middle part; seeds are averaged, then the best of the rates counts.
set -euo pipefail

# Six units in four blocks, or eight in eight.
shape() {
    case $1 in
    4) echo parallel.blocks=4 model.layers=4 ;;
    8) echo parallel.blocks=8 model.layers=6 ;;
    esac
}

# What a set changes besides; study is of a model four times as large.
size() {
    case $1 in
    short) echo optim.warmup=40 ;;
    study) echo model.context=256 model.latents=128 model.width=128 data.batch=4 ;;
    esac
}

# The same grid for every schedule and remedy of an optimizer.
rates() { # OPTIMIZER SET
    case $2/$1 in
    short/muon) echo 0.01 ;;
    short/nadam) echo 2e-3 ;;
    short/adamw) echo 1e-3 ;;
    short/sgd) echo 0.05 ;;
    long/muon | longer/muon | study/muon) echo 0.01 ;;
    time/muon) echo 0.005 0.01 0.02 0.04 0.08 ;;
    time/nadam) echo 2e-3 4e-3 8e-3 16e-3 ;;
    time/adamw) echo 1e-3 2e-3 4e-3 8e-3 ;;
    time/sgd) echo 0.05 0.2 0.4 0.8 ;;
    */muon) echo 0.005 0.01 0.02 0.04 ;;
    */nadam) echo 2e-3 4e-3 8e-3 ;;
    */adamw) echo 1e-3 2e-3 4e-3 ;;
    */sgd) echo 0.05 0.2 0.4 ;;
    esac
}

rate_key() {
    case $1 in
    muon) echo optim.matrix_lr ;;
    *) echo optim.lr ;;
    esac
}

extra_of() {
    case $1 in
    sgd) echo optim.momentum=0.9 ;;
    esac
}

remedy() {
    case $1 in
    none) ;;
    t1) echo optim.delay_rescale=$2 ;;
    spike) echo optim.spike_compensation=true ;;
    predict) echo optim.predict=true ;;
    lookahead) echo optim.lookahead=0.99 ;;
    lookahead95) echo optim.lookahead=0.95 ;;
    t1+spike) echo optim.delay_rescale=$2 optim.spike_compensation=true ;;
    t1+predict) echo optim.delay_rescale=$2 optim.predict=true ;;
    t1early+predict) echo optim.delay_rescale=$(($2 / 4)) optim.predict=true ;;
    spike+predict) echo optim.spike_compensation=true optim.predict=true ;;
    esac
}

# row SET D ITEMS OPTIMIZER SCHEDULE U REMEDY [SEED...]
row() {
    local set=$1 d=$2 items=$3 optimizer=$4 schedule=$5 u=$6 remedy=$7 rate seed
    shift 7
    for rate in $(rates "$optimizer" "$set"); do
        for seed in "${@:-1}"; do
            echo "$set/d$d/$optimizer/$schedule-u$u/$remedy/$rate/seed$seed" \
                $(shape "$d") $(size "$set") run.steps="$items" \
                run.seed="$seed" optim.kind="$optimizer" \
                "$(rate_key "$optimizer")=$rate" $(extra_of "$optimizer") \
                parallel.schedule="$schedule" parallel.update_every="$u" \
                $(remedy "$remedy" $((items / 3)))
        done
    done
}

# ---- everything once, short: 400 items at the middle of the rates
short() { # D OPTIMIZER SCHEDULE REMEDY
    row short "$1" 400 "$2" "$3" 1 "$4"
}
for d in 4 8; do
    for schedule in backprop pipedream delayed sideways-1f1b sideways; do
        short $d muon $schedule none
    done
    for remedy in t1 spike predict lookahead t1+spike t1+predict; do
        short $d muon pipedream $remedy
    done
    for schedule in delayed sideways-1f1b sideways; do
        for remedy in t1 spike predict lookahead; do
            short $d muon $schedule $remedy
        done
    done
    for optimizer in nadam adamw sgd; do
        for schedule in backprop delayed sideways-1f1b sideways; do
            short $d $optimizer $schedule none
        done
        for remedy in none t1 spike predict; do
            short $d $optimizer pipedream $remedy
        done
    done
    for optimizer in nadam sgd; do
        short $d $optimizer pipedream lookahead
    done
done

# ---- equal items: one update an item, so all flushed schedules are backprop;
# what the goals are about with three seeds
for d in 4 8; do
    for schedule in delayed sideways-1f1b sideways; do
        row items $d 1250 muon $schedule 1 none
    done
    row items $d 1250 muon backprop 1 none 1 2 3
    for remedy in none predict spike+predict; do
        row items $d 1250 muon pipedream 1 $remedy 1 2 3
    done
    for remedy in t1 spike lookahead t1+spike t1+predict t1early+predict; do
        row items $d 1250 muon pipedream 1 $remedy
    done
    row items $d 1250 nadam backprop 1 none
    for remedy in none t1 spike predict lookahead; do
        row items $d 1250 nadam pipedream 1 $remedy
    done
done

# ---- equal time: what 1,250 items take without idle time, 3 x 1,250 units of
# F = B = W; transfers free. U items of a flushed schedule take 3 U and the
# pipe's filling and draining: 2 (D - 1), zero-bubble D - 1 (sidle plan says so).
in_time() { # units that U items take, U
    echo $((3 * 1250 * $2 / $1))
}
for d in 4 8; do
    for optimizer in muon nadam adamw sgd; do
        row time $d $(in_time $((2 * d + 1)) 1) $optimizer backprop 1 none
        row time $d $(in_time 4 1) $optimizer delayed 1 none
        for u in 4 8; do
            row time $d $(in_time $((3 * u + 2 * d - 2)) $u) $optimizer 1f1b $u none
            row time $d $(in_time $((3 * u + d - 1)) $u) $optimizer zero-bubble $u none
        done
    done
    # the same time and the same bits as 1f1b
    row time $d $(in_time $((12 + 2 * d - 2)) 4) muon gpipe 4 none
done

# ---- four times as long, at the rate that the others chose: does it shrink?
row long 8 5000 muon backprop 1 none
for remedy in none predict spike; do
    row long 8 5000 muon pipedream 1 $remedy
done

# ---- eight times as long
row longer 8 10000 muon backprop 1 none
for remedy in none predict; do
    row longer 8 10000 muon pipedream 1 $remedy
done

# ---- the sizes and the length of the quick study, with three seeds
for d in 4 8; do
    row study $d 2500 muon backprop 1 none 1 2 3
    for remedy in none predict; do
        row study $d 2500 muon pipedream 1 $remedy 1 2 3
    done
done

# ---- the other optimizers
for d in 4 8; do
    for optimizer in adamw sgd; do
        row items $d 1250 $optimizer backprop 1 none
        for remedy in none t1 spike predict; do
            row items $d 1250 $optimizer pipedream 1 $remedy
        done
    done
done

# ---- one rate more where the best one was at an edge of those above
edge() { # RATE, then a row
    local more=$1
    shift
    (rates() { echo "$more"; } && row "$@")
}
for d in 4 8; do
    edge 5e-4 items $d 1250 adamw pipedream 1 none
    edge 5e-4 time $d $(in_time 4 1) adamw delayed 1 none
    edge 1e-3 time $d $(in_time 4 1) nadam delayed 1 none
    for remedy in none t1 spike lookahead; do
        edge 1e-3 items $d 1250 nadam pipedream 1 $remedy
    done
    edge 0.0025 items $d 1250 muon sideways-1f1b 1 none
    edge 0.8 items $d 1250 sgd pipedream 1 t1
done
edge 0.8 items 4 1250 sgd backprop 1 none
edge 0.0125 time 4 $(in_time 4 1) sgd delayed 1 none
edge 1e-3 items 8 1250 nadam pipedream 1 predict
for remedy in predict spike; do
    edge 5e-4 items 8 1250 adamw pipedream 1 $remedy
done
for remedy in none predict spike; do
    edge 0.0125 items 8 1250 sgd pipedream 1 $remedy
done
edge 0.0025 items 8 1250 muon sideways 1 none
edge 0.0025 items 8 1250 muon delayed 1 none
edge 0.0025 time 8 $(in_time 4 1) muon delayed 1 none
edge 0.08 items 8 1250 muon pipedream 1 t1+spike
