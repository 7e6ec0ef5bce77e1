#!/usr/bin/env bash
# test_long_context.sh - 1,024 latents read 65,536 positions in little memory.
# The promise is 3 GiB a rank; 2 GiB of addresses, more than there is memory in
# use, leave no room for the 2 GiB of all heads' scores.
# timeout: 120
# label: once
# needs: addresses
. "$(dirname "$0")/expect.sh"
for i in $(seq 3200); do
    echo "line $i of a text that is made for the tests and nothing else"
done >text.txt
cat >run.yaml <<END
run:      {dir: run, steps: 2, seed: 3}
model:    {context: 65536, latents: 1024, width: 256, heads: 8, layers: 1}
parallel: {blocks: 2, schedule: pipedream, update_every: 1}
data:     {path: text.txt, batch: 1, valid_fraction: 0}
optim:    {warmup: 0}
log:      {every: 1}
END
expect 0 "step 2/2 +loss 5\\.[0-4]" mpirun -n 2 \
    bash -c 'ulimit -v 2097152; exec "$@"' - "$sidle" train run.yaml
