#include "src/views/json/recorded.h"

#include "src/base/text.h"

namespace ttmem {

Json recording_document(std::string_view command, const Recording& recording, const Coverage& coverage) {
    const auto time = [](WallTime at) { return at != 0 ? Json(rfc3339(at)) : Json(nullptr); };
    Json json = document(command, recording.end.generated_at, coverage);
    Json& of = json["recording"];
    of["began_at"] = time(recording.began_at);
    of["ended_at"] = time(recording.ended_at);
    of["events"] = recording.events;
    of["processes"] = Json::array();
    for (const Process& process : recording.end.processes) {
        Json item = process_id_json(process);
        item["comm"] = valid_utf8(process.comm);
        item["state"] = process_state_name(process.state);
        of["processes"].push_back(item);
    }
    of["gaps"] = Json::array();
    for (const HistoryGap& gap : recording.gaps) {
        of["gaps"].push_back({{"pid", recording.end.processes[gap.process.value].pid},
                              {"from", time(gap.from)},
                              {"to", time(gap.to)},
                              {"events", gap.events != 0 ? Json(gap.events) : Json(nullptr)},
                              {"why", valid_utf8(gap.why)}});
    }
    return json;
}

Json chip_ids_json(const std::vector<ChipId>& chips) {
    Json json = Json::array();
    for (const ChipId chip : chips) json.push_back(hex64(chip.value));
    return json;
}

Json sum_on_all_chips_json(const Sum& sum) {
    return {{"allocations", sum.allocations},
            {"requested_bytes_all_chips", sum.requested_bytes},
            {"reserved_bytes_all_chips", sum.reserved_bytes}};
}

Json sum_json(const Sum& sum) {
    return {{"allocations", sum.allocations},
            {"requested_bytes", sum.requested_bytes},
            {"reserved_bytes", sum.reserved_bytes}};
}

Holders::Holders(const Snapshot& tables) {
    for (const Program& program : tables.programs) {
        names_[{program.process.value, program.handle}] = program_name(program);
    }
    for (const Trace& trace : tables.traces) {
        names_[{trace.process.value, trace.handle}] = trace.name.empty() ? hex64(trace.number) : trace.name;
    }
}

Json Holders::name(uint32_t process, uint64_t handle) const {
    const auto found = names_.find({process, handle});
    return found != names_.end() ? text_or_null(found->second) : Json(nullptr);
}

}  // namespace ttmem
