#!/usr/bin/env bash
# test_seconds.sh - the column "seconds" is the run's time: it goes on behind a
# resume, the pause before it does not count; also where a checkpoint of an older
# program does not know it.
# timeout: 60
. "$(dirname "$0")/expect.sh"
make_text
make_config run

# rising FOLDER: no row's seconds are less than those of the row before
rising() {
    awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") at = i; next }
        $at == "" || $at + 0 < last { bad = 1 } { last = $at + 0 }
        END { exit bad || last == 0 || last > 3000 }' "$1/metrics.csv" ||
        { cat "$1/metrics.csv"; exit 1; }
}

expect 0 "finished" "$sidle" train run.yaml log.every=1
rising run
touch -d "1 hour ago" run/* run/checkpoints/*
# the first process's time as if it had been long: what goes on is behind it
expect 0 "finished" mpirun -n 2 "$sidle" train run.yaml log.every=1 run.steps=9
rising run
# in another folder, from the file alone
expect 0 "finished" "$sidle" train run.yaml log.every=1 run.dir=other run.steps=12 \
    --resume run/checkpoints/step-00000009.h5
first=$(awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") at = i }
    NR == 2 { print $at }' other/metrics.csv)
last=$(awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") at = i }
    $1 == 9 && $3 != "" { print $at }' run/metrics.csv)
awk "BEGIN { exit !($first > $last) }" || { echo "$first after $last"; exit 1; }
[ "$(h5dump -a milliseconds run/checkpoints/step-00000009.h5 | grep -c "(0): [1-9]")" -eq 1 ]
