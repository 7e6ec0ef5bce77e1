#!/usr/bin/env bash
# test_last_row.sh - the row of items behind the last report is there once,
# however often a run is ended, and a run that goes on behind its old end has the
# rows of one that was never ended; but for columns of time.
# timeout: 120
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run

train() { # KEYS [key=value ...]
    "$sidle" train run.yaml run.steps=7 log.every=4 eval.every=7 checkpoint.every=0 \
        optim.decay=constant "$@" >went 2>&1 || { cat went; exit 1; }
}

# rows FOLDER: metrics.csv without what a clock says.
rows() {
    awk -F , -v OFS=, 'NR == 1 {
        for (i = 1; i <= NF; i++)
            if ($i ~ /^(tokens_per_second|seconds|busy|wall_time)$/) gone[i] = 1
    } { for (i in gone) $i = ""; print }' "$1/metrics.csv"
}

# training: the training rows, without what stands behind the unit of the loss
training() { grep -v "^7,[0-9]*,," | sed -E 's/(,[^,]*){3}$//'; }

end_again() { # NAME [key=value ...]
    local name=$1
    shift
    rm run/checkpoints/final.h5
    train "$@"
    cmp <(rows run) whole || { echo "$name: other rows"; diff <(rows run) whole; exit 1; }
    [ "$(grep -c "step 7/7  loss" run/train.log)" -eq 1 ]
}

# With U = 1 the last block of 1f1b updates between the forward of the last item
# and the cut at which it is saved; gpipe does so behind the cut.
while read -r schedule every other; do
    keys=(parallel.schedule=$schedule parallel.update_every=$every)
    rm -rf run
    train "${keys[@]}" run.steps=9
    rows run >long
    rm -r run
    train "${keys[@]}"
    rows run >whole
    [ "$(grep -c "^7,[0-9]*,[0-9]" whole)" -eq 1 ]
    end_again "$schedule $every" "${keys[@]}"
    end_again "$schedule $every once more" "${keys[@]}"
    cp -r run was
    # behind a switch of plan the evaluation may have other weights, and an
    # update other items; the row has the same values else
    rm run/checkpoints/final.h5
    train parallel.schedule=$other
    cmp <(rows run | training) <(training <whole)
    rm -r run
    mv was run
    train "${keys[@]}" run.steps=9
    cmp <(rows run) long || { echo "$schedule $every: extended"; exit 1; }
done <<'END'
1f1b 1 sideways
gpipe 2 1f1b
pipedream 1 zero-bubble
END
