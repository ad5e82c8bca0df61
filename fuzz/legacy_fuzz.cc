// Any bytes as those of two clients of the old allocation server, and as its document. Whatever they say: a counter
// never wraps, what is live adds up, and a state comes back from its own document.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "src/importers/allocation_server/legacy_document.h"
#include "src/importers/allocation_server/legacy_log_reader.h"
#include "src/importers/allocation_server/legacy_table.h"
#include "src/importers/input/gzip_reader.h"

using namespace ttmem;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

// Requires: a small table.
void check(const LegacyTable& table) {
    const LegacyState state = table.state(1);
    for (const LegacyBlock& block : state.blocks) {
        require(block.process < state.processes.size());
        require(block.frees <= block.registrations && block.bytes != 0);
        require(block.until.has_value() || block.live_registrations() > 0);
    }
    for (const LegacyForkDevice& device : state.fork) require(device.buffers >= device.keys && device.keys > 0);
    for (int32_t device = 0; device < 8; ++device) {
        uint64_t bytes = 0, cb = 0;
        for (const LegacyBlock& block : state.blocks) {
            if (block.until || block.device != static_cast<uint32_t>(device)) continue;
            (block.circular_buffer ? cb : bytes) += block.bytes;
        }
        const LegacyDevice use = table.use_of(device);
        require(use.dram + use.l1 + use.l1_small + use.trace == bytes && use.cb == cb);
    }
    const Result<LegacyState> again = parse_legacy_document(legacy_document(state));
    require(again.has_value() && again->blocks.size() == state.blocks.size() && again->fork == state.fork);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)parse_legacy_document(text);
    const Result<ImportedUse> log = read_legacy_log(read_from_text(text), "log");
    require(log.has_value() == looks_like_legacy_log(text));
    if (log) {
        for (const ImportedChip& chip : log->chips)
            for (const Pool pool : kChipPools)
                require(chip.peak(pool).requested_bytes >= chip.use.pool(pool).requested_bytes);
    }
    LegacyTable table;
    LegacyFraming framing[2];
    const uint32_t process[2] = {table.add_process(1, 0, "one", 1), table.add_process(2, 0, "two", 1)};
    const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
    for (size_t at = 0; at < size;) {
        const size_t length = std::min<size_t>(size - at, 1 + data[at] * 4u);
        const int client = data[at] & 1;
        framing[client].feed(bytes.subspan(at, length));
        at += length;
        while (const auto message = framing[client].next()) {
            const LegacyEffect effect = table.apply(process[client], *framing[client].generation(), *message, 2);
            (void)legacy_log_line(*framing[client].generation(), 1, *message, effect);
        }
    }
    check(table);
    table.end_process(process[0], 3);
    check(table);
    require(table.fork_dump().find("Total") != std::string::npos);
    return 0;
}
