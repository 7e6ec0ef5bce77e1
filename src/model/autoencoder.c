/* autoencoder.c - the short name of a network that makes frames of frames:
 * convolutions of stride 2 down to a narrow code, their adjoints up again.
 *
 * Source: Hinton and Salakhutdinov, Science 313 (2006), with convolutions. Each
 * step up makes exactly the places that the step down had: of m places a
 * kernel of 4 makes 2 m, one of 3 makes 2 m - 1. */
#include "model/short.h"

enum { MOST_HALVINGS = 8 };

typedef struct step {
    ptrdiff_t places[2], channels; /* of its input */
} step;

static void add_norm(sidle_spec_list *list, ptrdiff_t channels)
{
    sidle_short_set(sidle_short_add(list, "group_norm"), "groups",
                    sidle_short_groups(channels));
    sidle_short_add(list, "relu");
}

static step go_down(sidle_spec_list *list, const step *from, ptrdiff_t channels)
{
    sidle_spec_entry *entry = sidle_short_add(list, "conv2d");

    sidle_short_set(entry, "channels", channels);
    sidle_short_set(entry, "stride", 2);
    sidle_short_set(entry, "padding", 1);
    add_norm(list, channels);
    return (step){{(from->places[0] + 1) / 2, (from->places[1] + 1) / 2},
                  channels};
}

/* Back to what the step down began with. */
static void go_up(sidle_spec_list *list, const step *to)
{
    sidle_spec_entry *entry = sidle_short_add(list, "conv2d_transpose");
    const ptrdiff_t kernel[2] = {to->places[0] % 2 == 0 ? 4 : 3,
                                 to->places[1] % 2 == 0 ? 4 : 3};

    sidle_short_set(entry, "channels", to->channels);
    sidle_short_set_pair(entry, "kernel", kernel);
    sidle_short_set(entry, "stride", 2);
    sidle_short_set(entry, "padding", 1);
}

static void write_layers(const sidle_short_sizes *sizes, sidle_spec_list *list)
{
    const ptrdiff_t *frame = sizes->frame.dims, n = sizes->layers / 2;
    step steps[MOST_HALVINGS + 1] = {{{frame[0], frame[1]}, frame[2]}};

    for (ptrdiff_t i = 0; i < n; i++) {
        /* The code is as narrow as the first step, at fewer places. */
        ptrdiff_t doublings = i < n - 1 ? i : 0;

        steps[i + 1] = go_down(list, &steps[i], sizes->width << doublings);
    }
    for (ptrdiff_t i = n - 1; i >= 0; i--) {
        go_up(list, &steps[i]);
        /* Pixels have any sign and size. */
        if (i > 0)
            add_norm(list, steps[i].channels);
    }
}

const sidle_short sidle_short_autoencoder = {
    .name = "autoencoder",
    .loss = "mse",
    .width = 16,
    .least = 2,
    .most = 2 * MOST_HALVINGS,
    .is_even = 1,
    .write = write_layers,
};
