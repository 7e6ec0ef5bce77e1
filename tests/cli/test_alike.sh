#!/usr/bin/env bash
# test_alike.sh - ranks that were given different words do not start: the first
# rank that differs is named, with the word and both values.
# timeout: 300
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run

# PATTERN, then the words of rank 0 and of rank 1: nothing is begun
refuse() {
    expect 64 "$1" mpirun -n 1 "$sidle" train ${2:-run.yaml} : \
        -n 1 "$sidle" train ${3:-run.yaml}
    [ "$(grep -c '^sidle: ' said)" -le 1 ]
    [ ! -e run ] && [ ! -e other ]
}

advice="start all ranks with the same program, arguments and environment"
refuse "rank 1 .*: optim.lr is 0.002 on rank 1 and 0.001 on rank 0; $advice" \
    "run.yaml optim.lr=1e-3" "run.yaml optim.lr=2e-3"
refuse "run.steps is 6 on rank 1 and 9 on rank 0" "run.yaml run.steps=9"
refuse "run.dir is other on rank 1 and run on rank 0" "" "run.yaml run.dir=other"
refuse "model.dropout is 0.5 on rank 1" "" "run.yaml model.dropout=0.5"
refuse "parallel.partition is self.001 on rank 1 and auto on rank 0" "" \
    "run.yaml parallel.partition=[self.001]"
refuse "run.name is b on rank 1 and a on rank 0" "run.yaml run.name=a" \
    "run.yaml run.name=b"
refuse "data.valid_fraction is 0.2 on rank 1 and 0.1 on rank 0" "" \
    "run.yaml data.valid_fraction=0.2"
refuse "the configuration is none.yaml on rank 1 and run.yaml on rank 0" "" \
    none.yaml
refuse "unknown key 'optim.lrr'" "" "run.yaml optim.lrr=1"
refuse "\-\-resume is never on rank 1 and auto on rank 0" "" \
    "run.yaml --resume never"
refuse "\-\-resume before auto is x.h5 on rank 1 and not given on rank 0" "" \
    "run.yaml --resume x.h5 --resume auto"
refuse "\-\-init is not given on rank 1 and x.h5 on rank 0" "run.yaml --init x.h5"
refuse "\-\-dry-run is given on rank 1" "" "run.yaml --dry-run"

# what argp refuses is told by rank 0; by another one where only that is wrong
refuse "^sidle train: unrecognized option '--wrong'" "run.yaml --wrong" \
    "run.yaml --wrong"
if grep "^rank 1: " said; then exit 1; fi
refuse "^rank 1: sidle train: unrecognized option '--wrong'" "" "run.yaml --wrong"
refuse "^rank 1: sidle train: \"word\" is not key=value" "" "run.yaml word"

# srun gives all ranks one's words, and may let them all live
expect 64 "^\$" env SLURM_PROCID=3 bash -c 'echo; exec "$0" train --wrong' \
    "$sidle"
lacks "wrong" said

# help is for one rank to print, and the others end
expect 0 "Usage: sidle train" mpirun -n 3 "$sidle" train --help
[ "$(grep -c Usage: said)" -eq 1 ]
for word in --help --version --options; do
    "$sidle" $word >once
    expect 0 "" mpirun -n 3 "$sidle" $word
    [ "$(grep -cxF -- "$(head -n 1 once)" said)" -eq 1 ]
done

# another command, another build: at once
expect 64 "the command is bench tick on rank 1 and train on rank 0; $advice" \
    mpirun -n 1 "$sidle" train run.yaml : -n 1 "$sidle" bench tick run.yaml
expect 64 "the command is bench checkpoint on rank 1 and bench tick on rank 0" \
    mpirun -n 1 "$sidle" bench tick run.yaml : \
    -n 1 "$sidle" bench checkpoint run.yaml
commit=$("$sidle" --version | sed -n 's/.*commit \([^),]*\).*/\1/p' | sed -n 1p)
[ ${#commit} -ge 7 ]
LC_ALL=C sed "s/$commit/z${commit:1}/g" "$sidle" >other
chmod +x other
expect 64 "the version of sidle is .*commit z.* on rank 1 and .*commit $commit" \
    mpirun -n 1 "$sidle" train run.yaml : -n 1 ./other train run.yaml
rm other

# a value is not told in all its length
long=$(printf 'x%.0s' $(seq 600))
refuse "\-\-init is x{400} on rank 1 and not given on rank 0; $advice" "" \
    "run.yaml --init $long"

# what is wrong with all ranks is told once
expect 0 "an update needs 8 items" mpirun -n 3 "$sidle" train run.yaml --dry-run \
    parallel.update_every=8
[ "$(grep -c "an update needs 8 items" said)" -eq 1 ]
rm -rf run

# of the same words in another order, and of ones that change nothing
expect 0 "finished" \
    mpirun -n 1 "$sidle" train run.yaml optim.lr=1e-3 run.steps=4 : \
    -n 1 "$sidle" train run.yaml run.steps=4 optim.lr=0.001 log.trace=0
