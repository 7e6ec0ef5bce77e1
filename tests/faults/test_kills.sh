#!/usr/bin/env bash
# test_kills.sh - 50 kills at random moments, a fifth of them inside a save at
# least: schedules with and without weights in flight, split backwards, replicas.
# label: drill
# timeout: 1200
n_kills=10
chains=("pipedream 1 1 3,2,4" "sideways 1 1 4,1,3" "zero-bubble 2 1 2,4,3"
    "1f1b 2 1 3,4,1" "pipedream 1 2 4,2,6")
. "$(dirname "$0")/kills.sh"
