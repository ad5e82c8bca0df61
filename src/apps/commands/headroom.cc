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
    return {.name = "headroom",
            .summary = "show what each pool can still take: a KV cache, a larger batch, a trace region",
            .examples =
                "  ttmem headroom run.ttmem    what `ttmem run -o run.ttmem` recorded\n"
                "  ttmem headroom --pid 4711   a running process, as far back as its history goes\n"
                "  ttmem headroom --pid 4711 --json | jq '.pools[] | select(.pool == \"dram\") | .headroom_bytes'\n",
            .details =
                "The first line is about the pool in which an allocation failed, or that has less than a tenth\n"
                "left, or else about DRAM. The arithmetic is that of the chips with the least headroom.\n"
                "\n"
                "- HEADROOM: capacity less the peak, in reserved bytes per chip; for L1, also less the circular\n"
                "  buffers of the program with most of them. This much can be taken for good, and every recorded\n"
                "  program can run again, whatever lives then up to the peak. ttmem.headroom() of Python is the same.\n"
                "- IN ONE PIECE: the largest range of addresses in which nothing ever lay, in each bank, times the\n"
                "  number of banks, but no more than the headroom; for L1, what is above the circular buffers of\n"
                "  all programs, including those that are gone. It is given as bounds if the address at which a\n"
                "  bank begins is not known or a sub-device has an allocator of its own, and is not given if the\n"
                "  history has a gap.\n"
                "- FREE NOW, LARGEST NOW: for processes that are live at the end of the recording\n"
                "\n"
                "\"Kept at the peak\" is what `ttmem peak` calls persistent, kept to the end, program, trace, runtime\n"
                "and leaked; the rest was freed while the work went on. How far a batch can grow is reported only\n"
                "if iterations show what each of them takes, and covers only that. If the peak is an interval, or\n"
                "it is not known what ran when, the headroom is an interval, too.\n",
            .add_options = add_headroom_options};
}

}  // namespace ttmem
