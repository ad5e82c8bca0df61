#include "src/views/text/replay.h"

#include "src/apps/commands.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/options/what_if_option.h"
#include "src/apps/sources/tracked.h"
#include "src/views/json/replay.h"

namespace ttmem {
namespace replay_parts {

struct ReplayOptions {
    AskedRecording asked;
    AskedWhatIf what_if;
};

int code_of(const WhatIf& what_if) {
    switch (what_if.verdict()) {
        case WhatIfVerdict::kFits:
            return kOk;
        case WhatIfVerdict::kDoesNotFit:
            return kCheckFailed;
        case WhatIfVerdict::kUnknown:
            break;
    }
    return kInconclusive;
}

// No device can be opened with more than a core, or a chip, of it has.
Result<void> is_possible(const DeviceSizes& sizes, const Snapshot& end) {
    const auto refuse = [](const char* name, uint64_t asked, const char* what, uint64_t has) -> Result<void> {
        if (asked <= has) return {};
        return Error{std::string(name) + "=" + human_bytes(asked) + " cannot be had",
                     std::string(what) + " of this recording has " + human_bytes(has), "ask for less"};
    };
    for (const Process& process : end.processes) {
        for (const ChipUse& use : process.chips) {
            const auto& dram = use.chip.pools[static_cast<size_t>(Pool::kDram)];
            const auto& trace = use.chip.pools[static_cast<size_t>(Pool::kTrace)];
            if (sizes.l1_small_bytes && use.chip.l1_bytes_per_core) {
                if (auto fits = refuse("l1_small", *sizes.l1_small_bytes, "a core", *use.chip.l1_bytes_per_core); !fits)
                    return fits;
            }
            if (!sizes.trace_region_bytes || !dram || !trace) continue;
            const uint64_t all = dram->banks * (dram->bytes_per_bank + trace->bytes_per_bank);
            if (auto fits = refuse("trace_region", *sizes.trace_region_bytes, "a chip", all); !fits) return fits;
        }
    }
    return {};
}

int show_replay(const ReplayOptions& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    AskedWhatIf what_if = options.what_if;
    if (const Result<void> read = read_machine(what_if); !read) return terminal.fail(read.error(), kUsage);
    const Result<Recording> recording = asked_recording(options.asked);
    if (!recording) return terminal.fail(recording.error(), options.asked.file.empty() ? kNothingTracked : kFailed);
    const Result<void> fits = is_possible(what_if.settings.sizes, recording->end);
    if (!what_if.settings.machine && !fits) return terminal.fail(fits.error(), kUsage);
    const ReplayValues values{*recording, what_if_of(*recording, what_if.settings), what_if.words};
    if (const Result<void> read = was_read(options.asked, *recording); !read)
        return terminal.fail(read.error(), kFailed);
    return terminal.answer([&] { return replay_text(values, terminal.look()); }, [&] { return replay_json(values); },
                           recording->end.processes.empty() ? code_of(recording->end) : code_of(values.what_if));
}

Run add_replay_options(OptionList& list) {
    const auto options = std::make_shared<ReplayOptions>();
    add_recording_options(list, std::shared_ptr<AskedRecording>(options, &options->asked));
    options->asked.may_import = false;  // it asks where every block lay
    add_what_if_option(list, std::shared_ptr<AskedWhatIf>(options, &options->what_if));
    return [options](const Invocation& invocation) { return show_replay(*options, invocation); };
}

}  // namespace replay_parts

Command replay_command() {
    using namespace replay_parts;
    return {
        .name = "replay",
        .summary = "whether it would fit otherwise: with other region sizes, or best fit instead of first fit",
        .examples =
            "  ttmem replay run.ttmem                                  does the model reproduce what was recorded?\n"
            "  ttmem replay run.ttmem --what-if l1_small=32K           with another L1_SMALL, per core\n"
            "  ttmem replay run.ttmem --what-if trace_region=64M       with another trace region, per chip\n"
            "  ttmem replay failed.ttmem --what-if policy=best_fit     would another allocator have had room?\n"
            "  ttmem replay run.ttmem --what-if machine=p150.ttmem     on chips such as those of another capture\n"
            "  ttmem replay run.ttmem --what-if l1_small=0,trace_region=0 --json | jq .verdict\n",
        .details =
            "Replays the allocations and frees of a recording in their order through a model of tt-metal's allocator,\n"
            "one for each mesh, sub-mesh or chip that was opened, and pool. PER BANK: what each bank has; PEAK, FREE\n"
            "THEN and LARGEST (free block) are of its fullest moment. A block that does not fit is left out, and the\n"
            "rest goes on. Allocations that failed when it was recorded are tried again. Circular buffers are checked\n"
            "at each dispatch against the lowest L1 buffer. What L1_SMALL gets L1 gives, and likewise the trace "
            "region\n"
            "and DRAM; the trace region is divided over the banks, as by tt-metal since 0.75.\n"
            "Without a region no trace fits here, while tt-metal puts it into DRAM since 2026.\n"
            "machine=CAPTURE: on chips such as those of that recording. How many bytes a block takes of other banks "
            "has\n"
            "bounds, because pages and shards are not recorded: it fits where the larger ones do, and does not where\n"
            "the smaller ones do not. Circular buffers are moved to the base of the other L1.\n"
            "SAME PLACE: how often the model, asked what the record asked, chose the address of the record. Where it\n"
            "always did, and the recording began with an empty device, the answer is exact; else it is a bound, and\n"
            "says so: then it does not fit only where more bytes are asked for than are free.\n"
            "Exit code: 0 it all fits; 10 it does not; 12 it cannot be told.\n",
        .add_options = add_replay_options};
}

}  // namespace ttmem
