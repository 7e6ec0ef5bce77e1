/* ending.c - what a run finds and says at its end. */
#include "run/ending.h"

#include "run/loss_words.h"
#include "run/setup_data.h"
#include "run/update_size.h"

#include "base/clock.h"
#include "base/log.h"
#include "io/json.h"
#include "io/replace.h"
#include "run/signals.h"
#include "run/training_stop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_NAME "final.json"
/* Between two looks whether somebody wishes to stop. */
#define SECONDS_OF_A_PIECE 1.0
#define SLOW 5.0 /* seconds of all that are worth a line */

void sidle_ending_report(sidle_run *run, const sidle_report *report)
{
    run->ending.sum += report->sum;
    run->ending.n_targets += report->n_targets;
    run->ending.n_correct += report->n_correct;
}

/* ---- piece by piece */

static int is_stop_wished(sidle_run *run)
{
    int came = sidle_signals_came();

    SIDLE_MPI(MPI_Allreduce(MPI_IN_PLACE, &came, 1, MPI_INT, MPI_MAX,
                            run->comm.comm));
    return came || (run->comm.rank == 0 &&
                    sidle_training_should_stop(run, sidle_now()));
}

static int64_t guess_piece(const sidle_run *run, int64_t done, double took)
{
    /* So many that each rank of the chain has something to do. */
    int64_t least = 2 * (int64_t)run->setup.chain_ranks;
    double n = took > 0.0 ? (double)done * SECONDS_OF_A_PIECE / took : 0.0;

    return n > (double)least ? (int64_t)fmin(n, 1e9) : least;
}

/* Items of the next piece, the same on every rank; 0: break it off. */
static int64_t next_piece(sidle_run *run, int64_t done, int64_t all,
                          double took)
{
    int64_t n = guess_piece(run, done, took);

    if (is_stop_wished(run))
        n = 0;
    /* The pipe is emptied between two pieces, which with skips is no help. */
    else if (run->setup.graph != NULL || n > all - done)
        n = all - done;
    /* By rank 0's clock: others may have guessed otherwise. */
    SIDLE_MPI(MPI_Bcast(&n, 1, MPI_INT64_T, 0, run->comm.comm));
    return n;
}

static void tell_duration(const sidle_run *run, int64_t done, int64_t all,
                          double took)
{
    double left = took * (double)(all - done) / (double)done;

    if (run->comm.rank == 0 && left > SLOW)
        sidle_info("evaluating all of the held-out part, about %.0f s; the "
                   "run is saved, and a signal ends only this evaluation",
                   left);
}

/* Answers how many items were done. A rank at the front of the chain is done
 * with a piece before the others, and waits for them. */
static int64_t evaluate(sidle_run *run, const sidle_source *source)
{
    double start = sidle_now(), took = 0.0;
    int64_t done = 0, all = source->n_items, n;

    while (done < all && (n = next_piece(run, done, all, took)) > 0) {
        double from = sidle_now();

        sidle_runner_evaluate(run->runner, source, done, n);
        if (done == 0)
            tell_duration(run, n, all, sidle_now() - start);
        done += n;
        took = sidle_now() - start;
        /* As many bytes as allow twice the time that this piece took. */
        sidle_patience_for("the evaluation at the end",
                           SIDLE_PATIENCE_BYTES * 2.0 * (sidle_now() - from));
    }
    sidle_patience_for("the run", 0.0);
    return done;
}

void sidle_ending_evaluate(sidle_run *run)
{
    sidle_source source = {0};
    sidle_status status;
    int64_t done = 0;

    if (!run->options.eval.at_end || !run->setup.has_eval)
        return;
    sidle_patience_for("the evaluation at the end",
                       sidle_data_bytes(&run->comm, &run->options));
    run->ending = (sidle_ending){.is_on = 1};
    status =
        sidle_agree(&run->comm, sidle_setup_all_windows(&run->setup, &source));
    if (status == SIDLE_OK)
        done = evaluate(run, &source);
    run->ending.is_on = 0;
    if (run->tally != NULL)
        run->ending.clips = sidle_clip_tally_end(run->tally);
    run->ending.is_whole = status == SIDLE_OK && done == source.n_items;
    if (source.done != NULL)
        source.done(&source);
    if (run->comm.rank == 0 && !run->ending.is_whole)
        sidle_warn("the evaluation at the end was %s: the run is finished "
                   "and saved; sidle eval %s repeats the evaluation",
                   status == SIDLE_OK ? "interrupted" : "not possible",
                   run->options.run.dir);
}

/* ---- words and final.json */

void sidle_ending_forget(const sidle_run *run)
{
    if (sidle_dir_remove(sidle_runfolder_at(run->folder), FILE_NAME) !=
        SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}

static int has_loss(const sidle_run *run)
{
    return run->ending.is_whole && run->ending.n_targets > 0;
}

static int is_early(const sidle_run *run)
{
    return run->setup.best.is_over != 0;
}

static void put_updates(sidle_json *json, const sidle_run *run)
{
    sidle_update_size of_update = sidle_update_size_of(&run->setup);

    sidle_json_int(json, "updates", sidle_runner_updates(run->runner));
    sidle_json_int(json, "rows_per_update", of_update.rows);
    sidle_json_int(json, "tokens_per_update", of_update.targets);
}

/* In the order of `eval --json`, and what else there is to say. */
static sidle_status write_json(const sidle_run *run)
{
    const sidle_ending *end = &run->ending;
    const sidle_best *best = &run->setup.best;
    const sidle_loss_kind *kind = sidle_loss_kind_of(run->setup.model);
    double n = (double)end->n_targets;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    sidle_json *json;
    sidle_status status;

    SIDLE_CHECK(stream != NULL, "no memory for " FILE_NAME);
    SIDLE_TRY(sidle_json_new(&json));
    sidle_json_int(json, "step", sidle_runner_item(run->runner));
    sidle_json_text(json, "checkpoint", "checkpoints/final.h5");
    if (has_loss(run)) {
        sidle_json_real(json, "loss", end->sum / n);
        sidle_json_int(json, "tokens", end->n_targets);
        if (kind->has_classes) {
            sidle_json_real(json, "accuracy", (double)end->n_correct / n);
            sidle_json_real(json, "bits_per_token",
                            sidle_loss_bits(kind, end->sum / n));
        }
        if (end->clips.n_clips > 0) {
            sidle_json_real(json, "clip_accuracy",
                            sidle_clip_accuracy(&end->clips));
            sidle_json_int(json, "clips", end->clips.n_clips);
        }
        sidle_json_text(json, "unit", kind->unit);
    }
    sidle_json_flag(json, "stopped_early", is_early(run));
    if (best->item > 0) {
        sidle_json_int(json, "best_step", best->item);
        sidle_json_real(json, "best_valid_loss", best->loss);
    }
    put_updates(json, run);
    status = sidle_json_print(json, stream);
    fclose(stream);
    if (status == SIDLE_OK)
        status = sidle_replace_file(sidle_runfolder_at(run->folder), FILE_NAME,
                                    text, size);
    free(text);
    return status;
}

/* That of an earlier evaluation says after which item. One that is not finite
 * has a warning of its own. */
static void print_valid(const sidle_run *run, char *out, size_t size)
{
    const sidle_loss_kind *kind = sidle_loss_kind_of(run->setup.model);
    const sidle_data_kind *data =
        sidle_data_kind_find(run->setup.options.data.kind);
    double loss = run->ending.sum / (double)run->ending.n_targets;
    char words[224], more[128], clips[64];

    out[0] = '\0';
    if (has_loss(run) && !isfinite(loss))
        return;
    if (has_loss(run)) {
        sidle_loss_print_clips(&run->ending.clips, clips, sizeof(clips));
        snprintf(more, sizeof(more), "%s%sall %lld held-out %ss", clips,
                 clips[0] != '\0' ? ", " : "", (long long)run->ending.n_targets,
                 data->element);
        sidle_loss_print(kind, loss,
                         sidle_loss_accuracy(kind, run->ending.n_correct,
                                             run->ending.n_targets),
                         more, words, sizeof(words));
        snprintf(out, size, ", valid loss %s", words);
    } else if (!isnan(run->progress.valid_loss))
        snprintf(out, size, ", valid loss %.4f after item %lld",
                 run->progress.valid_loss, (long long)run->last_eval);
}

void sidle_ending_tell(const sidle_run *run)
{
    char train[64] = "", valid[256];

    if (!isnan(run->progress.train_loss))
        snprintf(train, sizeof(train), ", train loss %.4f",
                 run->progress.train_loss);
    print_valid(run, valid, sizeof(valid));
    sidle_info("finished: %s/final.h5%s%s", run->checkpoints->path, train,
               valid);
    if (has_loss(run) && !isfinite(run->ending.sum))
        sidle_warn("the loss on the held-out part is not finite: the weights "
                   "of final.h5 are not usable");
    if ((has_loss(run) || is_early(run)) && write_json(run) != SIDLE_OK)
        sidle_warn("%s", sidle_fail_text());
}
