#!/usr/bin/env bash
# real.sh - real frames: hands that spell letters, and a film of 1906. Sideways
# against backpropagation, three seeds; results go to real.csv. From the top of
# the clone, with a folder of recordings <signer>_<letter>.mp4 and a film:
#
#   experiments/sideways_video/real.sh RECORDINGS FILM
#
# The film is in Debian's python-nbsphinx-doc (Shepard_Calais_1906_FrenchGP.ogv).
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
sidle=${SIDLE:-build/sidle}
runs=${RUNS:-runs/sideways_video}/real
items=3000
mkdir -p "$runs"

recordings() { # FOLDER SIGNER
    local words=() film letter
    for film in "$1/$2"_*.mp4; do
        letter=$(basename "$film" .mp4)
        words+=(--label "${letter#*_}" "$film")
    done
    "$sidle" data video --gray --size 32x32 "${words[@]}" "$runs/$2.h5"
}

clips() {
    [ -s "$runs/film-test.h5" ] && return
    recordings "$1" signer1
    recordings "$1" signer2
    /usr/bin/python3 "$here/split.py" "$runs/signer1.h5" "$runs/signer1-train.h5" \
        "$runs/signer1-test.h5"
    "$sidle" data video --gray --size 64x48 "$2" "$runs/film.h5"
    /usr/bin/python3 "$here/split.py" "$runs/film.h5" "$runs/film-train.h5" \
        "$runs/film-test.h5" --fraction 0.75 --length 36
}

of_json() { # KEY FILE
    grep -o "\"$1\": *[0-9.e+-]*" "$2" | head -n 1 | sed 's/.*: *//'
}

# trial TASK CONFIG TRAIN TEST SCHEDULE RATE SEED
trial() {
    local run=$runs/$1-$5-$6-$7
    if [ ! -s "$run/final.json" ]; then
        "$sidle" train "$here/$2" run.dir="$run" run.steps=$items run.seed="$7" \
            data.path="$runs/$3.h5" data.valid_path="$runs/$4.h5" \
            parallel.schedule="$5" optim.lr="$6" >"$run.out" 2>&1
        # the checkpoint stays: pictures are made of it
    fi
    echo "$1,$5,5,$7,$items,$6,$(of_json accuracy "$run/final.json"),$(of_json loss "$run/final.json")"
}

clips "$@"
{
    echo "task,schedule,blocks,seed,items,lr,test_accuracy,test_loss"
    for schedule in backprop sideways-1f1b sideways; do
        for seed in 1 2 3; do
            for rate in 3e-4 1e-3; do
                trial within signs.yaml signer1-train signer1-test $schedule $rate $seed
                trial across signs.yaml signer1 signer2 $schedule $rate $seed
                trial film film.yaml film-train film-test $schedule $rate $seed
            done
        done
    done
} | tee "$here/real.csv.new"
mv "$here/real.csv.new" "$here/real.csv"
