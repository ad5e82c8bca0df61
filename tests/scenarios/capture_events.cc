// Prints what is in a capture, for the scenarios that hold it against the truth: a JSON document in a line for what was
// live before, then one for each event.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "src/capture/capture_reader.h"

namespace {

using Json = nlohmann::json;

Json place_json(const ttmem::Snapshot& end, uint32_t index) {
    const ttmem::Place& place = end.places[index];
    Json chips = Json::array();
    for (const ttmem::ChipId chip : place.chips) chips.push_back(chip.value);
    return {{"kind", static_cast<int>(place.kind)}, {"number", place.number}, {"chips", chips}, {"index", index}};
}

Json event_json(const ttmem::Snapshot& end, const ttmem::Event& event) {
    Json json = {{"kind", static_cast<int>(event.kind)},
                 {"at", event.at},
                 {"order", event.order},
                 {"subject", event.subject},
                 {"address", event.address},
                 {"requested_bytes", event.requested_bytes},
                 {"reserved_bytes", event.bytes_per_bank * event.banks},
                 {"holder", event.holder},
                 {"pid", end.processes[event.process].pid},
                 {"op", end.texts[event.op]},
                 {"tag", end.texts[event.tag]},
                 {"name", end.texts[event.name]},
                 {"iteration", event.iteration},
                 {"class", ttmem::class_name(event.allocation_class)},
                 {"pool", ttmem::pool_name(event.pool)},
                 {"persistent", event.persistent}};
    if (event.place < end.places.size()) json["place"] = place_json(end, event.place);
    return json;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const ttmem::Result<ttmem::Capture> capture = ttmem::open_capture(argv[1]);
    if (!capture) return 1;
    const ttmem::Recording& recording = capture->recording;
    std::printf("%s\n",
                Json{{"live_before", recording.live_before.size()}, {"events", recording.events}}.dump().c_str());
    std::vector<ttmem::Event> block;
    while (recording.source->next(block)) {
        for (const ttmem::Event& event : block) std::printf("%s\n", event_json(recording.end, event).dump().c_str());
    }
    return recording.source->failed() ? 1 : 0;
}
