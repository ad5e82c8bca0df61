// `ttmem show FILE`: what a source that ttmem did not write says about device memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/model/chip.h"
#include "src/views/values/failures.h"

namespace ttmem {

struct ShownChip {
    std::string name;  // as the source tells chips apart: "chip 0", "" when it does not
    ChipUse use;       // at the end of the source
    bool has_id = false;
};

// The greatest use of one pool of one chip. Unknown is nullopt, never zero.
struct ShownPeak {
    size_t chip = 0;  // into ShowValues::chips
    Pool pool = Pool::kDram;
    std::optional<uint64_t> requested_bytes, reserved_bytes;
    std::optional<uint64_t> with_cb_bytes, reserved_with_cb_bytes;  // with circular buffers
    std::string operation, with_cb_operation;                       // that was running then; foreign
};

// What lay on the device before the source begins: in no other figure.
struct ShownEarlier {
    Pool pool = Pool::kDram;
    uint64_t buffers = 0, bytes = 0;
};

struct ShowValues {
    WallTime generated_at = 0;
    std::string source;
    std::string format, version;  // version "" when the format has none
    std::vector<ShownChip> chips;
    std::vector<ShownPeak> peaks;
    std::vector<ShownEarlier> earlier;
    std::optional<uint64_t> operations, top_level_operations, allocations, frees, cb_plans, circular_buffers;
    std::optional<ShownFailures> failures;  // absent: the source was not searched for messages
    Coverage coverage;
};

}  // namespace ttmem
