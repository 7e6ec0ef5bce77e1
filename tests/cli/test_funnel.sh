#!/usr/bin/env bash
# test_funnel.sh - four ranks of which only rank 0 can read the run folder and
# the data: with checkpoint.mode=funnel a run is stopped, goes on, and has the
# bits of one that nothing happened to; in the other modes one sentence says so.
# timeout: 300
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run run.steps=12
sed -i 's/steps: 6/steps: 12/' run.yaml
mkdir elsewhere

# The other ranks see nothing: by a folder in which no relative path leads
# anywhere, as in another mount; or by permissions, without root's right to pass
# over them, in a folder of another user.
cat >hide.sh <<'END'
#!/usr/bin/env bash
way=$1
shift
if [ "$OMPI_COMM_WORLD_RANK" -gt 0 ]; then
    case $way in
    elsewhere) cd elsewhere ;;
    rights) exec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-all "$@" ;;
    esac
fi
exec "$@"
END
chmod +x hide.sh

# can_hide WAY FILE: rank 0 alone can read the file
can_hide() {
    mpirun -n 2 ./hide.sh "$1" bash -c \
        'if cat "$0" >/dev/null 2>&1; then echo "reads $OMPI_COMM_WORLD_RANK"; fi' "$2" >reads 2>/dev/null &&
        [ "$(cat reads)" = "reads 0" ]
}

# all_of WAY RANKS [word ...]: train
all_of() {
    local way=$1 ranks=$2
    shift 2
    mpirun -n "$ranks" ./hide.sh "$way" "$sidle" train "$here/run.yaml" run.dir="$dir" \
        data.path="$data" checkpoint.keep=9 "$@"
}

# play WAY: $dir is the run folder, $data the text; the rest of the test
play() {
    local way=$1

    # What nothing happened to.
    expect 0 "finished: " all_of none 4 checkpoint.mode=funnel
    checksums "$dir/checkpoints/final.h5" >whole
    rm -r "$dir"

    # Stopped by a signal or a file, then broken off.
    mkdir -p "$dir"
    touch "$dir/stop"
    expect 75 "stopp" all_of "$way" 4 checkpoint.mode=funnel
    expect 0 "resuming from .*step-0" all_of "$way" 4 checkpoint.mode=funnel
    checksums "$dir/checkpoints/final.h5" >went
    cmp whole went || { echo "$way: other bits after a stop"; exit 1; }
    rm "$dir"/checkpoints/{final,step-00000012}.h5
    truncate -s -100 "$dir/checkpoints/step-00000009.h5"
    expect 0 "resuming from .*step-00000006.h5" all_of "$way" 4 checkpoint.mode=funnel
    [ "$(grep -c "rejected: .*step-00000009.h5" said)" -eq 1 ]
    checksums "$dir/checkpoints/final.h5" >went
    cmp whole went || { echo "$way: other bits after a damaged file"; exit 1; }

    # A file that is named, other blocks, the parameters alone.
    expect 0 "resuming from .*step-00000003.h5" all_of "$way" 4 checkpoint.mode=funnel \
        --resume "$dir/checkpoints/step-00000003.h5"
    checksums "$dir/checkpoints/final.h5" >went
    cmp whole went || { echo "$way: other bits from a file that is named"; exit 1; }
    expect 0 "draining .*step-00000012.h5" all_of "$way" 3 checkpoint.mode=funnel \
        parallel.blocks=3 run.steps=15
    expect 0 "starting with the parameters of" all_of "$way" 4 checkpoint.mode=funnel \
        --resume never --init "$dir" run.dir="$dir-again"

    # One sentence of the first rank that cannot read, the same code for all.
    for mode in independent collective; do
        expect 74 "cannot be opened: .*set checkpoint.mode=funnel|cannot read '.*set checkpoint.mode=funnel" \
            all_of "$way" 4 checkpoint.mode=$mode run.steps=18 parallel.blocks=3
        [ "$(grep -c "^sidle: rank 1 " said)" -eq 1 ]
        [ "$(grep -c "^sidle: rank" said)" -eq 1 ]
    done
}

here=.
dir=run
data=text.txt
can_hide elsewhere text.txt || { echo "a folder of its own does not hide a file: $(cat reads)"; exit 1; }
play elsewhere

here=$PWD
mkdir sealed
cp text.txt sealed
if ! chown 65534:65534 sealed 2>/dev/null || ! chmod 700 sealed || ! can_hide rights sealed/text.txt; then
    echo "not tried with permissions: this user cannot give a folder away"
    exit 0
fi
dir=$PWD/sealed/run
data=$PWD/sealed/text.txt
play rights
