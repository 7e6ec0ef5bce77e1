/* training_picture.c - a picture of frames, made on the rank of the last block,
 * sent to rank 0. */
#include "run/training_picture.h"

#include "run/eval_rows.h"
#include "run/eval_sheet.h"
#include "run/option_spec.h"

#include <stdlib.h>

enum { MOST_CLIPS = 4 };

struct sidle_training_picture {
    const sidle_comm *comm;
    sidle_eval_rows rows;
    sidle_clips clips; /* those of which every frame is evaluated */
    const sidle_layer *loss;
    int64_t ahead;
    sidle_eval_sheet *sheet;       /* of the present one */
    sidle_tensorboard_image image; /* the newest one */
    MPI_Request sent[2];           /* what it holds, its bytes */
};

/* At least one, of which there may be frames only. */
static sidle_clips whole_clips(const sidle_setup *setup)
{
    sidle_clips clips = setup->valid_part.clips;
    int64_t n = setup->plan.eval_items * setup->model->rows;

    while (clips.n_clips > 1 &&
           clips.offsets[clips.n_clips] - clips.offsets[0] > n)
        clips.n_clips--;
    return clips;
}

sidle_training_picture *sidle_training_picture_new(const sidle_comm *comm,
                                                   const sidle_setup *setup)
{
    sidle_training_picture *p;

    if (!setup->has_eval || !setup->eval.has_clips ||
        setup->plan.eval_every == 0 || setup->n_replicas > 1 ||
        !setup->options.log.tensorboard || sidle_png_check() != SIDLE_OK)
        return NULL;
    p = calloc(1, sizeof(*p));
    SIDLE_CHECK(p != NULL, "no memory for pictures");
    p->comm = comm;
    p->clips = whole_clips(setup);
    p->loss = sidle_model_loss(setup->model);
    p->ahead = sidle_option_ahead(&setup->options);
    p->sent[0] = p->sent[1] = MPI_REQUEST_NULL;
    sidle_eval_rows_init(setup, &p->rows);
    return p;
}

/* ---- the rank of the last block */

static void take_row(void *context, const sidle_eval_row *row)
{
    sidle_training_picture *p = context;

    sidle_eval_sheet_add(p->sheet, row);
}

static void wait_for_sent(sidle_training_picture *p)
{
    SIDLE_MPI(MPI_Waitall(2, p->sent, MPI_STATUSES_IGNORE));
    free(p->image.bytes);
    p->image.bytes = NULL;
}

/* Without a picture, nothing of no size. */
static void encode(sidle_training_picture *p)
{
    const sidle_picture *picture = sidle_eval_sheet_picture(p->sheet);

    p->image = (sidle_tensorboard_image){.height = picture->height,
                                         .width = picture->width,
                                         .channels = picture->channels};
    if (sidle_png_encode(picture, &p->image.bytes, &p->image.n) != SIDLE_OK)
        p->image = (sidle_tensorboard_image){0};
}

static void send(sidle_training_picture *p)
{
    const sidle_comm *comm = p->comm;

    SIDLE_MPI(MPI_Isend(&p->image, (int)sizeof(p->image), MPI_BYTE, 0,
                        SIDLE_TAG_PICTURE, comm->comm, &p->sent[0]));
    SIDLE_MPI(MPI_Isend(p->image.bytes, (int)p->image.n, MPI_BYTE, 0,
                        SIDLE_TAG_PICTURE, comm->comm, &p->sent[1]));
}

void sidle_training_picture_take(sidle_training_picture *p,
                                 const sidle_block *block, int slot)
{
    if (p == NULL)
        return;
    if (p->sheet == NULL) {
        sidle_eval_rows_restart(&p->rows);
        SIDLE_CHECK(sidle_eval_sheet_new(&p->clips, p->loss, p->ahead,
                                         MOST_CLIPS, &p->sheet) == SIDLE_OK,
                    "no memory for a picture");
    }
    sidle_eval_rows_each(&p->rows, block, slot, take_row, p);
}

void sidle_training_picture_send(sidle_training_picture *p)
{
    if (p == NULL)
        return;
    /* Rank 0 took the one before as its evaluation was reported. */
    wait_for_sent(p);
    p->image = (sidle_tensorboard_image){0};
    if (p->sheet != NULL)
        encode(p);
    if (p->comm->rank != 0)
        send(p);
    sidle_eval_sheet_free(p->sheet);
    p->sheet = NULL;
}

/* ---- rank 0 */

static void receive(sidle_training_picture *p)
{
    const sidle_comm *comm = p->comm;

    wait_for_sent(p);
    SIDLE_MPI(MPI_Recv(&p->image, (int)sizeof(p->image), MPI_BYTE,
                       comm->size - 1, SIDLE_TAG_PICTURE, comm->comm,
                       MPI_STATUS_IGNORE));
    p->image.bytes = malloc(p->image.n + 1);
    SIDLE_CHECK(p->image.bytes != NULL, "no memory for a picture");
    SIDLE_MPI(MPI_Recv(p->image.bytes, (int)p->image.n, MPI_BYTE,
                       comm->size - 1, SIDLE_TAG_PICTURE, comm->comm,
                       MPI_STATUS_IGNORE));
}

void sidle_training_picture_get(sidle_training_picture *p,
                                sidle_tensorboard_image *image)
{
    *image = (sidle_tensorboard_image){0};
    if (p == NULL)
        return;
    if (p->comm->size > 1)
        receive(p);
    if (p->image.n > 0)
        *image = p->image;
}

void sidle_training_picture_free(sidle_training_picture *p)
{
    if (p == NULL)
        return;
    wait_for_sent(p);
    sidle_eval_sheet_free(p->sheet);
    sidle_eval_rows_done(&p->rows);
    free(p);
}
