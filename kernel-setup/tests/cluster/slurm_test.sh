#!/bin/bash
# Grades a class on a cluster of one node, in three shards, and compares what comes out with one grading of the whole.
#
#   kernel-setup/tests/cluster/slurm_test.sh ASSIGNMENT SUBMISSIONS
#
# NNKERNEL names the program (target/debug/nnkernel); GRADE_OPTIONS are passed on. The cluster is made of Debian's packages slurm-wlm and munge, in
# a temporary folder and on ports of its own, and is gone at the end; it comes up within seconds. Exit status: 0 if all is alike, 77 if the
# packages are missing, anything else if not.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
assignment=${1:?usage: slurm_test.sh ASSIGNMENT SUBMISSIONS} submissions=${2:?usage: slurm_test.sh ASSIGNMENT SUBMISSIONS}
# The folder, or the name of one of this checkout's.
if [ ! -e "$assignment" ]; then assignment=$here/../../../notebooks/$assignment; fi
assignment=$(realpath -e "$assignment")
submissions=$(realpath "$submissions")
NNKERNEL=$(realpath "$(command -v "${NNKERNEL:-$here/../../../target/debug/nnkernel}")")
export NNKERNEL
shards=3

PATH=$PATH:/usr/sbin
for program in munged slurmctld slurmd sbatch scontrol; do
    if ! command -v "$program" >/dev/null; then
        echo "skipped: there is no $program (Debian: apt-get install slurm-wlm munge)" >&2
        exit 77
    fi
done

folder=$(mktemp -d /tmp/nnkernel-slurm-XXXXXX)
chmod 755 "$folder"
cleanup() {
    status=$?
    if [ "$status" -ne 0 ]; then
        tail -n 20 "$folder"/*.log "$folder"/work/*.out 2>/dev/null || true
    fi
    # In this order: a node tells its controller, and both ask munge.
    for daemon in slurmd slurmctld munged; do
        if [ -s "$folder/$daemon.pid" ]; then
            process=$(cat "$folder/$daemon.pid")
            kill "$process" 2>/dev/null || true
            tail --pid="$process" -f /dev/null
        fi
    done
    rm -rf "$folder"
    exit "$status"
}
trap cleanup EXIT

user=$(id -un) node=$(hostname -s)
# A pair of ports that nobody listens on.
port=$((20000 + RANDOM % 20000))
mkdir -p "$folder"/{state,spool,work}
dd if=/dev/urandom of="$folder/munge.key" bs=1024 count=1 status=none
chmod 600 "$folder/munge.key"
cat >"$folder/slurm.conf" <<END
ClusterName=test
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,sched_interval=1
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=test Nodes=$node Default=YES State=UP
END
# Nothing asks for control groups here. Slurm before 23.02 wants a plugin all the same; this one does nothing until it is asked.
version=$(slurmd -V | grep -o '[0-9][0-9]\.[0-9]*' | head -n 1)
if [ "$(printf '%s\n' 23.02 "$version" | sort -V | head -n 1)" = 23.02 ]; then
    echo "CgroupPlugin=disabled" >"$folder/cgroup.conf"
else
    printf 'CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n' >"$folder/cgroup.conf"
fi
export SLURM_CONF=$folder/slurm.conf

munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
    --log-file="$folder/munged.log" --seed-file="$folder/munge.seed"
slurmctld -f "$SLURM_CONF"
slurmd -f "$SLURM_CONF" -N "$node"

out=$folder/out
cd "$folder/work"
echo "a cluster of one node on ports $port and $((port + 1)); grading in $shards shards"
sbatch --wait --mem=0 --cpus-per-task=1 --array="1-$shards" "$here/../../cluster/slurm.sh" "$assignment" "$submissions" "$out"
"$NNKERNEL" grade merge "$out"/shard-*-of-$shards -o "$out/class"

echo "grading the whole"
read -r -a options <<<"${GRADE_OPTIONS:-}"
"$NNKERNEL" grade "$assignment" "$submissions" -o "$folder/whole" --seed "$(cat "$out/seed")" ${options[@]+"${options[@]}"}

cmp "$folder/whole/grades.csv" "$out/class/grades.csv"
echo "alike: $(($(wc -l <"$out/class/grades.csv") - 1)) students, $(cat "$out"/shard-*-of-$shards/grades.csv | grep -vc '^assignment,') in $shards shards"

# Some shards again, which says how many there are; and a part of an array, which does not.
SHARDS=$shards sbatch --wait --mem=0 --cpus-per-task=1 --array=2 "$here/../../cluster/slurm.sh" "$assignment" "$submissions" "$out"
"$NNKERNEL" grade merge "$out"/shard-*-of-$shards -o "$out/class"
cmp "$folder/whole/grades.csv" "$out/class/grades.csv"
if sbatch --wait --mem=0 --cpus-per-task=1 --array=2 "$here/../../cluster/slurm.sh" "$assignment" "$submissions" "$out" >/dev/null 2>&1; then
    echo "expected a part of an array to be refused" >&2
    exit 1
fi
echo "passed"
