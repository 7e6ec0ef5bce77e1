/* sidle.h - all that the library offers, room by room.
 *
 *   #include <sidle.h>
 *
 * with the flags of `pkg-config --cflags --libs sidle`, or in CMake with
 * find_package(sidle) and target_link_libraries(.. sidle::sidle). In C++ the
 * names are those of C. Every header of this list may also be included by
 * itself; what a room keeps for itself is not installed. */
#ifndef SIDLE_H
#define SIDLE_H

/* What a call can answer, words, numbers, memory. */
#include "base/arena.h"
#include "base/array.h"
#include "base/clock.h"
#include "base/item.h"
#include "base/log.h"
#include "base/option.h"
#include "base/rng.h"
#include "base/status.h"
#include "base/text.h"
#include "base/words.h"

/* Kernels. */
#include "base/real.h"
#include "math/activation.h"
#include "math/gemm.h"
#include "math/vector.h"
#include "math/xent.h"

/* Layers, models and their blocks. */
#include "layer/layer.h"
#include "layer/perceiver.h"
#include "layer/places.h"
#include "layer/sizes.h"
#include "model/block.h"
#include "model/cost.h"
#include "model/model.h"
#include "model/partition.h"
#include "model/perceiver.h"
#include "model/scores.h"
#include "model/skips.h"
#include "model/spec.h"
#include "optim/optim.h"

/* Plans of blocks, and what they cost. */
#include "schedule/check.h"
#include "schedule/event.h"
#include "schedule/graph.h"
#include "schedule/listing.h"
#include "schedule/plan.h"
#include "schedule/print.h"
#include "schedule/rule.h"
#include "schedule/svg.h"
#include "schedule/timeline.h"

/* Rows to train on, sequences to generate. */
#include "data/clips.h"
#include "data/corpus.h"
#include "data/crops.h"
#include "data/frames.h"
#include "data/frames_config.h"
#include "data/ids.h"
#include "data/rows.h"
#include "data/source.h"
#include "data/windows.h"
#include "sample/generate.h"
#include "sample/pick.h"

/* Ranks. */
#include "mpi/comm.h"
#include "mpi/forecast.h"
#include "mpi/guards.h"
#include "mpi/handover.h"
#include "mpi/health.h"
#include "mpi/hooks.h"
#include "mpi/layout.h"
#include "mpi/link.h"
#include "mpi/patience.h"
#include "mpi/report.h"
#include "mpi/restore.h"
#include "mpi/runner.h"
#include "mpi/runner_config.h"
#include "mpi/state.h"
#include "mpi/sync.h"
#include "mpi/trace.h"
#include "mpi/tracer.h"

/* Files. */
#include "io/ckpt.h"
#include "io/config.h"
#include "io/corpus_file.h"
#include "io/corpus_share.h"
#include "io/dir.h"
#include "io/json.h"
#include "io/metrics.h"
#include "io/runfolder.h"
#include "io/staleness_file.h"
#include "io/tensorboard.h"
#include "io/trace_file.h"

/* A run as a whole, and what is made of its checkpoints: the commands `train`,
 * `eval` and `sample` call these. */
#include "run/clip_tally.h"
#include "run/display.h"
#include "run/eval_request.h"
#include "run/evaluate.h"
#include "run/loaded.h"
#include "run/prompt.h"
#include "run/run.h"
#include "run/run_config.h"
#include "run/run_start.h"
#include "run/sampler.h"

#endif
