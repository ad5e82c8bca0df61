#include "src/apps/commands.h"

#include "src/analysis/replay/replay.h"
#include "src/capture/capture_reader.h"
#include "src/views/json/info.h"
#include "src/views/text/info.h"

namespace ttmem {
namespace info_parts {

int show(const std::string& path, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    Result<Capture> capture = open_capture(path);
    if (!capture) return terminal.fail(capture.error(), kFailed);
    // Other answers may need no history; this one is about it.
    Coverage& coverage = capture->recording.end.coverage;
    if (has_inner_gaps(capture->recording) || coverage.events_lost != 0) coverage.complete = false;
    const InfoValues values{capture->facts, capture->recording};
    return terminal.answer([&] { return info_text(values, terminal.look()); }, [&] { return info_json(values); });
}

}  // namespace info_parts

Command info_command() {
    using namespace info_parts;
    return {.name = "info",
            .summary = "show what a capture contains, and what it lacks",
            .examples =
                "  ttmem info run.ttmem\n"
                "  ttmem info run.ttmem --json | jq .events\n",
            .details =
                "Reads no events, so it answers at once, whatever the size of the file. A capture that was cut off\n"
                "or damaged, or whose recorder was killed, is read up to its last whole block; what is missing is\n"
                "reported here and in every other answer. Blocks that overlap, such as those of a mesh and its\n"
                "sub-meshes, are reported only by commands that read the events.\n",
            .add_options = [](OptionList& list) -> Run {
                const auto path = std::make_shared<std::string>();
                list.text("FILE", *path, "", "Capture to read");
                return [path](const Invocation& invocation) { return show(*path, invocation); };
            }};
}

}  // namespace ttmem
