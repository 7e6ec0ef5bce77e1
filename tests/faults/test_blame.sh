#!/usr/bin/env bash
# test_blame.sh - which reports of a sanitizer are held against our sources.
. "$(dirname "$0")/../cli/expect.sh"
sources=$2

# report FRAME...: as a sanitizer prints it
report() {
    echo "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x6"
    printf '    #%d 0x55 in %s\n' 0 "memcpy (/usr/lib/libasan.so.8+0x3c)" "$@"
}

# blames CODE WORDS: what is made of the report
blames() {
    expect "$1" "$2" awk -f "$sources/tests/faults/blame.awk" report
}

ours="take /there/io/ckpt/scan.c:77"
theirs="H5O_open (/usr/lib/libhdf5_openmpi.so.103+0x8f)"
report 1 "$ours" 2 "$theirs" >report
blames 1 "scan.c:77"
report 1 "$theirs" 2 "$ours" >report
awk -f "$sources/tests/faults/blame.awk" report
{ report 1 "$theirs" 2 "$ours"; report 1 "$ours"; } >report
blames 1 "scan.c:77"
echo "/there/io/h5.c:12:3: runtime error: signed integer overflow" >report
blames 1 "overflow"
echo "sidle: a frame of 9 bytes (/there/io/fence.c:140)" >report
blames 1 "a frame"
echo "sidle: out of memory (/there/io/fence.c:140)" >report
awk -f "$sources/tests/faults/blame.awk" report
