/* clips.c - clips of frames: their number, their labels, the held-out part. */
#include "data/clips.h"

#include "data/split.h"
#include "data/walk.h"

int64_t sidle_clips_frames(const sidle_clips *clips)
{
    return clips->offsets[clips->n_clips] - clips->offsets[0];
}

int64_t sidle_clips_find(const sidle_clips *clips, int64_t frame)
{
    return sidle_walk_find(clips->offsets, clips->n_clips, frame);
}

int sidle_clips_have_labels(const sidle_clips *clips)
{
    return clips->labels != NULL || clips->frame_labels != NULL;
}

int32_t sidle_clips_label(const sidle_clips *clips, int64_t clip, int64_t frame)
{
    if (clips->frame_labels != NULL)
        return clips->frame_labels[frame];
    return clips->labels != NULL ? clips->labels[clip] : -1;
}

int64_t sidle_clips_classes(const sidle_clips *clips)
{
    int32_t most = -1;

    for (int64_t i = 0; clips->classes == 0 && i < clips->n_clips; i++)
        for (int64_t k = clips->offsets[i]; k < clips->offsets[i + 1]; k++) {
            int32_t label = sidle_clips_label(clips, i, k);

            most = label > most ? label : most;
        }
    return clips->classes > 0 ? clips->classes : (int64_t)most + 1;
}

void sidle_clips_split(const sidle_clips *clips, double fraction,
                       sidle_clips *train, sidle_clips *valid)
{
    int64_t n = sidle_split_count(fraction, clips->n_clips);

    *train = *clips;
    /* Both parts borrow: the whole is freed once. */
    train->done = NULL;
    *valid = *train;
    train->n_clips -= n;
    valid->first += train->n_clips;
    valid->offsets += train->n_clips;
    valid->n_clips = n;
    if (valid->labels != NULL)
        valid->labels += train->n_clips;
}
