#include "src/views/json/machines.h"

namespace ttmem {

Json machines_json(std::span<const MockMachine> machines, WallTime generated_at) {
    Json json = document("machines", generated_at, {});
    json["machines"] = Json::array();
    for (const MockMachine& machine : machines) {
        if (!machine.contents) continue;
        const MachineContents& has = *machine.contents;
        json["machines"].push_back({{"name", machine.name},
                                    {"other_names", machine.aliases},
                                    {"title", machine.title},
                                    {"architecture", has.architecture},
                                    {"chips", has.chips},
                                    {"mesh", {has.rows, has.columns}},
                                    {"dram_bytes", has.dram_bytes},
                                    {"dram_banks", has.dram_banks},
                                    {"cores", has.cores},
                                    {"l1_bytes_per_core", has.l1_bytes_per_core}});
    }
    return json;
}

}  // namespace ttmem
