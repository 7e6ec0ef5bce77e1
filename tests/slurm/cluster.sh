# cluster.sh - for shell tests: a Slurm cluster of one machine, for an hour at
# most, in a folder of its own. Sourced; a test that has no Slurm is skipped.
#
# One controller and one slurmd a node, all of them on this host and all as
# this user, listening at 127.0.0.1 only; no systemd, no cgroups, no accounting.
# What belongs to the cluster (daemons, step daemons, job scripts, ranks) has
# SLURM_CONF=$cluster/slurm.conf in its environment, and is found by that.

for tool in munged slurmctld slurmd sbatch srun scontrol; do
    if ! PATH=$PATH:/usr/sbin command -v $tool >/dev/null; then
        echo "skipped: no $tool here; this test needs a Slurm to play with:" \
            "apt-get install slurmctld slurmd slurm-client munge"
        exit 77
    fi
done
PATH=$PATH:/usr/sbin

cluster=$(mktemp -d /tmp/sidle-slurm-XXXXXX)
chmod 755 "$cluster"

# cluster_processes: all that carry the name of this cluster's configuration.
cluster_processes() {
    local folder
    for folder in /proc/[0-9]*; do
        if tr '\0' '\n' <"$folder/environ" |
            grep -xF "SLURM_CONF=$1/slurm.conf" >/dev/null; then
            echo "${folder#/proc/}"
        fi
    done 2>/dev/null
}

# node_processes NODE: its daemon, its step daemons and their tasks. A step
# daemon has no environment to be known by, but its node's log is open.
node_processes() {
    local folder
    for folder in /proc/[0-9]*; do
        case $(tr '\0' ' ' <"$folder/cmdline") in
        "slurmd -D -N $1 -f $SLURM_CONF "*) ;;
        slurmstepd:*)
            ls -l "$folder/fd" | grep -F " $cluster/slurmd.$1.log" >/dev/null ||
                continue
            ;;
        *)
            [ "$(tr '\0' '\n' <"$folder/environ" | grep -cxF \
                -e "SLURM_CONF=$SLURM_CONF" -e "SLURMD_NODENAME=$1")" -eq 2 ] ||
                continue
            ;;
        esac
        echo "${folder#/proc/}"
    done 2>/dev/null
}

# cluster_end FOLDER: all processes of the cluster, what killed ranks left in
# memory, then its folder.
cluster_end() {
    local pids name
    name=$(sed -n 's/^ClusterName=//p' "$1/slurm.conf" 2>/dev/null) || true
    for _ in 1 2 3; do
        mapfile -t pids < <(cluster_processes "$1")
        [ ${#pids[@]} -gt 0 ] || break
        kill -KILL "${pids[@]}" 2>/dev/null || true
        sleep 0.1
    done
    rm -rf "$1" "/dev/shm/sidle-$name-"*
}

# It ends with the test, also when the test is killed: somebody waits for that
# who is no child of it.
(
    export -f cluster_processes cluster_end
    setsid bash -c 'for ((s = 0; s < 3600; s++)); do
            kill -0 $0 2>/dev/null || break
            sleep 1
        done
        cluster_end "$1"' $$ "$cluster" >/dev/null 2>&1 </dev/null &
)
set -E
trap 'echo "FAIL: line $LINENO: $BASH_COMMAND" >&2' ERR
trap 'code=$?; cluster_end "$cluster"; exit $code' EXIT

# Ports of 127.0.0.1 that nobody listens at: the first of as many as it takes.
free_ports() {
    local n=$1 first port
    for ((first = 20000 + $$ % 1000 * 10; ; first += n)); do
        for ((port = first; port < first + n; port++)); do
            (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue 2
        done
        echo "$first"
        return
    done
}

write_configuration() {
    local nodes=$1 cpus=$2 port memory me
    port=$(free_ports $((nodes + 1)))
    memory=$(awk -v n="$nodes" '/MemTotal/ {print int($2 / 1024 * 0.9 / n)}' \
        /proc/meminfo)
    me=$(id -un)
    cat >"$cluster/slurm.conf" <<CONF
ClusterName=sidle$$
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
AuthInfo=socket=$cluster/munge.socket
CredType=cred/munge
# else the daemons listen at every address
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool.%n
# else the nodes' PMIx folders are one
TmpFS=$cluster/tmp.%n
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.%n.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
# more processors than there are
SlurmdParameters=config_overrides
SwitchType=switch/none
MpiDefault=none
JobRequeue=0
KillWait=5
MinJobAge=3600
InactiveLimit=0
# a node that is silent for so long is down; one that speaks again is up
SlurmdTimeout=6
ReturnToService=2
PropagateResourceLimits=NONE
NodeName=n[1-$nodes] NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + nodes))] CPUs=$cpus Boards=1 SocketsPerBoard=1 CoresPerSocket=$cpus ThreadsPerCore=1 RealMemory=$memory State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=60 State=UP
CONF
    # A slurmd of 22.05 loads such a plugin always, and looks for it in vain
    # where no cgroups are mounted, unless it is named.
    echo "CgroupPlugin=cgroup/v1" >"$cluster/cgroup.conf"
}

# start_node NAME: its daemon, in the foreground of a session of its own.
start_node() {
    mkdir -p "$cluster/spool.$1" "$cluster/tmp.$1"
    setsid slurmd -D -N "$1" -f "$SLURM_CONF" \
        >>"$cluster/slurmd.$1.out" 2>&1 </dev/null &
    disown
}

# cluster_up NODES CPUS: nodes n1, n2, ... of so many processors each.
cluster_up() {
    local nodes=$1 cpus=$2 node end=$((SECONDS + 60))
    mkdir "$cluster/state"
    export SLURM_CONF=$cluster/slurm.conf
    head -c 128 /dev/urandom >"$cluster/munge.key"
    chmod 600 "$cluster/munge.key"
    munged --force --key-file="$cluster/munge.key" \
        --socket="$cluster/munge.socket" --pid-file="$cluster/munged.pid" \
        --log-file="$cluster/munged.log" --seed-file="$cluster/munge.seed"
    write_configuration "$nodes" "$cpus"
    setsid slurmctld -D -i -f "$SLURM_CONF" >"$cluster/slurmctld.out" 2>&1 \
        </dev/null &
    disown
    for ((node = 1; node <= nodes; node++)); do
        start_node n$node
    done
    until [ "$(sinfo -h -o '%D %t' 2>/dev/null)" = "$nodes idle" ]; do
        if [ $SECONDS -ge $end ]; then
            echo "FAIL: no cluster of $nodes idle nodes; its daemons say:" >&2
            tail -n 20 "$cluster"/*.log "$cluster"/*.out >&2
            exit 1
        fi
        sleep 0.1
    done
}

# node_is NODE STATE
node_is() {
    sinfo -h -n "$1" -o '%T' | grep "^$2" >/dev/null
}
