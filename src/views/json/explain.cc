#include "src/views/json/explain.h"

#include "src/analysis/snapshot/story.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

Json cb_match_json(const Snapshot& s, const CbMatch& match) {
    const Program& program = s.programs[match.program];
    const ProgramCbs& cbs = program.cbs[match.cbs];
    const CircularBuffer& buffer = cbs.plan.buffers[match.buffer];
    const Process& process = s.processes[program.process.value];
    Json json;
    json["program_id"] = hex64(program.handle);
    json["ledger"] = hex128(process.ledger.value);
    json["pid"] = process.pid;
    json["program"] = text_or_null(program.name);
    json["op"] = text_or_null(s.texts[program.op]);
    json["place"] = valid_utf8(place_text(s.places[cbs.place.value]));
    json["index"] = buffer.index;
    json["address"] = buffer.address;
    json["bytes_per_core"] = buffer.bytes;
    json["cores"] = buffer.core_set().count();
    json["offset_bytes"] = match.offset;
    json["state"] = match.state_name();
    json["resident_cores"] = match.resident;  // over all chips of the place
    json["resident_on"] = Json::array();
    for (const ProgramCbs::OnChip& on : cbs.resident_on) json["resident_on"].push_back(hex64(on.chip.value));
    json["story"] = Json::array();
    for (const std::string& sentence : match.story) json["story"].push_back(valid_utf8(sentence));
    return json;
}

Json neighbour_json(const Snapshot& s, std::optional<uint32_t> i) {
    return i ? allocation_json(s, s.allocations[*i]) : Json(nullptr);
}

Json match_json(const Snapshot& s, const Match& match) {
    const Allocation& a = s.allocations[match.allocation];
    Json json = allocation_json(s, a);
    json["pages"] = a.page_bytes != 0 ? Json(a.pages()) : Json(nullptr);
    json["page_bytes"] = a.page_bytes != 0 ? Json(a.page_bytes) : Json(nullptr);
    json["banks"] = a.banks;
    json["data_banks"] = a.data_banks;
    json["bytes_per_bank"] = a.bytes_per_bank;
    json["offset_bytes"] = match.offset;
    json["state"] = standing_name(standing_of(s, a));
    json["story"] = Json::array();
    for (const std::string& sentence : match.story) json["story"].push_back(valid_utf8(sentence));
    return json;
}

}  // namespace

Json explain_json(const Snapshot& snapshot, const Explanation& explanation) {
    Json json = document("explain", snapshot.generated_at, snapshot.coverage);
    json["address"] = explanation.address.value;
    json["no_bank"] = text_or_null(valid_utf8(explanation.no_bank));
    json["matches"] = Json::array();
    for (const Match& match : explanation.matches) json["matches"].push_back(match_json(snapshot, match));
    json["circular_buffers"] = Json::array();
    for (const CbMatch& match : explanation.cb_matches) {
        json["circular_buffers"].push_back(cb_match_json(snapshot, match));
    }
    json["neighbours"] = Json::array();
    for (const Neighbours& n : explanation.neighbours) {
        Json item;
        item["pool"] = pool_name(n.pool);
        item["below"] = neighbour_json(snapshot, n.below);
        item["above"] = neighbour_json(snapshot, n.above);
        json["neighbours"].push_back(std::move(item));
    }
    return json;
}

}  // namespace ttmem
