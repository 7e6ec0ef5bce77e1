#!/usr/bin/env bash
# test_kill.sh - a few kills of test_kills.sh.
# timeout: 400
n_kills=5
chains=("pipedream 1 1 2,3,1")
. "$(dirname "$0")/kills.sh"
