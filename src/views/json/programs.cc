#include "src/views/json/programs.h"

#include "src/analysis/snapshot/programs.h"
#include "src/base/text.h"
#include "src/views/json/untracked.h"

namespace ttmem {
namespace {

std::string_view kind_name(CbKind kind) {
    return kind == CbKind::kDataflow ? "dfb" : kind == CbKind::kScratchpad ? "scratchpad" : "cb";
}

Json buffer_json(const CircularBuffer& buffer) {
    Json json;
    json["index"] = buffer.index;
    json["kind"] = kind_name(buffer.kind);
    json["aliased"] = buffer.aliased;
    json["address"] = buffer.aliased ? Json(nullptr) : Json(buffer.address);
    json["bytes_per_core"] = buffer.bytes;
    json["cores"] = buffer.core_set().count();
    json["core_ranges"] = Json::array();
    for (const CoreRange& r : buffer.cores) {
        json["core_ranges"].push_back({{"x0", r.x0}, {"y0", r.y0}, {"x1", r.x1}, {"y1", r.y1}});
    }
    return json;
}

Json cbs_json(const Snapshot& s, const ProgramCbs& cbs, bool knows_resident) {
    Json json;
    add_place(json, s.places[cbs.place.value]);
    json["state"] = cbs.state_name();
    json["reserved_bytes"] = cbs.reserved_bytes;
    json["resident_bytes_all_chips"] = knows_resident ? Json(cbs.resident_bytes) : Json(nullptr);
    json["max_bytes_per_core"] = cbs.largest_core;
    json["resident_on"] = knows_resident ? Json::array() : Json(nullptr);
    for (const ProgramCbs::OnChip& on : cbs.resident_on) {
        json["resident_on"].push_back({{"chip_id", hex64(on.chip.value)}, {"cores", on.cores.count()}});
    }
    json["circular_buffers"] = Json::array();
    for (const CircularBuffer& buffer : cbs.plan.buffers) json["circular_buffers"].push_back(buffer_json(buffer));
    return json;
}

Json program_json(const Snapshot& s, const Program& program, bool knows_resident) {
    Json json = item_json(s, program.handle, program.process);
    json["name"] = text_or_null(program.name);
    json["unique_id"] = id_or_null(program.unique_id);
    json["state"] = program.destroyed ? "destroyed" : "live";
    json["op"] = text_or_null(s.texts[program.op]);
    json["tag"] = text_or_null(s.texts[program.tag]);
    json["thread"] = program.thread != 0 ? Json(program.thread) : Json(nullptr);
    json["since"] = time_or_null(program.created_at);
    json["places"] = knows_cbs(s.processes[program.process.value]) ? Json::array() : Json(nullptr);
    for (const ProgramCbs& cbs : program.cbs) json["places"].push_back(cbs_json(s, cbs, knows_resident));
    return json;
}

Json trace_json(const Snapshot& s, const Trace& trace, bool knows_plans) {
    Json json = item_json(s, trace.handle, trace.process);
    json["name"] = text_or_null(trace.name);
    json["number"] = trace.number;
    add_place(json, s.places[trace.place.value]);
    json["plans"] = knows_plans ? Json(trace.plans) : Json(nullptr);
    json["replayed"] = trace.replayed;
    json["state"] = trace.released ? "released_by_close" : "live";
    json["since"] = time_or_null(trace.captured_at);
    return json;
}

}  // namespace

Json programs_json(const ProgramsValues& values) {
    const Snapshot& s = values.snapshot;
    Json json = document("programs", s.generated_at, s.coverage);
    json["moment"] = text_or_null(values.moment);
    json["items"] = Json::array();
    for (size_t i = 0; i < values.shown(); ++i) {
        json["items"].push_back(program_json(s, s.programs[values.programs[i]], !values.from_history));
    }
    json["traces"] = Json::array();
    for (const uint32_t i : values.traces) json["traces"].push_back(trace_json(s, s.traces[i], !values.from_history));
    json["by_op"] = Json::array();
    for (const ProgramsOfOp& of : programs_by_op(s, values.programs)) {
        Json item = process_id_json(s.processes[of.process.value]);
        item["op"] = text_or_null(s.texts[of.op]);
        item["programs"] = of.programs;
        item["iterations"] = of.iterations;
        json["by_op"].push_back(std::move(item));
    }
    json["total"]["programs"] = values.programs.size();
    json["total"]["traces"] = values.traces.size();
    json["untracked_processes"] = untracked_json(values.untracked);
    return json;
}

}  // namespace ttmem
