/* video_cnn.c - the short name of a small VGG: convolutions of 3 x 3 in pairs,
 * halved and doubled in channels from pair to pair, for the class of a frame.
 *
 * Source: Simonyan and Zisserman, arXiv:1409.1556, without norms as theirs. The
 * rows of a stream show one thing for many items; with group norms the network
 * follows the newest labels and forgets: on moving clothes at batch 4 it learnt
 * far less than without, with AdamW at three rates and with RMSprop, with exact
 * gradients and with late ones; on shuffled frames it learnt as well. */
#include "model/short.h"

enum { MOST_DOUBLINGS = 3, LEAST_PLACES = 4 };

static void add_convolution(sidle_spec_list *list, ptrdiff_t channels)
{
    sidle_short_set(sidle_short_add(list, "conv2d"), "channels", channels);
    sidle_short_add(list, "relu");
}

static void write_layers(const sidle_short_sizes *sizes, sidle_spec_list *list)
{
    ptrdiff_t y = sizes->frame.dims[0], x = sizes->frame.dims[1];

    for (ptrdiff_t i = 0; i < sizes->layers; i++) {
        ptrdiff_t pair = i / 2;

        /* Few places are left alone: a kernel looks at three. */
        if (i > 0 && i % 2 == 0 && y >= LEAST_PLACES && x >= LEAST_PLACES) {
            sidle_short_set(sidle_short_add(list, "max_pool"), "size", 2);
            y /= 2;
            x /= 2;
        }
        add_convolution(list,
                        sizes->width
                            << (pair < MOST_DOUBLINGS ? pair : MOST_DOUBLINGS));
    }
    sidle_short_add(list, "global_pool");
    sidle_short_set(sidle_short_add(list, "linear"), "width", sizes->classes);
}

const sidle_short sidle_short_video_cnn = {
    .name = "video_cnn",
    .loss = "cross_entropy",
    .width = 16,
    .least = 1,
    .most = 32,
    .has_classes = 1,
    .write = write_layers,
};
