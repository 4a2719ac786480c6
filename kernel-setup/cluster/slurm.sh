#!/bin/bash
# Grades a class on a cluster with Slurm: one job of an array for each shard of the class.
#
#   sbatch --array=1-8 kernel-setup/cluster/slurm.sh ASSIGNMENT SUBMISSIONS OUT
#   nnkernel grade merge OUT/shard-*-of-8 -o OUT/class            # when all have ended
#
# or, in one go:
#
#   job=$(sbatch --parsable --array=1-8 kernel-setup/cluster/slurm.sh ASSIGNMENT SUBMISSIONS OUT)
#   sbatch --dependency=afterok:$job --wrap "nnkernel grade merge OUT/shard-*-of-8 -o OUT/class"
#
# Each job writes OUT/shard-I-of-N. The same command again goes on where jobs were killed; what is graded stays. To run some shards
# again, say how many there are: SHARDS=8 sbatch --array=3,5 …
#
# All shards draw their hidden inputs from one secret seed, which the first job puts into OUT/seed.
#
# What a node needs:
#   - `nnkernel` in PATH (or NNKERNEL=/path/to/nnkernel), and the same Rust toolchain on all nodes: shards that were graded by different
#     ones are not merged.
#   - unprivileged user namespaces, for the sandbox that student code runs in, and cgroups that the job may divide; `nnkernel doctor`
#     says what is missing. A sandbox with less is refused unless `nnkernel grade` is told to go on with --allow-weak-sandbox (GRADE_OPTIONS).
#   - ASSIGNMENT, SUBMISSIONS and OUT on a file system that all nodes share, OUT readable for nobody but you.
#   - the cache (NNKERNEL_CACHE) on a disk of its own, or shared: nnlib is compiled into it once. Nodes need no network after that.
#
#SBATCH --job-name=nnkernel-grade
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=04:00:00

set -euo pipefail
umask 077

if [ $# -ne 3 ] || [ -z "${SLURM_ARRAY_TASK_ID:-}" ]; then
    echo "usage: sbatch --array=1-N $(basename "$0") ASSIGNMENT SUBMISSIONS OUT" >&2
    exit 2
fi
assignment=$1 submissions=$2 out=$3

shards=${SHARDS:-$SLURM_ARRAY_TASK_MAX}
if [ -z "${SHARDS:-}" ] && { [ "$SLURM_ARRAY_TASK_MIN" -ne 1 ] || [ "$SLURM_ARRAY_TASK_COUNT" -ne "$SLURM_ARRAY_TASK_MAX" ]; }; then
    echo "expected --array=1-N, found $SLURM_ARRAY_TASK_COUNT jobs from $SLURM_ARRAY_TASK_MIN to $SLURM_ARRAY_TASK_MAX:" \
        "to run some shards of a class again, set SHARDS to the number of all" >&2
    exit 2
fi

# A link is made by one job only, however many try.
mkdir -p "$out"
if [ ! -s "$out/seed" ]; then
    draft=$(mktemp "$out/.seed-XXXXXX")
    # Six bytes: below 2^53, every reader of JSON reads a number alike.
    od -An -N4 -tu4 /dev/urandom | tr -d ' ' >"$draft"
    ln "$draft" "$out/seed" 2>/dev/null || true
    rm "$draft"
fi

read -r -a options <<<"${GRADE_OPTIONS:-}"
exec "${NNKERNEL:-nnkernel}" grade "$assignment" "$submissions" -o "$out/shard-$SLURM_ARRAY_TASK_ID-of-$shards" \
    --shard "$SLURM_ARRAY_TASK_ID/$shards" --seed "$(cat "$out/seed")" --jobs "${SLURM_CPUS_PER_TASK:-1}" ${options[@]+"${options[@]}"}
