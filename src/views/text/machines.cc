#include "src/views/text/machines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "src/base/text.h"
#include "src/views/text/table.h"
#include "src/views/text/wrap.h"

namespace ttmem {

std::string machines_text(std::span<const MockMachine> machines, const Look& look) {
    Table table({{"MACHINE"},
                 {"CHIPS", Align::kRight},
                 {"MESH", Align::kRight},
                 {"DRAM PER CHIP", Align::kRight},
                 {.title = "BANKS", .align = Align::kRight, .spare = 2},
                 {.title = "CORES PER CHIP", .align = Align::kRight, .spare = 1},
                 {.title = "L1 PER CORE", .align = Align::kRight},
                 {.title = "ARCHITECTURE", .spare = 3},
                 {.title = "ALSO CALLED", .only_if_used = true, .spare = 4}});
    for (const MockMachine& machine : machines) {
        if (!machine.contents) continue;
        const MachineContents& has = *machine.contents;
        table.add({machine.name, with_commas(has.chips), fmt::format("{}x{}", has.rows, has.columns),
                   look.bytes(has.dram_bytes), with_commas(has.dram_banks), with_commas(has.cores),
                   look.bytes(has.l1_bytes_per_core), has.architecture,
                   fmt::format("{}", fmt::join(machine.aliases, ", "))});
    }
    return table.render(look) +
           wrapped("These are the chips' own sizes; what the runtime keeps for itself differs between its versions.\n",
                   look);
}

}  // namespace ttmem
