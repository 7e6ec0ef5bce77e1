#!/usr/bin/env bash
# test_hostile_folder.sh - run folders from elsewhere and folders that are moved:
# no file outside is written, nothing hangs, and no run touches another's files;
# a start that fails leaves nothing.
# timeout: 120
. "$(dirname "$0")/expect.sh"
make_text
make_config run checkpoint.every=3
sed -i 's/eval: .*/eval: {every: 0}/; s/log: .*/log: {every: 2, trace: 2}/' run.yaml
pid=
trap '[ -z "$pid" ] || kill -9 $pid 2>/dev/null || true' EXIT
echo precious >victim

# Links under the names of all files that a run makes: refused or replaced.
for name in .lock train.log metrics.csv; do
    mkdir -p run/checkpoints
    ln -s ../victim run/$name
    expect 74 "run/$name: is a link to '../victim', expected a file of the run itself.*; remove it" \
        timeout 60 "$sidle" train run.yaml
    rm run/$name
    mkfifo run/$name
    expect 74 "run/$name: is a pipe, expected a regular file; remove it" \
        timeout 60 "$sidle" train run.yaml
    rm -r run
done
mkdir -p run/checkpoints
for name in config.yaml .config.yaml.tmp .metrics.csv.tmp trace.json \
    trace.json.part events.out.tfevents.1; do
    ln -s ../victim run/$name
done
for name in .step-00000003.h5.tmp .final.h5.tmp .latest.h5.tmp final.h5 latest.h5; do
    ln -s ../../victim run/checkpoints/$name
done
ln victim run/train.log
expect 0 "finished" "$sidle" train run.yaml
[ "$(cat victim)" = precious ]
for name in run/config.yaml run/trace.json run/checkpoints/final.h5; do
    [ -f $name ] && [ ! -L $name ]
done
grep -q finished run/train.log
[ "$(readlink run/checkpoints/latest.h5)" = step-00000006.h5 ]

# run.dir and its checkpoints may be links, but not to what is not there
mkdir elsewhere
rm -r run
ln -s elsewhere run
mkdir shelf
ln -s ../shelf elsewhere/checkpoints
expect 0 "finished" "$sidle" train run.yaml
[ -f shelf/final.h5 ] && [ -f elsewhere/train.log ]
rm -r elsewhere
expect 74 "'run' is a link to 'elsewhere', which cannot be reached: No such file" \
    "$sidle" train run.yaml
rm run

# A start that fails leaves nothing, and what was there stays.
fails() { expect "$1" . "$sidle" train run.yaml run.dir=new/a/b "${@:2}"; }
fails 74 data.path=missing.txt
fails 64 model.heads=3
fails 64 'parallel.partition=[cross, none]'
[ ! -e new ]
mkdir -p new/a/b
echo mine >new/a/b/notes
fails 74 data.path=missing.txt
[ "$(cd new && find . | sort | tr '\n' ' ')" = ". ./a ./a/b ./a/b/notes " ]

# A resume that is refused has changed nothing.
expect 0 "finished" "$sidle" train run.yaml
sed 's/text/tale/' text.txt >other.txt
expect 64 "data.path has other content" "$sidle" train run.yaml run.steps=9 data.path=other.txt
lacks "changed:|going on" said
cp text.txt same.txt
expect 0 "changed: data.path from .*text.txt to .*same.txt" "$sidle" train run.yaml run.steps=9 data.path=same.txt

# A folder that is moved while its run goes on, and another run in its place.
rm -r run
for mode in independent collective; do
    start_ranks 2 "$sidle" train run.yaml run.steps=1000000 checkpoint.every=100 \
        checkpoint.keep=2 checkpoint.mode=$mode log.trace=0
    until_true grep -qs "saved run/checkpoints" log
    mv run moved
    expect 0 "finished" "$sidle" train run.yaml
    (cd run && find . -type f -exec cksum {} + | sort) >before
    n=$(grep -c "saved" log)
    saved_more() { [ "$(grep -c saved log)" -gt $((n + 2)) ]; }
    until_true saved_more
    kill -USR1 "$pid"
    code=0
    wait "$pid" || code=$?
    pid=
    [ $code -eq 75 ] || { cat log; exit 1; }
    (cd run && find . -type f -exec cksum {} + | sort) | cmp - before
    grep -q "the run folder \"run\" was moved.*this run continues in it and saves to \".*moved/checkpoints\"" log
    expect 0 "every checksum" "$sidle" verify moved/checkpoints/latest.h5
    rm -r run moved
done

# One that is removed: nothing can be saved, and what stands there now is left.
start_ranks 1 "$sidle" train run.yaml run.steps=1000000 log.trace=0
until_true grep -qs "saved run/checkpoints" log
until rm -rf run; do :; done
expect 0 "finished" "$sidle" train run.yaml
(cd run && find . -type f -exec cksum {} + | sort) >before
code=0
wait "$pid" || code=$?
pid=
[ $code -eq 74 ] || { cat log; exit 1; }
grep -q "was removed during the run" log
(cd run && find . -type f -exec cksum {} + | sort) | cmp - before
