/* issend.c - sends that are done no sooner than their receives have begun: an
 * MPI that sends nothing eagerly, through its profiling interface (MPI 3.1,
 * section 14.2). */
#include <mpi.h>

int MPI_Isend(const void *data, int count, MPI_Datatype type, int to, int tag,
              MPI_Comm comm, MPI_Request *request)
{
    return PMPI_Issend(data, count, type, to, tag, comm, request);
}

int MPI_Send(const void *data, int count, MPI_Datatype type, int to, int tag,
             MPI_Comm comm)
{
    return PMPI_Ssend(data, count, type, to, tag, comm);
}
