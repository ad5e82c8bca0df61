// Any bytes as a captured graph: nothing may crash or grow without bound, what is accepted must be JSON, and the size
// of the reads must not matter.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

#include "fuzz/require.h"
#include "src/importers/captured_graph/captured_graph.h"
#include "src/importers/graph_stream/stream_writer.h"

namespace {

ttmem::ByteReader in_pieces(std::string_view text, size_t most) {
    const ttmem::ByteReader whole = ttmem::read_from_text(text);
    return [whole, most](char* to, size_t size) { return whole(to, size < most ? size : most); };
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    ttmem::looks_like_captured_graph(text);
    const ttmem::Result<ttmem::ImportedUse> use = ttmem::import_captured_graph(ttmem::read_from_text(text), "fuzz");
    const ttmem::Result<ttmem::ImportedUse> again = ttmem::import_captured_graph(in_pieces(text, 3), "fuzz");
    require(use.has_value() == again.has_value());
    std::ostringstream stream;
    const auto written = ttmem::write_captured_graph_as_stream(ttmem::read_from_text(text), "fuzz", stream);
    require(written.has_value() == use.has_value());
    if (!use) {
        require(use.error().why == again.error().why && use.error().why.find("at byte ") != std::string::npos);
        return 0;
    }
    require(nlohmann::json::accept(text));
    require(use->allocations == again->allocations && use->operations == again->operations);
    for (const ttmem::ImportedChip& chip : use->chips) {
        for (const ttmem::Pool pool : ttmem::kAllPools) {
            const ttmem::ImportedPeak& peak = chip.peak(pool);
            if (peak.requested_bytes) require(*peak.requested_bytes >= *chip.use.pool(pool).requested_bytes);
            if (peak.with_cb_bytes) require(*peak.with_cb_bytes >= *peak.requested_bytes);
        }
    }
    return 0;
}
