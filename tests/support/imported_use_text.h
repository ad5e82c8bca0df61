// Everything an importer found, as text that golden tests compare. For tests only.
#pragma once

#include <optional>
#include <sstream>
#include <string>

#include "src/model/imported_use.h"

namespace ttmem {

class ImportedUseText {
public:
    static std::string of(const ImportedUse& use) {
        ImportedUseText text;
        text.write(use);
        return text.out_.str();
    }

private:
    void write(const ImportedUse& use) {
        out_ << use.format << " / " << use.version << "\n";
        line("operations", use.operations);
        line("top level", use.top_level_operations);
        line("allocations", use.allocations);
        line("frees", use.frees);
        line("cb plans", use.cb_plans);
        line("circular buffers", use.circular_buffers);
        line("tensors", use.tensors);
        line("pages", use.pages);
        for (const Pool pool : kAllPools) {
            const ImportedEarlier& earlier = use.earlier[static_cast<size_t>(pool)];
            if (earlier.buffers > 0)
                out_ << "earlier " << pool_name(pool) << " " << earlier.buffers << " of " << earlier.bytes << "\n";
        }
        for (const ImportedChip& chip : use.chips) write(chip);
        out_ << (use.coverage.complete ? "complete" : "incomplete") << "\n";
        for (const std::string& note : use.coverage.notes) out_ << "- " << note << "\n";
    }

    void write(const ImportedChip& chip) {
        out_ << "[" << chip.name << "]";
        if (chip.chip_id) out_ << " id " << chip.chip_id->value;
        if (!chip.use.chip.arch.empty()) out_ << " " << chip.use.chip.arch;
        out_ << "\n";
        line("  cb reserved", chip.use.cb.reserved_bytes);
        line("  cb resident", chip.use.cb.resident_bytes);
        for (const Pool pool : kAllPools) {
            const std::string name = "  " + std::string(pool_name(pool));
            const PoolUse& now = chip.use.pool(pool);
            line(name + " requested", now.requested_bytes);
            line(name + " reserved", now.reserved_bytes);
            line(name + " allocations", now.allocations);
            line(name + " capacity", now.capacity_bytes);
            const ImportedPeak& peak = chip.peak(pool);
            line(name + " peak", peak.requested_bytes, peak.operation);
            line(name + " peak reserved", peak.reserved_bytes);
            line(name + " peak with cb", peak.with_cb_bytes, peak.with_cb_operation);
            line(name + " peak reserved with cb", peak.reserved_with_cb_bytes);
        }
    }

    void line(const std::string& name, const std::optional<uint64_t>& value, const std::string& at = "") {
        if (value) out_ << name << " " << *value << (at.empty() ? "" : " at " + at) << "\n";
    }

    std::ostringstream out_;
};

}  // namespace ttmem
