# shellcheck shell=bash disable=SC2034
# env.sh - what a site must say; the only file of this folder that it edits.
#
# Both job scripts read this before they do anything else, in the folder from
# which the job was submitted. What sbatch's environment says already wins over
# a line of the form  : "${NAME:=value}".

# Open MPI and HDF5, where they are not in the system's folders: those that
# sidle was built with.
# module load openmpi hdf5-parallel

# The program, if it is not build/sidle in the folder above this one.
# : "${SIDLE:=/opt/sidle/bin/sidle}"

# What starts the ranks: srun, or mpirun. srun needs a Slurm with PMIx (is
# "pmix" among the words of `srun --mpi=list`?) and does accounting and binding.
# Where it is missing use mpirun, of the Open MPI that sidle was built with; it
# must know Slurm (`ompi_info | grep slurm`), as Debian's does.
: "${SIDLE_LAUNCHER:=srun}"

# More options for it, one word each.
SIDLE_LAUNCHER_OPTIONS=()
# SIDLE_LAUNCHER_OPTIONS=(--mpi=pmix_v4)
# SIDLE_LAUNCHER_OPTIONS=(--map-by slot:PE=2)

# Open MPI's parameters have names of their own in the environment. The network
# between the nodes, where Open MPI tries several:
# export OMPI_MCA_btl_tcp_if_include=ib0
# More ranks than cores on a node (Slurm's --overcommit, or nodes of which Slurm
# believes too much): a rank that waits lets others compute.
# export OMPI_MCA_mpi_yield_when_idle=1

# One thread a rank: BLIS, should it be one with threads.
export BLIS_NUM_THREADS="${BLIS_NUM_THREADS:-1}"
