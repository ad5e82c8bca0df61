#include "src/views/json/machines.h"
#include "src/apps/commands.h"
#include "src/collector/system.h"
#include "src/machine/mock_machines.h"
#include "src/views/text/machines.h"

namespace ttmem {
namespace machines_parts {

int show_machines(const Invocation& invocation) {
    const std::vector<MockMachine>& machines = mock_machines();
    return invocation.terminal.answer([&] { return machines_text(machines, invocation.terminal.look()); },
                                      [&] { return machines_json(machines, real_system()->now()); });
}

}  // namespace machines_parts

Command machines_command() {
    using namespace machines_parts;
    return {.name = "machines",
            .summary = "list the machines that tt-metal can mock, with their chips, cores and memory",
            .examples =
                "  ttmem machines\n"
                "  ttmem run --mock T3000 -- python3 model.py\n"
                "  ttmem machines --json | jq -r '.machines[].name'\n",
            .details =
                "MESH is the rows and columns of all chips together. CORES PER CHIP includes those that dispatch;\n"
                "how many run programs is the runtime's decision. Case and punctuation of names do not matter.\n",
            .add_options = [](OptionList&) -> Run { return show_machines; }};
}

}  // namespace ttmem
