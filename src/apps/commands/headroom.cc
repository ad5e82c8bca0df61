#include "src/views/text/headroom.h"

#include "src/apps/commands.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/sources/tracked.h"
#include "src/views/json/headroom.h"

namespace ttmem {
namespace headroom_parts {

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
                           [&] { return headroom_json(values); }, code_of(recording->end));
}

Run add_headroom_options(OptionList& list) {
    const auto asked = std::make_shared<AskedRecording>();
    add_recording_options(list, asked);
    add_pool_options(list, asked);
    return [asked](const Invocation& invocation) { return show_headroom(*asked, invocation); };
}

}  // namespace headroom_parts

Command headroom_command() {
    using namespace headroom_parts;
    return {
        .name = "headroom",
        .summary = "what each pool may still take: for a KV cache, a larger batch, a trace region",
        .examples =
            "  ttmem headroom run.ttmem                what `ttmem run -o run.ttmem` recorded\n"
            "  ttmem headroom --pid 4711               a process that runs, as far as its history goes\n"
            "  ttmem headroom --pid 4711 --json | jq '.pools[] | select(.pool == \"dram\") | .headroom_bytes'\n",
        .details =
            "HEADROOM is capacity less the peak, in reserved bytes per chip, of L1 also less what circular buffers\n"
            "needed beside it: so much may be taken for good, and no moment that was recorded lacks bytes. IN ONE\n"
            "PIECE: the largest range of addresses in which nothing ever lay, in each bank, times the banks, and no\n"
            "more than the headroom; of L1 what is above the circular buffers of all programs, also of those that\n"
            "have gone. It has bounds where nothing tells at which address a bank begins, or where a sub-device has\n"
            "an allocator of its own; it is not told where the history has a gap. The first line is about the pool in\n"
            "which an allocation failed, or of which less than a tenth is left, or else about dram. The arithmetic is\n"
            "of the chips with the least headroom. Kept at the peak is what `ttmem peak` calls persistent, kept to\n"
            "the end, program, trace, runtime and leaked; the rest was freed while the work went on. By how much a\n"
            "batch may grow is told only where iterations tell what each of them takes, and of that alone. FREE NOW\n"
            "and LARGEST NOW are of processes that live at the end of the recording. Where the peak is an interval, "
            "or\n"
            "what ran when is not known, so is the headroom.\n",
        .add_options = add_headroom_options};
}

}  // namespace ttmem
