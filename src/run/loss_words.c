/* loss_words.c - a loss in words. */
#include "run/loss_words.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>

const sidle_loss_kind *sidle_loss_kind_of(const sidle_model *model)
{
    return sidle_model_loss(model)->ops->loss;
}

/* Classes are lost in nats. */
double sidle_loss_bits(const sidle_loss_kind *kind, double loss)
{
    return kind->has_classes ? loss / M_LN2 : (double)NAN;
}

double sidle_loss_accuracy(const sidle_loss_kind *kind, int64_t n_correct,
                           int64_t n_targets)
{
    return kind->has_classes ? (double)n_correct / (double)n_targets
                             : (double)NAN;
}

void sidle_loss_print_clips(const sidle_clip_counts *clips, char *out,
                            size_t size)
{
    out[0] = '\0';
    if (clips->n_clips > 0)
        snprintf(out, size, "clip accuracy %.4f of %lld clip%s",
                 sidle_clip_accuracy(clips), (long long)clips->n_clips,
                 sidle_plural(clips->n_clips));
}

void sidle_loss_print(const sidle_loss_kind *kind, double loss, double accuracy,
                      const char *more, char *out, size_t size)
{
    if (kind->has_classes)
        snprintf(out, size, "%.4f (%.4f bits, accuracy %.4f%s%s)", loss,
                 sidle_loss_bits(kind, loss), accuracy,
                 more[0] != '\0' ? ", " : "", more);
    else if (more[0] != '\0')
        snprintf(out, size, "%.4g %s (%s)", loss, kind->unit, more);
    else
        snprintf(out, size, "%.4g %s", loss, kind->unit);
}
