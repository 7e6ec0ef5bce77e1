/* version.c - what this build is made of. */
#include "base/version.h"
#include "cli/command.h"
#include "io/ckpt.h"
#include "math/gemm.h"
#include "mpi/comm.h"

#include <stdio.h>

void sidle_print_version(void *stream)
{
    FILE *out = stream;
    char hdf5[32], mpi[128];

    sidle_ckpt_library(hdf5, sizeof(hdf5));
    sidle_mpi_version(mpi, sizeof(mpi));
    fprintf(out, "sidle %s (commit %s)\n", sidle_version(), sidle_commit());
    fprintf(out, "compiler: %s %s%s\n", SIDLE_COMPILER, __VERSION__,
            SIDLE_IS_NATIVE ? ", for this processor" : ", portable");
    fprintf(out, "MPI: %s\n", mpi);
    fprintf(out, "HDF5: %s, parallel\n", hdf5);
    fprintf(out, "BLIS: %s, kernels %s\n", sidle_gemm_version(),
            sidle_gemm_kernels());
}
