#!/usr/bin/env bash
# rule.sh - the trials of small items: U by rule against one item an update, at
# equal updates, rows per update and text; and flushed schedules in equal time.
#   name, then key=value overrides of base.yaml
# A name is set/D/optimizer/schedule-UxROWS/remedy/rate/seed: U items of so many
# rows an update.
set -euo pipefail

# Units of self-attention, rows an update and updates of a depth.
half() { # D
    case $1 in
    2) layers=4 rows=8 updates=1250 ;;
    4) layers=4 rows=9 updates=1250 ;;
    8) layers=6 rows=7 updates=1250 ;;
    16) layers=14 rows=15 updates=670 ;;
    esac
    width="model.width=64"
}
study() { # D: four times as large, fewer updates
    half "$1"
    case $1 in
    4) rows=3 updates=600 ;;
    8) updates=500 ;;
    16) updates=300 ;;
    esac
    width="model.context=256 model.latents=128 model.width=128 optim.warmup=50"
}
study_long() { # D
    study "$1"
    updates=1250
    width="${width/warmup=50/warmup=100}"
}
half_long() { # D
    half "$1"
    updates=$((3 * updates))
}
big() { # D: about 10 M parameters
    half "$1"
    updates=250
    width="model.context=256 model.latents=128 model.width=320 model.heads=5 optim.warmup=25"
}

# row SET D OPTIMIZER RATE SCHEDULE U ROWS REMEDY UPDATES [SEED...]
row() {
    local set=$1 d=$2 optimizer=$3 rate=$4 schedule=$5 u=$6 r=$7 remedy=$8 n=$9
    local key=optim.lr seed
    shift 9
    [ "$optimizer" != muon ] || key=optim.matrix_lr
    for seed in "${@:-1}"; do
        echo "$set/d$d/$optimizer/$schedule-${u}x$r/$remedy/$rate/seed$seed" \
            parallel.blocks="$d" model.layers="$layers" $width \
            parallel.schedule="$schedule" parallel.update_every="$u" \
            data.batch="$r" run.steps=$((n * u)) run.seed="$seed" \
            optim.kind="$optimizer" "$key=$rate" \
            optim.predict="$([ "$remedy" = predict ] && echo true || echo false)"
    done
}

# equal SIZE SET D OPTIMIZER RATE [SEED...]: backprop and pipedream by rule, of the
# same items
equal() {
    local size=$1 set=$2 d=$3 optimizer=$4 rate=$5 u
    shift 5
    $size "$d"
    u=$((d - 1))
    row "$set" "$d" "$optimizer" "$rate" backprop $u $((rows / u)) none "$updates" "$@"
    row "$set" "$d" "$optimizer" "$rate" pipedream $u $((rows / u)) none "$updates" "$@"
    row "$set" "$d" "$optimizer" "$rate" pipedream $u $((rows / u)) predict "$updates" "$@"
}

# one_item D OPTIMIZER RATE: every gradient D - 1 updates late in block 1
one_item() {
    half "$1"
    row rule "$1" "$2" "$3" pipedream 1 "$rows" none "$updates"
    row rule "$1" "$2" "$3" pipedream 1 "$rows" predict "$updates"
}

for d in 2 4 8 16; do
    for seed in 1 2 3; do
        equal half rule $d muon 0.01 $seed
    done
done
for seed in 4 5 6; do # the held-out loss of one of the three is far off
    equal half rule 8 muon 0.01 $seed
done
for rate in 2e-3 1e-3 4e-3; do
    for d in 8 4 16 2; do
        for optimizer in adamw nadam; do
            equal half rule $d $optimizer $rate
        done
    done
done
for d in 4 8 16; do
    for seed in 1 2 3; do
        equal study rule-study $d muon 0.01 $seed
    done
done
for d in 4 8; do
    for seed in 1 2 3; do
        equal study_long rule-study-long $d muon 0.01 $seed
    done
done
for seed in 1 2; do
    equal half_long rule-long 8 muon 0.01 $seed
done
for d in 4 8 16; do
    one_item $d muon 0.01
done
half 4 # a third of an update late
row rule 4 muon 0.01 pipedream 9 1 predict "$updates" 1 2 3
equal big rule-big 8 muon 0.01
for d in 2 4 8 16; do # the schedules in tick order, made for streams
    half $d
    for schedule in sideways sideways-1f1b; do
        row rule $d muon 0.01 $schedule 1 "$rows" none "$updates"
    done
    u=$((d == 2 ? 2 : d - 1))
    row rule $d muon 0.01 delayed $u $((rows / u)) none "$updates"
done

# What of the set is not pipedream needs the rows of one update in units of
# F = B = W of one row: U items of r rows take (3 U + 2 (D - 1)) r, zero-bubble
# (3 U + D - 1) r, and a schedule without idle time 3 U r.
in_time() { # D RATE SCHEDULE U ROWS
    local d=$1 rate=$2 schedule=$3 u=$4 r=$5 fill
    half "$d"
    fill=$((2 * (d - 1)))
    [ "$schedule" != zero-bubble ] || fill=$((d - 1))
    row rule-time "$d" muon "$rate" "$schedule" "$u" "$r" none \
        $((3 * updates * rows / ((3 * u + fill) * r)))
}
for rate in 0.01 0.02; do
    for at in "2 3 8" "4 8 9" "8 19 7" "16 40 15"; do
        read -r d by_rule rows_too <<<"$at"
        for u in $by_rule $rows_too; do
            in_time "$d" $rate 1f1b "$u" 1
        done
    done
    for at in "2 2 8" "4 4 9" "8 10 7" "16 20 15"; do
        read -r d by_rule rows_too <<<"$at"
        for u in $by_rule $rows_too; do
            in_time "$d" $rate zero-bubble "$u" 1
        done
    done
    for d in 2 4 8 16; do
        in_time $d $rate backprop 1 1
        half $d
        in_time $d $rate backprop 1 "$rows"
    done
done

# Equal seconds of two ranks, the same items: what seconds.sh measured makes of
# pipedream's updates those of flushed schedules (0.0330 of 0.0355 s, 0.0319 of
# 0.0330 s; 1f1b and zero-bubble within 1 % of each other).
half 4
row rule-seconds 4 muon 0.01 1f1b 9 1 none $((updates * 330 / 355)) 1 2 3
half 2
row rule 2 muon 0.01 pipedream 8 1 predict "$updates" 1 2 3
row rule-seconds 2 muon 0.01 1f1b 8 1 none $((updates * 319 / 330)) 1 2 3
