#include "src/views/text/headroom.h"

#include "src/apps/asked_recording.h"
#include "src/apps/commands.h"
#include "src/views/json/headroom.h"

namespace ttmem {
namespace {

int show_headroom(const AskedRecording& asked, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const Result<Recording> recording = asked_recording(asked);
    if (!recording) return terminal.fail(recording.error(), asked.file.empty() ? kNothingTracked : kFailed);
    HeadroomValues values{*recording, headroom_of(*recording)};
    if (const Result<void> read = was_read(asked, *recording); !read) return terminal.fail(read.error(), kFailed);
    std::erase_if(values.headroom.pools, [&](const PoolHeadroom& room) {
        return !is_asked(asked, *recording, room.peak.chips, room.peak.pool);
    });
    return terminal.answer([&] { return headroom_text(values, terminal.look()); },
                           [&] { return headroom_json(values); },
                           recording->end.processes.empty() ? kNothingTracked : kOk);
}

Run add_headroom_options(OptionList& list) {
    const auto asked = std::make_shared<AskedRecording>();
    add_recording_options(list, asked);
    add_pool_options(list, asked);
    return [asked](const Invocation& invocation) { return show_headroom(*asked, invocation); };
}

}  // namespace

Command headroom_command() {
    return {
        .name = "headroom",
        .summary = "what each pool may still take: for a KV cache, a larger batch, a trace region",
        .examples =
            "  ttmem headroom run.ttmem                what `ttmem run -o run.ttmem` recorded\n"
            "  ttmem headroom --pid 4711               a process that runs, as far as its history goes\n"
            "  ttmem headroom --pid 4711 --json | jq '.pools[0].headroom_bytes'\n",
        .details =
            "HEADROOM is capacity less the peak, in reserved bytes per chip: so much may be taken for good, and no\n"
            "moment that was recorded lacks bytes. IN ONE PIECE: the largest range of addresses in which nothing\n"
            "ever lay, in each bank, times the banks, and no more than the headroom; of L1 what is above the\n"
            "circular buffers of programs that live. It has bounds where nothing tells at which address a bank\n"
            "begins, or where a sub-device has an allocator of its own; it is not told where the history has a\n"
            "gap. The arithmetic is of the chips with the least headroom. Kept at the peak is what `ttmem peak`\n"
            "calls persistent, program, trace, runtime and stale; the rest was freed later. FREE NOW and LARGEST\n"
            "NOW are of processes that live at the end of the recording. Where the peak is an interval, so is the\n"
            "headroom.\n",
        .add_options = add_headroom_options};
}

}  // namespace ttmem
