/* sight.c - which frame a row shows at an item, and its target. */
#include "data/sight.h"

#include "base/number.h"

static sidle_sight of_frame(const sidle_sights *self, int64_t number)
{
    const sidle_clips *clips = self->config.clips;
    int64_t frame = clips->offsets[0] + number;

    return (sidle_sight){sidle_clips_find(clips, frame), frame, 0};
}

/* Scores of frames are gathered by clips. */
static sidle_sight of_evaluation(const sidle_sights *self, int64_t number)
{
    sidle_sight s = of_frame(self, number);

    s.left = s.clip;
    return s;
}

static sidle_sight of_stream(const sidle_sights *self, int64_t item,
                             ptrdiff_t row)
{
    const sidle_clips *clips = self->config.clips;
    sidle_stand at = sidle_walk_at(&self->walk, item, row);

    if (at.clip < 0) /* none of the row's clips has a frame */
        return (sidle_sight){0, -1, 0};
    return (sidle_sight){
        at.clip, clips->offsets[at.clip] + at.step * self->config.stride,
        at.left};
}

/* Each clip once: a row ends where the walk would begin anew. */
static sidle_sight of_clips(const sidle_sights *self, int64_t item,
                            ptrdiff_t row)
{
    const sidle_clips *clips = self->config.clips;
    sidle_stand at = sidle_walk_at(&self->walk, item, row);

    if (at.clip < 0 || item > self->n_items ||
        row + at.left * self->config.rows.all >= clips->n_clips)
        return (sidle_sight){0, -1, -1};
    return (sidle_sight){at.clip, clips->offsets[at.clip] + at.step, at.clip};
}

sidle_sight sidle_sight_of(const sidle_sights *self, int64_t item,
                           ptrdiff_t row)
{
    int64_t number = sidle_rows_number(&self->config.rows, item, row);
    uint64_t n = (uint64_t)self->n_frames;

    if (self->is_evaluation && self->config.is_by_clips)
        return of_clips(self, item, row);
    if (self->is_evaluation)
        return number < self->n_frames ? of_evaluation(self, number)
                                       : (sidle_sight){0, -1, 0};
    switch (self->config.order) {
    case SIDLE_SHUFFLE:
        return of_frame(
            self, (int64_t)sidle_rng_below(self->rng, (uint64_t)number, n));
    case SIDLE_SEQUENTIAL:
        return of_frame(self, number % self->n_frames);
    default:
        return of_stream(self, item, row);
    }
}

int64_t sidle_sight_next(const sidle_sights *self, const sidle_sight *s)
{
    int64_t end = self->config.clips->offsets[s->clip + 1];

    /* By a difference, because frame + ahead might overflow. */
    if (s->frame < 0 || self->config.ahead >= end - s->frame)
        return -1;
    return s->frame + self->config.ahead;
}

int32_t sidle_sight_label(const sidle_sights *self, const sidle_sight *s)
{
    if (s->frame < 0)
        return -1;
    return sidle_clips_label(self->config.clips, s->clip, s->frame);
}

int sidle_sight_has_target(const sidle_sights *self, const sidle_sight *s)
{
    return self->config.scores_next ? sidle_sight_next(self, s) >= 0
                                    : sidle_sight_label(self, s) >= 0;
}

int sidle_sights_count(const sidle_sights *self, int64_t item)
{
    for (ptrdiff_t row = 0; row < self->config.rows.all; row++) {
        sidle_sight s = sidle_sight_of(self, item, row);

        if (sidle_sight_has_target(self, &s))
            return 1;
    }
    return 0;
}

/* ---- what the clips have */

static sidle_status check_frames(const sidle_clips *clips)
{
    if (clips->n_clips > 0 && sidle_clips_frames(clips) > 0)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EDATA, "none of %lld clips has a frame",
                      (long long)clips->n_clips);
}

static sidle_status fail_targets(const sidle_frames *config)
{
    int64_t longest = 0;

    if (!config->scores_next)
        return sidle_fail(SIDLE_EDATA, "no frame of %lld clips has a label",
                          (long long)config->clips->n_clips);
    for (int64_t i = 0; i < config->clips->n_clips; i++) {
        const int64_t *offsets = config->clips->offsets + i;

        longest = sidle_larger(offsets[1] - offsets[0], longest);
    }
    return sidle_fail(SIDLE_EDATA,
                      "no frame has one %lld later to predict: the longest "
                      "clip has %lld; make 'ahead' of the loss smaller",
                      (long long)config->ahead, (long long)longest);
}

/* Frames that have a target, or that have none: whether there are any. */
static int has_some(const sidle_sights *self, int has_target)
{
    const sidle_clips *clips = self->config.clips;
    sidle_sight s = {0, clips->offsets[0], 0};
    int64_t end = s.frame + self->n_frames;

    for (; s.clip < clips->n_clips; s.clip++)
        for (; s.frame < clips->offsets[s.clip + 1] && s.frame < end; s.frame++)
            if (sidle_sight_has_target(self, &s) == has_target)
                return 1;
    return 0;
}

/* Whether clips have labels at all is told where the model is bound to them. */
static sidle_status check_targets(const sidle_sights *self)
{
    const sidle_frames *config = &self->config;

    if (has_some(self, 1) ||
        (!config->scores_next && !sidle_clips_have_labels(config->clips)))
        return SIDLE_OK;
    return fail_targets(config);
}

/* A row of a stream whose clips are empty does not matter: others have some. */
int sidle_sights_have_gaps(const sidle_sights *self)
{
    return has_some(self, 0);
}

/* ---- set up */

static int64_t count_steps(const void *context, int64_t clip)
{
    const sidle_frames *config = context;
    const int64_t *offsets = config->clips->offsets + clip;
    int64_t length = offsets[1] - offsets[0];

    /* Rounded up without a sum that might overflow. */
    return length / config->stride + (length % config->stride > 0);
}

static void init(sidle_sights *self, const sidle_frames *config)
{
    SIDLE_CHECK(config->ahead >= 0, "ahead is %lld", (long long)config->ahead);
    *self = (sidle_sights){
        .config = *config,
        .rng = {config->seed, sidle_rng_stream("data", 0)},
    };
    if (config->stride == 0)
        self->config.stride = 1;
}

sidle_status sidle_sights_train(sidle_sights *self, const sidle_frames *config)
{
    init(self, config);
    SIDLE_TRY(check_frames(config->clips));
    self->n_frames = sidle_clips_frames(config->clips);
    SIDLE_TRY(check_targets(self));
    if (config->order != SIDLE_STREAM)
        return SIDLE_OK;
    return sidle_walk_init(&self->walk, config->clips->n_clips,
                           config->rows.all, count_steps, &self->config);
}

/* The longest row, but no more items than the frames would be. */
static sidle_status begin_clips(sidle_sights *self)
{
    const sidle_clips *clips = self->config.clips;
    int64_t all = self->config.rows.all, most = 0;

    self->config.stride = 1;
    for (int64_t row = 0; row < all; row++) {
        int64_t n = 0;

        for (int64_t clip = row; clip < clips->n_clips; clip += all)
            n += clips->offsets[clip + 1] - clips->offsets[clip];
        most = sidle_larger(n, most);
    }
    if (self->n_frames == sidle_clips_frames(clips))
        self->n_items = most;
    self->n_items = sidle_smaller(self->n_items, most);
    return sidle_walk_init(&self->walk, clips->n_clips, all, count_steps,
                           &self->config);
}

sidle_status sidle_sights_evaluate(sidle_sights *self,
                                   const sidle_frames *config, int64_t most)
{
    init(self, config);
    SIDLE_TRY(check_frames(config->clips));
    self->is_evaluation = 1;
    self->n_frames = sidle_clips_frames(config->clips);
    if (most > 0 && most < self->n_frames)
        self->n_frames = most;
    self->n_items = (self->n_frames + config->rows.all - 1) / config->rows.all;
    SIDLE_TRY(check_targets(self));
    return self->config.is_by_clips ? begin_clips(self) : SIDLE_OK;
}

void sidle_sights_done(sidle_sights *self)
{
    sidle_walk_done(&self->walk);
}
