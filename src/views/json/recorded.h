// What the documents about recordings share.
#pragma once

#include <map>

#include "src/analysis/recording/peak.h"
#include "src/model/event.h"
#include "src/views/json/json.h"

namespace ttmem {

// No list in a document is longer; how many rows were left out stands beside it.
constexpr size_t kMostRows = 10'000;

// The begin of a document: as document(), with "recording": its times, events, processes and gaps.
Json recording_document(std::string_view command, const Recording& recording, const Coverage& coverage);

Json chip_ids_json(const std::vector<ChipId>& chips);
Json sum_json(const Sum& sum);               // "allocations", "requested_bytes", "reserved_bytes"
Json sum_on_all_chips_json(const Sum& sum);  // likewise, "requested_bytes_all_chips", "reserved_bytes_all_chips"

// Programs and traces by their handles.
class Holders {
public:
    explicit Holders(const Snapshot& tables);
    Json name(uint32_t process, uint64_t handle) const;  // null: none, or not known any more

private:
    std::map<std::pair<uint32_t, uint64_t>, std::string> names_;
};

}  // namespace ttmem
