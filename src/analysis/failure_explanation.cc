#include "src/analysis/failure_explanation.h"

#include <array>

#include "src/analysis/failure_explanation_remedies.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr std::array<std::string_view, 9> kCauseNames = {"unknown",          "full",        "fragmented",
                                                         "larger_than_bank", "no_region",   "other_allocators",
                                                         "cb_clash",         "cb_overflow", "trace_region"};

std::optional<uint64_t> times(std::optional<uint64_t> a, std::optional<uint64_t> b) {
    uint64_t product = 0;
    if (!a || !b || __builtin_mul_overflow(*a, *b, &product)) return std::nullopt;
    return product;
}

std::string in_all(std::optional<uint64_t> bytes) { return bytes ? ", " + bytes_text(*bytes) + " in all" : ""; }

// "cores [0-0 - 7-7]", "its cores" when they were cut off.
std::string cores_text(const FailureFigures& f) { return f.core_range.empty() ? "its cores" : "cores " + f.core_range; }
std::string program_text(const FailureFigures& f) {
    return f.program ? "program " + std::to_string(*f.program) : std::string("a program");
}

// As tt-metal prints it.
std::string buffer_type_of(Pool pool) {
    if (pool == Pool::kSystem) return "SYSTEM_MEMORY";
    std::string text(pool_name(pool));
    for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return text;
}

// A bank of DRAM; of L1 pools each core is one.
std::string_view bank_word(const FailureFigures& f) {
    return f.pool == Pool::kL1 || f.pool == Pool::kL1Small ? "bank (one per core)" : "bank";
}

// ---- out of memory ------------------------------------------------------------------------------------------------

std::string asked_of_memory(const FailureFigures& f) {
    std::string text = f.requested_bytes ? bytes_text(*f.requested_bytes) : "Memory";
    if (!f.buffer_type.empty()) text += " of " + f.buffer_type;
    if (f.banks) text += " in " + std::to_string(*f.banks) + " banks";
    if (f.bytes_per_bank) text += ": " + bytes_text(*f.bytes_per_bank) + " of each " + std::string(bank_word(f));
    return text + ".";
}

std::string had_of_memory(const FailureFigures& f) {
    if (!f.bank_bytes) return "";
    std::string text = "Each bank has " + bytes_text(*f.bank_bytes);
    if (f.allocated_per_bank) text += ", " + bytes_text(*f.allocated_per_bank) + " of it allocated";
    if (f.free_per_bank) text += " and " + bytes_text(*f.free_per_bank) + " free";
    if (f.largest_free_per_bank) text += "; the largest free block has " + bytes_text(*f.largest_free_per_bank);
    if (f.placeable_per_bank) {
        text += ". Blocks of other allocators leave " + bytes_text(*f.placeable_per_bank) + " of that";
        if (f.largest_placeable_per_bank)
            text += ", at most " + bytes_text(*f.largest_placeable_per_bank) + " in one piece";
    }
    return text + ".";
}

// What the allocator could have given in one piece at most, if the message tells.
std::optional<uint64_t> largest_piece(const FailureFigures& f) {
    return f.largest_placeable_per_bank ? f.largest_placeable_per_bank : f.largest_free_per_bank;
}

FailureCause cause_of_memory(const FailureFigures& f) {
    if (!f.bytes_per_bank || *f.bytes_per_bank == 0) return FailureCause::kUnknown;
    const uint64_t need = *f.bytes_per_bank;
    if (f.bank_bytes == 0) return FailureCause::kNoRegion;
    if (f.bank_bytes && need > *f.bank_bytes) return FailureCause::kLargerThanBank;
    if (f.free_per_bank && need > *f.free_per_bank) return FailureCause::kFull;
    if (f.largest_free_per_bank && need > *f.largest_free_per_bank) return FailureCause::kFragmented;
    if (largest_piece(f) && need > *largest_piece(f)) return FailureCause::kOtherAllocators;
    return FailureCause::kUnknown;
}

void explain_unknown(const FailureFigures& f, FailureExplanation& e) {
    if (f.bytes_per_bank && f.largest_free_per_bank && *f.largest_free_per_bank >= *f.bytes_per_bank) {
        e.limit = "By its own figures the buffer would have fitted: the message does not tell why it did not.";
    } else if (f.bytes_per_bank && f.bank_bytes) {
        e.limit = "An empty bank would hold it. The message does not say what was free: either less than " +
                  bytes_text(*f.bytes_per_bank) + " was free in each bank, or no free block was that large.";
    } else {
        e.limit = "The message does not say what the banks had: whether they were full or fragmented is not known.";
    }
}

void explain_memory(const FailureFigures& f, FailureExplanation& e) {
    e.asked = asked_of_memory(f);
    e.had = had_of_memory(f);
    e.cause = cause_of_memory(f);
    const uint64_t need = f.bytes_per_bank.value_or(0);
    const auto short_of = [&](uint64_t there) {
        e.missing_per_bank = need - there;
        e.missing_bytes = times(e.missing_per_bank, f.banks);
        return bytes_text(need - there);
    };
    switch (e.cause) {
        case FailureCause::kFull: {
            const std::string lacking = short_of(*f.free_per_bank);
            e.limit = "Full: each bank lacks " + lacking + in_all(e.missing_bytes) + ".";
            break;
        }
        case FailureCause::kFragmented: {
            const std::string lacking = short_of(*f.largest_free_per_bank);
            e.limit = "Fragmented: ";
            if (f.free_per_bank) {
                e.limit += "the free bytes would be enough (" + bytes_text(*f.free_per_bank - need) +
                           " more than needed), but ";
            }
            e.limit += "the largest free block is " + lacking + " too small.";
            break;
        }
        case FailureCause::kLargerThanBank:
            e.limit = "Too large: even an empty bank is " + short_of(*f.bank_bytes) + " too small.";
            break;
        case FailureCause::kNoRegion: {
            const std::string lacking = short_of(0);
            e.limit = f.buffer_type + " has no memory on this device: its size was never set. Each bank lacks " +
                      lacking + in_all(e.missing_bytes) + ".";
            break;
        }
        case FailureCause::kOtherAllocators:
            e.limit = "Blocks of overlapping allocators are in the way: the largest piece that they leave is " +
                      short_of(*largest_piece(f)) + " too small.";
            break;
        default:
            explain_unknown(f, e);
    }
}

// Says where the figures of one message contradict each other.
void check_memory(const FailureFigures& f, FailureExplanation& e) {
    uint64_t sum = 0;
    if (f.bank_bytes && f.allocated_per_bank && f.free_per_bank &&
        (__builtin_add_overflow(*f.allocated_per_bank, *f.free_per_bank, &sum) || sum != *f.bank_bytes)) {
        e.notes.push_back("Allocated and free bytes do not add up to the size of the bank in this message.");
    }
    if (f.largest_free_per_bank && f.free_per_bank && *f.largest_free_per_bank > *f.free_per_bank) {
        e.notes.push_back("The largest free block is larger than all free bytes in this message.");
    }
    const std::optional<uint64_t> reserved = times(f.bytes_per_bank, f.banks);
    if (!reserved || !f.requested_bytes) return;
    if (*reserved < *f.requested_bytes) {
        e.notes.push_back("The banks together would store less than what was asked for in this message.");
    } else if (*reserved - *f.requested_bytes >= *f.requested_bytes / 8 && *reserved > *f.requested_bytes) {
        e.notes.push_back("Alignment to pages and banks adds " + bytes_text(*reserved - *f.requested_bytes) +
                          " to what was asked for.");
    }
}

// ---- circular buffers and traces ----------------------------------------------------------------------------------

void explain_clash(const FailureFigures& f, FailureExplanation& e) {
    e.asked = "Circular buffers of " + program_text(f) + " on " + cores_text(f) +
              (f.cb_region_end ? " up to address " + with_commas(*f.cb_region_end) : "") + ".";
    if (f.l1_buffer_address)
        e.had = "The lowest L1 buffer there begins at address " + with_commas(*f.l1_buffer_address) + ".";
    if (!f.l1_buffer_address || !f.cb_region_end) {
        e.cause = FailureCause::kCbClash;
        e.limit = "The circular buffers reach into L1 buffers; the message was cut off before it says how far.";
    } else if (*f.cb_region_end <= *f.l1_buffer_address) {
        e.limit = "By its own figures nothing overlaps: the message does not tell what is wrong.";
    } else {
        e.cause = FailureCause::kCbClash;
        e.missing_per_bank = *f.cb_region_end - *f.l1_buffer_address;
        e.limit = "The circular buffers overlap L1 buffers by " + bytes_text(*e.missing_per_bank) + " on each core.";
    }
}

void explain_overflow(const FailureFigures& f, FailureExplanation& e) {
    e.asked = "Circular buffers on " + cores_text(f) +
              (f.cb_region_end ? " up to address " + with_commas(*f.cb_region_end) : "") + ".";
    if (f.max_l1_bytes) e.had = "L1 ends at " + with_commas(*f.max_l1_bytes) + " on each core.";
    e.cause = FailureCause::kCbOverflow;
    if (!f.cb_region_end || !f.max_l1_bytes) {
        e.limit = "The circular buffers are larger than L1; the message was cut off before it says by how much.";
    } else if (*f.cb_region_end <= *f.max_l1_bytes) {
        e.cause = FailureCause::kUnknown;
        e.limit = "By its own figures they fit: the message does not tell what is wrong.";
    } else {
        e.missing_per_bank = *f.cb_region_end - *f.max_l1_bytes;
        e.limit = "The circular buffers exceed L1 by " + bytes_text(*e.missing_per_bank) + " on each core.";
        e.notes.push_back(
            "Freeing L1 or moving tensors to DRAM does not help: the circular buffers alone are too large.");
    }
}

void explain_trace(const FailureFigures& f, FailureExplanation& e) {
    e.asked = f.trace_bytes ? "Traces of " + bytes_text(*f.trace_bytes) : "A trace";
    e.asked += f.mesh ? " on mesh " + std::to_string(*f.mesh) + "." : ".";
    if (f.trace_region_bytes) e.had = "The trace region has " + bytes_text(*f.trace_region_bytes) + ".";
    e.cause = FailureCause::kTraceRegion;
    if (!f.trace_bytes || !f.trace_region_bytes) {
        e.limit = "The trace region is too small; the message was cut off before it says by how much.";
    } else if (*f.trace_bytes <= *f.trace_region_bytes) {
        e.cause = FailureCause::kUnknown;
        e.limit = "By its own figures the traces fit: the message does not tell what is wrong.";
    } else {
        e.missing_bytes = *f.trace_bytes - *f.trace_region_bytes;
        e.limit = "The trace region is " + bytes_text(*e.missing_bytes) + " too small.";
    }
}

// The pool whose holders matter; none where nobody's memory is in the way.
std::optional<Pool> contested_pool(const FailureFigures& f, FailureCause cause) {
    switch (cause) {
        case FailureCause::kCbClash:
            return Pool::kL1;
        case FailureCause::kTraceRegion:
            return Pool::kTrace;
        case FailureCause::kCbOverflow:
        case FailureCause::kLargerThanBank:
        case FailureCause::kNoRegion:
            return std::nullopt;
        default:
            return f.kind == FailureKind::kOutOfMemory ? f.pool : std::nullopt;
    }
}

}  // namespace

std::string_view failure_cause_name(FailureCause cause) { return kCauseNames.at(static_cast<size_t>(cause)); }

FailureExplanation explain_failure(const FailureFigures& figures, const Snapshot* snapshot) {
    FailureExplanation explanation;
    switch (figures.kind) {
        case FailureKind::kOutOfMemory:
            explain_memory(figures, explanation);
            check_memory(figures, explanation);
            break;
        case FailureKind::kCbClash:
            explain_clash(figures, explanation);
            break;
        case FailureKind::kCbOverflow:
            explain_overflow(figures, explanation);
            break;
        case FailureKind::kTraceRegion:
            explain_trace(figures, explanation);
            break;
    }
    const std::optional<Pool> pool = contested_pool(figures, explanation.cause);
    if (snapshot != nullptr && pool) explanation.holders = holders_of(*snapshot, *pool);
    explanation.remedies = remedies_for(figures, explanation, snapshot);
    return explanation;
}

// A record has fewer fields than there are figures: for circular buffers `bytes_per_bank` is where they end, and
// `bank_bytes` the lowest L1 address in use or the size of L1; for traces `requested_bytes` and `bank_bytes` are the
// traces and their region.
std::optional<FailureFigures> figures_of(const Failure& recorded) {
    FailureFigures figures;
    switch (recorded.kind) {
        case Failure::Kind::kUnknown:
            return std::nullopt;
        case Failure::Kind::kOutOfMemory:
            figures.requested_bytes = recorded.requested_bytes;
            figures.buffer_type = buffer_type_of(recorded.pool);
            figures.pool = recorded.pool;
            figures.banks = recorded.banks;
            figures.bytes_per_bank = recorded.bytes_per_bank;
            figures.bank_bytes = recorded.bank_bytes;
            figures.allocated_per_bank = recorded.allocated_per_bank;
            figures.free_per_bank = recorded.free_per_bank;
            figures.largest_free_per_bank = recorded.largest_free_per_bank;
            break;
        case Failure::Kind::kCbClash:
            figures.kind = FailureKind::kCbClash;
            figures.cb_region_end = recorded.bytes_per_bank;
            figures.l1_buffer_address = recorded.bank_bytes;
            break;
        case Failure::Kind::kCbTooLarge:
            figures.kind = FailureKind::kCbOverflow;
            figures.cb_region_end = recorded.bytes_per_bank;
            figures.max_l1_bytes = recorded.bank_bytes;
            break;
        case Failure::Kind::kTraceRegion:
            figures.kind = FailureKind::kTraceRegion;
            figures.trace_bytes = recorded.requested_bytes;
            figures.trace_region_bytes = recorded.bank_bytes;
            break;
    }
    return figures;
}

}  // namespace ttmem
