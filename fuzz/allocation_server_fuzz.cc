// Any bytes as those of two clients of the old allocation server, and as its document. Whatever they say: a counter
// never wraps, what is live adds up, and a state comes back from its own document.
#include <cstdint>
#include <span>
#include <string_view>

#include "fuzz/require.h"
#include "src/importers/allocation_server/log_reader.h"
#include "src/importers/allocation_server/registration_table.h"
#include "src/importers/allocation_server/state_document.h"
#include "src/importers/packed/gzip_reader.h"

using namespace ttmem;

namespace {

// Requires: a small table.
void check(const RegistrationTable& table) {
    const AllocationServerState state = table.state(1);
    for (const RegisteredBlock& block : state.blocks) {
        require(block.process < state.processes.size());
        require(block.frees <= block.registrations && block.bytes != 0);
        require(block.until.has_value() || block.live_registrations() > 0);
    }
    for (const RegistrationCount& device : state.counts) require(device.buffers >= device.keys && device.keys > 0);
    for (int32_t device = 0; device < 8; ++device) {
        uint64_t bytes = 0, cb = 0;
        for (const RegisteredBlock& block : state.blocks) {
            if (block.until || block.device != static_cast<uint32_t>(device)) continue;
            (block.circular_buffer ? cb : bytes) += block.bytes;
        }
        const DeviceFigures use = table.use_of(device);
        require(use.dram + use.l1 + use.l1_small + use.trace == bytes && use.cb == cb);
    }
    const Result<AllocationServerState> again = parse_allocation_server_document(allocation_server_document(state));
    require(again.has_value() && again->blocks.size() == state.blocks.size() && again->counts == state.counts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)parse_allocation_server_document(text);
    const Result<ImportedUse> log = read_allocation_server_log(read_from_text(text), "log");
    require(log.has_value() == looks_like_allocation_server_log(text));
    if (log) {
        for (const ImportedChip& chip : log->chips)
            for (const Pool pool : kChipPools)
                require(chip.peak(pool).requested_bytes >= chip.use.pool(pool).requested_bytes);
    }
    RegistrationTable table;
    AllocationMessageFraming framing[2];
    const uint32_t process[2] = {table.add_process(1, 0, "one", 1), table.add_process(2, 0, "two", 1)};
    const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
    for (size_t at = 0; at < size;) {
        const size_t length = std::min<size_t>(size - at, 1 + data[at] * 4u);
        const int client = data[at] & 1;
        framing[client].feed(bytes.subspan(at, length));
        at += length;
        while (const auto message = framing[client].next()) {
            const RegistrationEffect effect = table.apply(process[client], *framing[client].generation(), *message, 2);
            (void)allocation_server_log_line(*framing[client].generation(), 1, *message, effect);
        }
    }
    check(table);
    table.end_process(process[0], 3);
    check(table);
    require(table.dump().find("Total") != std::string::npos);
    return 0;
}
