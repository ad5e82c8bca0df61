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

// The first run, cut before its first event: what was live is known by the process's own counts alone.
inline RunFigures sample_cut_run() {
    constexpr uint64_t kMiB = 1024 * 1024;
    RecordingMaker maker;
    maker.place({0xa0});
    maker.use(0, 0xa0).pool(Pool::kDram).peak_reserved = Interval{8 * 1024 * kMiB, 8 * 1024 * kMiB};
    maker.recording.end.processes[0].started_at = RecordingMaker::kBegan - 1;
    maker.recording.end.coverage.note("the capture cut.ttmem is not whole");
    return run_figures(maker.finish(), "cut.ttmem");
}

inline std::vector<RunFigures> sample_runs() { return {sample_run(false), sample_run(true)}; }

}  // namespace ttmem
