// Any bytes, compressed or not, into the reader of runtime logs. What it makes of them must hold together.
#include <cstdint>
#include <string_view>

#include "fuzz/require.h"
#include "src/importers/mlir/mlir_log.h"
#include "src/importers/packed/gzip_reader.h"

using namespace ttmem;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    uint64_t operations = 0;
    const auto each = [&](const LoggedState& state) {
        if (state.operation) ++operations;
        require(state.line >= 1 && state.offset <= size * 2048);
        for (const Pool pool : kAllPools) {
            const std::optional<MemoryView>& view = state.pool(pool);
            if (view) require(view->pool == pool && view->allocated_per_bank.bytes <= view->bank_bytes.bytes);
        }
    };
    const Result<ImportedUse> use = read_mlir_log(maybe_gunzip(read_from_text(text)), "log", each);
    if (!use) {
        require(!use.error().what.empty() && !use.error().why.empty());
        return 0;
    }
    require(use->operations == operations && !use->chips.empty());
    for (const ImportedChip& chip : use->chips) {
        for (const Pool pool : kAllPools) {
            const PoolUse& now = chip.use.pool(pool);
            if (now.reserved_bytes) require(chip.peak(pool).reserved_bytes >= now.reserved_bytes);
        }
    }
    return 0;
}
