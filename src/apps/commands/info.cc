#include "src/apps/commands.h"

#include "src/capture/capture_reader.h"
#include "src/views/json/info.h"
#include "src/views/text/info.h"

namespace ttmem {
namespace info_parts {

int show(const std::string& path, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const Result<Capture> capture = open_capture(path);
    if (!capture) return terminal.fail(capture.error(), kFailed);
    const InfoValues values{capture->facts, capture->recording};
    return terminal.answer([&] { return info_text(values, terminal.look()); }, [&] { return info_json(values); });
}

}  // namespace info_parts

Command info_command() {
    using namespace info_parts;
    return {.name = "info",
            .summary = "what a capture contains, and what it lacks",
            .examples =
                "  ttmem info run.ttmem\n"
                "  ttmem info run.ttmem --json | jq .events\n",
            .details =
                "It reads no events, so it answers at once, whatever the size of the file. A capture that was cut or\n"
                "damaged, or whose recorder was killed, is read up to its last whole block; what is missing is said\n"
                "here and in every answer. That blocks lay over each other, as those of a mesh and its sub-meshes do,\n"
                "only the answers tell that read the events.\n",
            .add_options = [](OptionList& list) -> Run {
                const auto path = std::make_shared<std::string>();
                list.text("FILE", *path, "FILE", "The capture");
                return [path](const Invocation& invocation) { return show(*path, invocation); };
            }};
}

}  // namespace ttmem
