#!/usr/bin/env bash
# test_live_line.sh - what a person sees of a run on a terminal: one line that
# fits, something from the start on, and the reports above it.
# timeout: 300
# label: once
. "$(dirname "$0")/expect.sh"
terminal=$(dirname "$sidle")/terminal
unset COLUMNS TERM
make_text

# on WIDTH CODE WORDS...: what is seen of them goes to the file "seen"
on() {
    local wide=$1 code=0
    shift
    "$terminal" $wide -- "$@" >seen || code=$?
    [ $code -eq 0 ] || { cat seen >&2; exit 1; }
    lacks "ESC" seen
}
# step_lines: reports and what is left of the live line
step_lines() { grep -c "^~\?step" seen; }
# drawn: what the live line ever said
drawn() { tr '\r' '\n' <raw | sed 's/\x1b\[K//g' >drawn; }

# twelve reports at each width: whole, one row each, none overwritten
make_config run run.steps=12
for wide in 20 40 80 200; do
    rm -rf run
    on $wide "$sidle" train run.yaml run.steps=12 log.every=1 eval.every=0 \
        checkpoint.every=4
    lacks "^~step" seen
    [ "$(step_lines)" -eq 12 ]
    for step in $(seq 12); do
        [ "$(grep -c "^step $step/12\($\|  loss [0-9.]*\)" seen)" -eq 1 ]
    done
    [ "$(awk '/^step/ { print length }' seen | sort -n | tail -1)" -lt $wide ]
    # before the first report there was something, and it was wiped
    drawn
    grep -q "^starting" drawn
    grep -q "^step 0/12" drawn
    lacks "starting|step 0/" seen
    [ "$(grep -c saved seen)" -eq 3 ] || [ $wide -lt 80 ]
done
grep -qE "^step 12/12  loss [0-9.]+  left 0s  [0-9]+ tokens/s  update 12 of 2 rows, 24 tokens  lr .* of peak$" seen
# the file has what a wide terminal has
[ "$(grep -c " step [0-9]*/12  loss .* of peak$" run/train.log)" -eq 12 ]

# many reports a second: a few stay, the last one does, the file has all
rm -rf run
on 80 "$sidle" train run.yaml run.steps=300 log.every=2 eval.every=0 \
    checkpoint.every=0 run.seed=4
lacks "^~step" seen
[ "$(step_lines)" -ge 13 ]
[ "$(step_lines)" -lt 150 ]
grep -q "^step 300/300  loss" seen
[ "$(grep -c " step [0-9]*/300  loss " run/train.log)" -eq 150 ]

# COLUMNS where the terminal does not know; the lesser of both
rm -rf run
COLUMNS=30 on 0 "$sidle" train run.yaml log.every=1
[ "$(awk '/^step/ && !/valid/ { print length }' seen | sort -n | tail -1)" -lt 30 ]
rm -rf run
COLUMNS=30 on 80 "$sidle" train run.yaml log.every=1
[ "$(awk '/^step/ { print length }' seen | sort -n | tail -1)" -lt 30 ]
rm -rf run
COLUMNS=300 on 40 "$sidle" train run.yaml log.every=1
lacks "^~step" seen

# the window is made smaller while the run goes on
rm -rf run
"$terminal" 200 25 "step 20/500" -- "$sidle" train run.yaml run.steps=500 \
    log.every=1 eval.every=0 checkpoint.every=0 >seen
grep -q "^step 12/500  loss .* of peak$" seen
grep -q "^step 500/500$" seen

# a terminal that cannot erase is not asked to, and has plain lines
rm -rf run
TERM=dumb on 40 "$sidle" train run.yaml log.every=1
lacks "^~step" seen
lacks $'\x1b' raw
sed 's/\r$//' raw >plain
lacks $'\r' plain
grep -q "^step 1/6  loss" seen

# an error ends the line before it speaks
rm -rf run
"$terminal" 200 -- "$sidle" train run.yaml data.path=gone.txt >seen || [ $? -eq 74 ]
grep -q "^sidle: .*gone.txt" seen
lacks "starting" seen

# through mpirun, too
rm -rf run
on 40 mpirun -n 2 "$sidle" train run.yaml run.steps=12 log.every=1 eval.every=0
lacks "^~step" seen
for step in $(seq 12); do
    [ "$(grep -c "^step $step/12  loss [0-9.]*" seen)" -eq 1 ]
done
# ranks that each write a file of their own have no terminal
rm -rf run
on 80 mpirun -n 2 sh -c 'exec "$0" train run.yaml 2>said.$OMPI_COMM_WORLD_RANK' "$sidle"
grep -q "^step 2/6  loss .* of peak$" said.0
lacks $'\r|\x1b' said.0
lacks $'\r|\x1b' said.1
# a pipe gets a line a report, and nothing else
rm -rf run
"$sidle" train run.yaml log.every=1 2>said
[ "$(grep -c "^step [1-6]/6  loss" said)" -eq 6 ]
lacks $'\r|\x1b' said
