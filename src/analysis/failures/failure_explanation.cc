#include "src/analysis/failures/failure_explanation.h"

#include <array>

#include "src/analysis/failures/failure_parts.h"
#include "src/model/call_stack.h"
#include "src/model/hardware.h"

namespace ttmem {
namespace {

constexpr std::array<std::string_view, 18> kCauseNames = {
    "unknown",          "full",          "nearly_full",   "fragmented",   "larger_than_bank",   "no_region",
    "other_allocators", "cb_clash",      "cb_overflow",   "trace_region", "service_core_clash", "kernel_config",
    "trace_overlap",    "address_limit", "persistent_l1", "region_taken", "unsafe_under_trace", "unrecognized"};

// As tt-metal prints it.
std::string buffer_type_of(Pool pool) {
    if (pool == Pool::kSystem) return "SYSTEM_MEMORY";
    std::string text(pool_name(pool));
    for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return text;
}

// The pool whose holders matter; none where nobody's memory is in the way.
std::optional<Pool> contested_pool(const FailureFigures& f, FailureCause cause) {
    switch (cause) {
        case FailureCause::kCbClash:
            return Pool::kL1;
        case FailureCause::kTraceRegion:
            return Pool::kTrace;
        case FailureCause::kLargerThanBank:
        case FailureCause::kNoRegion:
            return std::nullopt;
        default:
            return f.kind == FailureKind::kOutOfMemory ? f.pool : std::nullopt;
    }
}

void explain_unrecognized(FailureExplanation& e) {
    e.cause = FailureCause::kUnrecognized;
    e.verdict = "This looks like a failed allocation, in words that ttmem does not know: read the line itself.";
    e.limit = "Its figures were not read, so neither the cause nor what is missing is known.";
}

bool is_of_traces(FailureKind kind) {
    return kind == FailureKind::kTraceRegion || kind == FailureKind::kTraceOverlap ||
           kind == FailureKind::kUnsafeUnderTrace;
}

}  // namespace

std::string_view failure_cause_name(FailureCause cause) { return kCauseNames.at(static_cast<size_t>(cause)); }

std::optional<TakenOfBank> taken_of_bank(const FailureFigures& f) {
    const HardwareBounds* hardware = f.pool == Pool::kDram ? hardware_of_dram_banks(f.banks) : nullptr;
    if (hardware == nullptr || !f.bank_bytes || *f.bank_bytes < hardware->dram_bank_bytes / 2 ||
        *f.bank_bytes >= hardware->dram_bank_bytes)
        return std::nullopt;
    const uint64_t less = hardware->dram_bank_bytes - *f.bank_bytes;
    const uint64_t kept = f.says_only ? 0 : hardware->kept_of_dram_bank;
    const uint64_t profiled = hardware->profiled_of_dram_bank();
    TakenOfBank taken{.bytes = less, .of_region = true};
    for (const auto& [own, profiler] : {std::pair(kept, uint64_t{0}), {uint64_t{0}, profiled}, {kept, profiled}}) {
        if (own + profiler > less || own + profiler == 0) continue;
        taken.kept = own, taken.profiled = profiler;
        taken.of_region = own + profiler != less;
        if (!taken.of_region) break;
    }
    return taken;
}

namespace {

// What each bank has, and has to store at least, where the message was cut off or shortened before it says so.
FailureFigures worked_out(FailureFigures f) {
    if (f.kind != FailureKind::kOutOfMemory) return f;
    if (!f.bank_bytes) f.bank_bytes = sum_of(f.allocated_per_bank, f.free_per_bank);
    if (!f.free_per_bank && f.bank_bytes && f.allocated_per_bank && *f.allocated_per_bank <= *f.bank_bytes)
        f.free_per_bank = *f.bank_bytes - *f.allocated_per_bank;
    if (f.bytes_per_bank || !f.requested_bytes || !f.banks || *f.banks == 0) return f;
    f.bytes_per_bank = parts_of(*f.requested_bytes, *f.banks);
    f.per_bank_is_least = true;
    return f;
}

}  // namespace

std::string Advice::name_of(const Allocation& a) const {
    const bool has_line = !line_of(*snapshot, a.stack).empty();
    return owner_of(a) + (has_line ? ", at " : " at ") + address_text(a.address.value);
}

std::string Advice::owner_of(const Allocation& a) const {
    std::string owner = owner_text(*snapshot, a.process, a.op, a.tag, a.allocation_class);
    if (snapshot->processes.size() == 1) owner.erase(owner.rfind(", "));
    const std::string line = line_of(*snapshot, a.stack), caller = caller_of(*snapshot, a.stack);
    return owner + (line.empty() ? "" : " at " + line) + (caller.empty() ? "" : ", called at " + caller);
}

FailureExplanation explain_failure(const FailureFigures& told, const Snapshot* snapshot, const OwnBlocks* own) {
    const FailureFigures figures = worked_out(told);
    FailureExplanation explanation;
    explanation.missing_is_bound = figures.per_bank_is_least;
    const bool of_memory = figures.kind == FailureKind::kOutOfMemory;
    if (figures.kind == FailureKind::kUnknown) {
        explain_unrecognized(explanation);
    } else if (of_memory) {
        explain_memory(figures, explanation);
    } else if (is_of_traces(figures.kind)) {
        explain_trace(figures, explanation);
    } else {
        explain_program(figures, explanation);
    }
    if (figures.last_may_be_cut) {
        explanation.notes.emplace_back(
            "The text ends with the message's last number, whose last digits may be missing: what follows from it is a "
            "bound.");
    }
    const std::optional<Pool> pool = contested_pool(figures, explanation.cause);
    if (snapshot != nullptr && pool) explanation.holders = holders_of(*snapshot, *pool);
    Advice advice{figures, explanation, snapshot, own};
    if (figures.kind == FailureKind::kUnknown) {
        advice.add("read_line",
                   "Read the line itself and what surrounds it, and report it to the authors of ttmem, who can teach "
                   "ttmem the sentence.");
    } else if (of_memory) {
        advise_memory(advice);
    } else if (is_of_traces(figures.kind)) {
        advise_trace(advice);
    } else {
        advise_program(advice);
    }
    // The verdict speaks of the same buffers as the advice.
    const std::string unnamed = figures.kind == FailureKind::kCbClash ? clash_advice(figures, "") : "";
    if (!advice.in_the_way.empty() && !unnamed.empty() && explanation.verdict.ends_with(unnamed)) {
        explanation.verdict.erase(explanation.verdict.size() - unnamed.size());
        explanation.verdict += clash_advice(figures, advice.in_the_way);
        explanation.names_buffers = true;
    }
    explanation.remedies = std::move(advice.remedies);
    return explanation;
}

namespace {

// What the chips of its place agree about; of a failure without a place, those of its process.
void add_chip(const Process& process, const Failure& recorded, const Snapshot& snapshot, FailureFigures& figures) {
    bool first = true;
    for (const ChipUse& use : process.chips) {
        const std::vector<ChipId>* own = recorded.place ? &snapshot.places[recorded.place->value].chips : nullptr;
        if (own != nullptr && std::find(own->begin(), own->end(), use.chip.id) == own->end()) continue;
        const auto& dram = use.chip.pools[static_cast<size_t>(Pool::kDram)];
        const std::optional<uint64_t> banks = dram && dram->banks != 0 ? std::optional(dram->banks) : std::nullopt;
        if (first) {
            figures.architecture = use.chip.arch;
            figures.dram_banks = banks;
            first = false;
        }
        if (figures.architecture != use.chip.arch) figures.architecture.clear();
        if (figures.dram_banks != banks) figures.dram_banks.reset();
    }
}

// What its runtime calls them: what the plans of its other programs are of, where these agree. A record does not say,
// and the same failure has one name then in the runtime's message and here.
CbWords cb_words_of(const Process& process, const Snapshot& snapshot) {
    bool dataflow = false;
    for (const Program& program : snapshot.programs) {
        if (&snapshot.processes[program.process.value] != &process) continue;
        for (const ProgramCbs& cbs : program.cbs) {
            for (const CircularBuffer& buffer : cbs.plan.buffers) {
                if (buffer.kind == CbKind::kCb) return CbWords::kCircularBuffers;
                dataflow |= buffer.kind == CbKind::kDataflow;
            }
        }
    }
    return dataflow ? CbWords::kDataflowBuffers : CbWords::kCircularBuffers;
}

}  // namespace

// A record has fewer fields than there are figures: for circular buffers `bytes_per_bank` is where they end, and
// `bank_bytes` the lowest L1 address in use or the size of L1; for traces `requested_bytes` and `bank_bytes` are the
// traces and their region.
FailureFigures figures_of(const Process& process, const Failure& recorded, const Snapshot& snapshot) {
    FailureFigures figures;
    figures.kind = recorded.kind;
    add_chip(process, recorded, snapshot, figures);
    switch (recorded.kind) {
        case FailureKind::kOutOfMemory:
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
        case FailureKind::kCbClash:
            figures.cb_region_end = recorded.bytes_per_bank;
            figures.l1_buffer_address = recorded.bank_bytes;
            figures.cb_words = cb_words_of(process, snapshot);
            break;
        case FailureKind::kCbOverflow:
            figures.cb_region_end = recorded.bytes_per_bank;
            figures.max_l1_bytes = recorded.bank_bytes;
            figures.cb_words = cb_words_of(process, snapshot);
            break;
        case FailureKind::kTraceRegion:
            figures.trace_bytes = recorded.requested_bytes;
            figures.trace_region_bytes = recorded.bank_bytes;
            break;
        default:
            break;
    }
    return figures;
}

}  // namespace ttmem
