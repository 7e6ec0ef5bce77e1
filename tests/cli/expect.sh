# expect.sh - for shell tests: run a command, hold code and words against it.
# Sourced with the program as $1; works in an emptied folder of its own.
set -euo pipefail
sidle=$1
if [ -e .git ] || [ -e CMakeLists.txt ]; then
    echo "start it in an empty folder: a test removes all that is in its own" >&2
    exit 64
fi
rm -rf ./* .[!.]* 2>/dev/null || true

# expect CODE WORDS COMMAND...: exit code, and WORDS (a grep -E pattern) in what
# the command says on either stream; kept in the file "said".
expect() {
    local want=$1 words=$2 code=0
    shift 2
    "$@" >said 2>&1 </dev/null || code=$?
    if [ "$code" -ne "$want" ]; then
        echo "FAIL: \"$*\" ended with $code, expected $want; it said:" >&2
        cat said >&2
        exit 1
    fi
    if ! grep -qE -- "$words" said; then
        echo "FAIL: \"$*\" did not say \"$words\"; it said:" >&2
        cat said >&2
        exit 1
    fi
}

# make_config NAME [key=value ...]: a tiny run on text.txt in folder NAME.
make_config() {
    local name=$1
    shift
    cat >"$name.yaml" <<END
run:      {dir: $name, steps: 6, seed: 3}
model:    {vocab: 259, context: 24, latents: 12, width: 16, heads: 2, layers: 2}
parallel: {blocks: 4, schedule: pipedream, update_every: 1}
data:     {path: text.txt, batch: 2, valid_fraction: 0.1}
optim:    {kind: adamw, lr: 1e-3, warmup: 2}
eval:     {every: 3, items: 2}
checkpoint: {every: 3}
log:      {every: 2}
END
}

make_text() {
    for i in $(seq 1 200); do
        echo "line $i of a text that is made for the tests and nothing else"
    done >text.txt
}

# checksums FILE: it verifies, and the checksums of all its arrays, /config
# included: two runs are held against each other in folders of one name.
checksums() {
    expect 0 "every checksum" "$sidle" verify "$1"
    h5dump -g /integrity "$1" | tail -n +2
}

# until_true COMMAND...: repeat it until it succeeds, $patience seconds at most.
patience=60
until_true() {
    local end=$((SECONDS + patience))
    until "$@"; do
        if [ $SECONDS -ge $end ]; then
            echo "FAIL: in vain waited for: $*" >&2
            exit 1
        fi
        sleep 0.01
    done
}

# start_ranks RANKS COMMAND...: in the background under mpirun, whose process is
# $pid; each rank's is in a file pid.*, and what they say in "log".
start_ranks() {
    local n=$1
    shift
    rm -f pid.* log
    mpirun -n "$n" bash -c 'echo $$ >pid.$OMPI_COMM_WORLD_RANK; exec "$@"' - \
        "$@" >log 2>&1 &
    pid=$!
}

# ended_well CODE: the run of "log" has ended well with this answer of mpirun.
# That is 0, or 1 where mpirun has this one complaint about a run that finished:
# on a busy machine it may see the end of a rank before the rank's own last word
# (MPI_Finalize) has reached it. Whoever calls this looks at the files, too.
ended_well() {
    [ "$1" -ne 0 ] || return 0
    [ "$1" -eq 1 ] && grep -qE "^finished: |^this run is finished: " log &&
        grep -qE "^node [^ ]+ exiting improperly\. There are three reasons" log &&
        ! grep -q "^sidle: " log
}

# lacks WORDS FILE: the pattern is in no line of the file.
lacks() {
    if grep -qE -- "$1" "$2"; then
        echo "FAIL: \"$1\" stands in $2:" >&2
        cat "$2" >&2
        exit 1
    fi
}
