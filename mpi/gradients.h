/* gradients.h - the actions of a gradient in a block. Each returns 0 if it has
 * to wait; it has changed nothing then. Private to the runner. */
#ifndef SIDLE_MPI_GRADIENTS_H
#define SIDLE_MPI_GRADIENTS_H

#include "mpi/station.h"

/** SIDLE_OP_RECV_GRAD: from a later block; rows of other clips are masked. */
int sidle_gradient_receive(sidle_station *station);
/** SIDLE_OP_INPUT_GRAD: into the buffer of the link to the previous block. */
int sidle_gradient_of_input(sidle_station *station);
/** SIDLE_OP_SEND_GRAD: send that buffer. */
int sidle_gradient_send(sidle_station *station);
/** SIDLE_OP_WEIGHT_GRAD: add it to the gradients of the next update. */
int sidle_gradient_of_weights(sidle_station *station);

#endif
