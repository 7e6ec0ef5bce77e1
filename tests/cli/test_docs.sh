#!/usr/bin/env bash
# test_docs.sh - the program knows every command, option and key of README and
# docs; commands that plan or check a run are run; the picture can be remade.
# label: once
. "$(dirname "$0")/expect.sh"
top=$2
pages=$(cd "$top" && ls README.md docs/*.md experiments/README.md \
    experiments/*/README.md)

complain() {
    echo "FAIL: $1" >&2
    exit 1
}

# ---- what the program knows

"$sidle" --options >options
keys=" $(sed -nE 's/^  ([a-z0-9_]+\.[a-z0-9_]+) .*/\1/p' options | tr '\n' ' ') "
sections=$(grep -oE '[a-z]+\.' <<<"$keys" | sort -u | tr -d '.' | paste -sd '|')
commands=" $("$sidle" --help | sed -nE 's/^  ([a-z]+)  .*/\1/p' | tr '\n' ' ') "
[[ $keys == *" run.dir "* && $commands == *" train "* ]] ||
    complain "neither keys nor commands are found in the program's help"
# The options of a command; of data those of all its kinds
help_of() {
    local kind
    [ "$1" = data ] || { "$sidle" "$1" --help; return; }
    for kind in $("$sidle" data --help | sed -nE 's/^  ([a-z]+)  .*/\1/p'); do
        "$sidle" data "$kind" --help
    done
}
for command in $commands; do
    # "--length=" takes a value, "--greedy" does not
    help_of "$command" | grep -E '^ +-' |
        grep -oE -- '--?[a-z?][a-z-]*=?' >"options.$command"
done

# ---- what the pages say

# Lines of code, and each piece of inline code; one a line, behind the page's
# name. A line that ends with \ goes on in the next one.
extract() {
    awk -v page="$1" '
        function say(text) { if (text != "") print page "\t" text }
        /^ *```/ {
            is_code = !is_code
            is_shell = is_code && $0 ~ /```(sh)?$/
            next
        }
        is_code {
            held = held $0
            if (sub(/\\$/, "", held)) next
            if (is_shell) say(held)
            held = ""
            next
        }
        /^    [^ ]/ && blank { say($0) }
        { blank = $0 ~ /^ *$/ || (blank && /^    /) }
        blank { inline(); text = ""; next }
        { text = text " " $0 }
        END { inline() }
        function inline(    n, part, i) {
            n = split(text, part, "`")
            for (i = 2; i <= n; i += 2) {
                gsub(/  +/, " ", part[i])
                say(part[i])
            }
        }' "$top/$1"
}
for page in $pages; do extract "$page"; done >said_by_pages

# check_key PAGE KEY
# The layers of a list, "model.layers[0].channels", and the loss have rows of
# their own, which are checked below.
check_key() {
    [[ "$keys model.loss " == *" ${2%%[*} "* ]] || complain "$1: there is no key \"$2\""
}

# check_command PAGE COMMAND ARGUMENT...: names only, so that YOUR_FILE will do.
check_command() {
    local page=$1 command=$2 word
    shift 2
    case $command in
    --version | --options | --help | help | ..) return ;;
    esac
    [[ $commands == *" $command "* ]] ||
        complain "$page: sidle has no command \"$command\""
    while [ $# -gt 0 ]; do
        word=$1
        shift
        case $word in
        -*)
            if grep -qxF -- "${word%%=*}=" "options.$command"; then
                [[ $word == *=* ]] || shift
            elif ! grep -qxF -- "$word" "options.$command"; then
                complain "$page: sidle $command has no option \"$word\""
            fi
            ;;
        [a-z]*.*=*) check_key "$page" "${word%%=*}" ;;
        esac
    done
}

# run_command ARGUMENT...: those that plan or train the run of README or of an
# experiment, checked in full but for the data; --measure would take seconds.
declare -A has_run=()
run_command() {
    local word words=()
    local more=(data.kind=text data.path="$PWD/my.txt" data.valid_path=)
    for word in "$@"; do
        case $word in
        --measure | --dry-run) ;;
        data.path=*) return ;;
        *) words+=("$word") ;;
        esac
    done
    [ -z "${has_run["${words[*]}"]:-}" ] || return 0
    has_run["${words[*]}"]=1
    case "$1 ${2:-}" in
    "train mine.yaml") expect 0 "block" "$sidle" "${words[@]}" --dry-run ;;
    "plan mine.yaml") expect 0 "block" "$sidle" "${words[@]}" ;;
    "train experiments/"*)
        # A text can be another one. Tokens are not needed for a plan; a network
        # on video has no shapes without the video.
        if grep -q '^data:.*kind: tokens' "$top/$2"; then
            expect 0 "block" "$sidle" plan "$top/$2" "${words[@]:2}" --ranks 1
            return
        fi
        ! grep -q '^data:.*kind: video' "$top/$2" || return 0
        expect 0 "block" "$sidle" train "$top/$2" "${words[@]:2}" "${more[@]}" \
            --dry-run
        ;;
    esac
}

export SLURM_ARRAY_TASK_ID=1 # a page uses it

# The configuration of README, and of the pages that repeat it.
awk '/^```yaml$/ { on = 1; next } /^```$/ { on = 0 } on' "$top/README.md" \
    >mine.yaml
for i in $(seq 1 500); do echo "line $i of a text"; done >my.txt
mkdir docs

n_commands=0
n_keys=0
while IFS=$'\t' read -r page text; do
    # A key alone, "optim.lr" or "optim.lr: 1"; a key is longer than the end of
    # a file's name, but for "optim.lr" itself.
    if [[ $text =~ ^($sections)\.([a-z0-9_]{4,}|lr|eps|dir)([:=].*)?$ ]]; then
        check_key "$page" "${BASH_REMATCH[1]}.${BASH_REMATCH[2]}"
        n_keys=$((n_keys + 1))
        continue
    fi
    # A file of the repository
    if [[ $text =~ ^(src|mpi|io|tests|slurm|experiments|docs)/[^\ ]+$ ]]; then
        [ -e "$top/$text" ] || complain "$page: there is no \"$text\""
        continue
    fi
    text=${text%% \# *}
    [[ $text =~ (^|[\ /])(sidle|train\.sbatch|sample\.sbatch)\ ([^|\;\&\>]+) ]] ||
        continue
    program=${BASH_REMATCH[2]}
    mapfile -t words < <(xargs printf '%s\n' <<<"${BASH_REMATCH[3]}")
    [ "$program" = sidle ] || words=("${program%.sbatch}" "${words[@]}")
    check_command "$page" "${words[@]}"
    run_command "${words[@]}"
    n_commands=$((n_commands + 1))
done <said_by_pages
[ $n_commands -ge 20 ] && [ $n_keys -ge 20 ] ||
    complain "only $n_commands commands and $n_keys keys are found in the pages"

# ---- the kinds of layers and of losses: a row each, with all keys and defaults

# "conv2d kernel 3", "linear width required", "relu": as the program tells them.
sed -n '/^Kinds of layers/,$p' options | awk '
    /^  [a-z]/ { kind = $1; sub(":", "", kind); print kind }
    /^    [a-z]/ {
        key = $1
        sub(/.*; (default )?/, "")
        gsub(/[^a-z0-9.-]/, "")
        print kind, key, $0
    }' | sort >kinds.program
# The same of the rows of the page; a default may be said in words.
awk -F ' [|] ' '
    /^[|] (kind|loss) [|] keys/ { on = 1 }
    /^$/ { on = 0 }
    on && /^[|] `/ {
        kind = $1
        gsub(/[|` ]/, "", kind)
        print kind
        n = split($2, keys, /, `/)
        for (i = 1; i <= n; i++) {
            if (!match(keys[i], /[a-z_]+`/)) continue
            key = substr(keys[i], RSTART, RLENGTH - 1)
            value = "required"
            if (match(keys[i], /\(.*\)/))
                value = substr(keys[i], RSTART + 1, RLENGTH - 2)
            if (key == "padding" && value ~ /half/)
                value = "kernel-12roundeddown" # its words in the program
            gsub(/[^a-z0-9.-]/, "", value)
            print kind, key, value
        }
    }' "$top/docs/layers.md" | sort >kinds.page
diff kinds.program kinds.page >&2 ||
    complain "docs/layers.md: its kinds (>) are not those of the program (<)"
[ "$(wc -l <kinds.page)" -ge 40 ] || complain "docs/layers.md has no kinds"

# ---- the program of the library

awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on && !/^#include/' \
    "$top/docs/library.md" >program
[ -s program ] || complain "docs/library.md shows no program"
while IFS= read -r line; do
    grep -qxF -- "$line" "$top/tests/api/train_and_sample.c" ||
        complain "docs/library.md: \"$line\" is not in tests/api/train_and_sample.c"
done <program

# ---- the picture, but for what this machine's speed decides

# The order of boxes that begin at one moment is that of rounding errors.
shape() {
    grep -vE 'class="(title|tick)"|height="5.0"|class="unit" .*seconds<' "$1" | sort
}
picture=$(sed -nE 's/.*`sidle (plan mine.yaml [^`]*--svg docs\/plan.svg)`.*/\1/p' \
    "$top/README.md")
[ -n "$picture" ] || complain "README.md does not say how docs/plan.svg is made"
expect 0 "" "$sidle" $picture
if ! diff <(shape docs/plan.svg) <(shape "$top/docs/plan.svg") >difference; then
    head difference >&2
    complain "docs/plan.svg is not what \"sidle $picture\" makes; make it again"
fi
