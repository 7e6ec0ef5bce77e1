# kills.sh - the drill of kills: a run that is killed again and again, on changing
# numbers of ranks, ends with the bits of the run that nothing happened to.
# Sourced by a test with the program as $1:
#   n_kills       of each chain
#   chains        "SCHEDULE U REPLICAS RANKS,RANKS,.." each
# SIDLE_TEST_SEED sets the moments and the ranks; the default is fixed.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/expect.sh"
seed=${SIDLE_TEST_SEED:-1}
RANDOM=$seed
echo "kills with SIDLE_TEST_SEED=$seed"
make_text
make_config run
sed -i 's/steps: 6/steps: 1200/; s/every: 3, items: 2/every: 200, items: 2/; s/every: 3}/every: 80, keep: 3}/; s/every: 2}/every: 40}/' run.yaml

# What killed ranks leave behind lies here, not in the system's folders.
session=$(mktemp -d /tmp/sidle-test-XXXXXX)
export OMPI_MCA_orte_tmpdir_base=$session OMPI_MCA_btl_vader_backing_directory=$session
pid=
n_done=0 n_inside=0

pids() { cat pid.* 2>/dev/null || true; }
clean_up() {
    [ -z "$pid" ] || kill -9 "$pid" $(pids) 2>/dev/null || true
    rm -rf "$session"
}
trap clean_up EXIT

fail() {
    echo "FAIL: $*; seed $seed, kill $n_done"
    cat log
    exit 1
}

leftovers() { find run \( -name '.*.tmp' -o -name '*.part' \) "$@" -print; }
is_saving() { compgen -G 'run/checkpoints/.*.h5.tmp' >/dev/null; }
sleep_ms() { sleep "$(printf '0.%03d' "$1")"; }

# start RANKS: in the background, as $pid
start() {
    n_ranks=$1
    start_ranks "$n_ranks" "$sidle" train run.yaml $words
}

# What the start swept is older than the mark; it says this after sweeping.
check_swept() {
    until_true grep -qs "^model:" log
    old=$(leftovers ! -newer mark)
    [ -z "$old" ] || fail "still there: $old"
}

# What there is to wait for comes, or never will: mpirun is gone.
is_gone() { ! kill -0 "$pid" 2>/dev/null; }
has_rank() { [ -s "$1" ] || is_gone; }
has_begun() { grep -qsE "^step|^finished" log || is_gone; }

# Not of the dead, whether somebody has asked how they died or not.
lives() {
    local stat=
    read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
    [[ $stat != *") "[XZ]" "* ]]
}

# Before the blow: $sick is what has gone wrong without it. A run that leaves
# final.h5 behind may have ended. No forks here: they would outlast a save.
look() {
    local one file
    mapfile -t heard 2>/dev/null <log || heard=()
    sick=
    for file in pid.*; do
        read -r one 2>/dev/null <"$file" || continue
        lives "$one" || [ -e run/checkpoints/final.h5 ] ||
            sick+="${sick:+; }process $one is dead"
    done
}

# A rank of the run, or all of it with mpirun; $n_hit of them lived.
kill_now() {
    local victim=pid.$((RANDOM % n_ranks)) one victims
    if [ $((RANDOM % 5)) -eq 0 ]; then
        victims="$pid $(pids)"
    else
        until_true has_rank $victim
        read -r victims 2>/dev/null <$victim || victims=
    fi
    look
    n_hit=0
    for one in $victims; do
        ! lives "$one" || n_hit=$((n_hit + 1))
    done
    [ -z "$victims" ] || kill -9 $victims 2>/dev/null || true
}

# Until every process is gone; answers whether the run had ended by itself. One
# that failed by itself, struck or not, is no kill.
bury() {
    local code=0
    wait "$pid" 2>/dev/null || code=$?
    pid=
    until_true flock -n run/.lock true
    sick+=$(printf '%s\n' "${heard[@]}" | grep -E "^sidle: |was not saved" || true)
    ! grep -q "rejected" log || fail "a checkpoint was no good"
    [ -z "$sick" ] || fail "before the blow, which ended it with $code: $sick"
    ! ended_well $code || return 0
    [ $n_hit -gt 0 ] || fail "a start that nothing hit ended with $code"
    case $code in # ours, SIGABRT, SIGBUS, SIGFPE, SIGSEGV
    6[4-9] | 7[0-9] | 13[4-6] | 139) fail "not the blow ended it, but $code" ;;
    esac
    n_done=$((n_done + 1))
    # of this start, not of one before that this one had not swept yet
    [ -z "$(leftovers -newer mark)" ] || n_inside=$((n_inside + 1))
    touch mark
    return 1
}

# In a save, or anywhere from the start on; in a save at once while too few were.
strike() {
    if [ $((5 * n_inside)) -le $n_done ]; then
        until is_saving || is_gone; do
            :
        done
    elif [ $((RANDOM % 5)) -lt 3 ]; then
        until is_saving || is_gone; do
            :
        done
        [ $((RANDOM % 2)) -eq 0 ] || sleep_ms $((RANDOM % 40))
    else
        sleep_ms $((RANDOM % 1000))
        [ $((RANDOM % 2)) -eq 0 ] || until_true has_begun
        sleep_ms $((RANDOM % 500))
    fi
    kill_now
}

compare() {
    checksums run/checkpoints/final.h5 | cmp - whole || fail "other bits: $words"
    [ -z "$(leftovers)" ] || fail "temporary files at the end"
    [ ! -e run/checkpoints/latest.h5.tmp ]
}

# chain SCHEDULE U REPLICAS RANKS,RANKS,..
chain() {
    local ranks i=0 end=$((n_done + n_kills))
    IFS=, read -ra ranks <<<"$4"
    words="parallel.schedule=$1 parallel.update_every=$2 parallel.replicas=$3 model.dropout=0.1"
    rm -rf run whole
    mpirun -n "${ranks[0]}" "$sidle" train run.yaml $words >log 2>&1 || fail "the whole run"
    checksums run/checkpoints/final.h5 >whole
    rm -r run
    mkdir run
    touch mark
    while [ $n_done -lt $end ]; do
        start "${ranks[$((i++ % ${#ranks[@]}))]}"
        [ -z "$(leftovers)" ] || check_swept
        strike
        if bury; then # it was faster than the blow: once more from the start
            compare
            rm -r run
            mkdir run
            touch mark
        fi
    done
    start "${ranks[$((i % ${#ranks[@]}))]}"
    check_swept
    wait "$pid" || fail "it does not go on"
    pid=
    compare
    echo "$words: $n_done kills so far, $n_inside of them inside a save"
}

for one in "${chains[@]}"; do
    chain $one
done
[ $((5 * n_inside)) -ge $n_done ] || fail "too few kills inside a save"
