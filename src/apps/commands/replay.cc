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
    options->asked.may_import = false;  // it asks where every block lay
    add_recording_options(list, std::shared_ptr<AskedRecording>(options, &options->asked));
    add_what_if_option(list, std::shared_ptr<AskedWhatIf>(options, &options->what_if));
    return [options](const Invocation& invocation) { return show_replay(*options, invocation); };
}

}  // namespace replay_parts

Command replay_command() {
    using namespace replay_parts;
    return {.name = "replay",
            .summary = "check whether a recording would fit with other region sizes, policies or chips",
            .examples =
                "  ttmem replay run.ttmem                                does the model reproduce the recording?\n"
                "  ttmem replay run.ttmem --what-if l1_small=32K         another L1_SMALL, per core\n"
                "  ttmem replay run.ttmem --what-if trace_region=64M     another trace region, per chip\n"
                "  ttmem replay failed.ttmem --what-if policy=best_fit   would another allocator have had room?\n"
                "  ttmem replay run.ttmem --what-if machine=p150.ttmem   on chips like those of another capture\n"
                "  ttmem replay run.ttmem --what-if l1_small=0,trace_region=0 --json | jq .verdict\n",
            .details =
                "Replays the allocations and frees of a recording, in order, through a model of tt-metal's\n"
                "allocator: one for each pool of each mesh, sub-mesh or chip that was opened. A block that does not\n"
                "fit is left out, and the rest goes on. Allocations that failed in the recording are tried again.\n"
                "Circular buffers are checked at each dispatch against the lowest L1 buffer.\n"
                "\n"
                "- PER BANK: what each bank has\n"
                "- PEAK, FREE THEN, LARGEST: its use, free bytes and largest free block at its fullest moment\n"
                "- SAME PLACE: how often the model, given the recorded requests, chose the recorded address\n"
                "\n"
                "If the model always did, and the recording began with an empty device, the answer is exact.\n"
                "Otherwise it is a bound, and says so; then the verdict is \"does not fit\" only if more bytes are\n"
                "asked for than are free.\n"
                "\n"
                "L1 gives up what L1_SMALL gets, and DRAM what the trace region gets. The trace region is divided\n"
                "over the banks, as in tt-metal since 0.75. Without a trace region, no trace fits here, although\n"
                "tt-metal has put traces into DRAM since 2026.\n"
                "\n"
                "With machine=CAPTURE, the chips are like those of that recording. How many bytes a block takes in\n"
                "other banks is known only within bounds, because pages and shards are not recorded: the block fits\n"
                "if the upper bound does, and does not fit if the lower bound does not. Circular buffers are moved\n"
                "to the base of the other L1.\n"
                "\n"
                "Exit code: 0 if everything fits, 10 if it does not, 12 if that is not known.\n",
            .add_options = add_replay_options};
}

}  // namespace ttmem
