// Any bytes into the reader of tt-mlir's memory reports.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "src/importers/mlir/block_table.h"

using namespace ttmem;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    bool contradicted = false;
    const Result<ImportedUse> use =
        read_memory_report(read_from_text(text), "report", [&](const ReportedOperation& operation) {
            if (operation.tables.empty()) std::abort();
            for (const BlockTable& table : operation.tables)
                contradicted = contradicted || !table.contradictions.empty();
        });
    if (use ? use->coverage.notes.size() < (contradicted ? 2u : 1u) : use.error().what.empty()) std::abort();
    return 0;
}
