// Two runs of a model on a chip: in the second matmul takes 64 MiB more, and cache is new and stays.
#pragma once

#include "src/views/values/diff.h"
#include "tests/support/recording_maker.h"

namespace ttmem {

inline RunFigures sample_run(bool is_second) {
    constexpr uint64_t kMiB = 1024 * 1024;
    RecordingMaker maker;
    const uint32_t chip = maker.place({0xa0});
    const uint32_t load = maker.text("load"), weights = maker.text("weights"), matmul = maker.text("matmul"),
                   cache = maker.text("cache");
    maker.alloc(chip, Pool::kDram, 8 * 1024 * kMiB, {.op = load, .tag = weights, .persistent = true});
    if (is_second) maker.alloc(chip, Pool::kDram, 32 * kMiB, cache);
    maker.free(maker.alloc(chip, Pool::kDram, (is_second ? 192 : 128) * kMiB, matmul));
    return run_figures(maker.finish(), is_second ? "today.ttmem" : "yesterday.ttmem");
}

inline std::vector<RunFigures> sample_runs() { return {sample_run(false), sample_run(true)}; }

}  // namespace ttmem
