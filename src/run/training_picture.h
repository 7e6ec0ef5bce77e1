/* training_picture.h - at each evaluation of a run on clips a picture of some
 * frames with what the network says of them, for TensorBoard. */
#ifndef SIDLE_RUN_TRAINING_PICTURE_H
#define SIDLE_RUN_TRAINING_PICTURE_H

#include "run/setup_state.h"

#include "io/tensorboard.h"
#include "mpi/comm.h"

typedef struct sidle_training_picture sidle_training_picture;

/**
 * Prepare the pictures of a run's evaluations; NULL if there are none: the data
 * are no clips, nothing is evaluated meanwhile, the run has replicas, or the
 * program was built without libpng.
 * Calls:   on all ranks.
 * Owns:    borrows comm and set-up; the caller ends it with
 *          sidle_training_picture_free().
 */
sidle_training_picture *sidle_training_picture_new(const sidle_comm *comm,
                                                   const sidle_setup *setup);
/** The rank of the last block: take the rows of an item of an evaluation. NULL
 * is allowed. */
void sidle_training_picture_take(sidle_training_picture *picture,
                                 const sidle_block *block, int slot);
/** The same rank, before the report of the evaluation: send the picture to rank
 * 0, without waiting for it. NULL is allowed. */
void sidle_training_picture_send(sidle_training_picture *picture);
/**
 * Rank 0, after the report of an evaluation, which follows the picture: get it.
 * Owns:    image->bytes, until the next call; NULL: there is none.
 */
void sidle_training_picture_get(sidle_training_picture *picture,
                                sidle_tensorboard_image *image);
/** Calls: on all ranks; NULL is allowed. */
void sidle_training_picture_free(sidle_training_picture *picture);

#endif
