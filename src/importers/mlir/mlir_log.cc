#include "src/importers/mlir/mlir_log.h"

#include <algorithm>
#include <map>
#include <utility>

#include "src/base/saturating.h"
#include "src/importers/input/escapes.h"
#include "src/importers/input/log_lines.h"

namespace ttmem {
namespace {

constexpr std::string_view kExecuting = "Executing operation: ";
constexpr std::string_view kHeader = "Device memory state ";
constexpr std::string_view kBeforeOperation = "before operation ";
constexpr size_t kMostRanks = 256;
constexpr size_t kMostOpNameBytes = 200;

std::string shortened(std::string_view text) { return std::string(text.substr(0, kMostOpNameBytes)); }

// "1,0" of "[1,0]<stdout>:".
std::string_view rank_of(std::string_view line) {
    const size_t close = line.find("]<std");
    if (!line.starts_with('[') || close == std::string_view::npos || close > 32) return {};
    return line.substr(1, close - 1);
}

// The name and values of `%1 = "ttnn.typecast"(...) ... loc("gather.4_workaround"("gather.4"))`.
void read_operation(std::string_view text, LoggedState& state) {
    if (text.starts_with('%')) {
        const size_t end = std::min(text.find_first_of(" :=,"), text.size());
        state.result = shortened(text.substr(0, end));
    }
    const size_t open = text.find('"');
    const size_t close = open == std::string_view::npos ? open : text.find('"', open + 1);
    if (close != std::string_view::npos) {
        state.name = shortened(text.substr(open + 1, close - open - 1));
    } else {
        state.name = shortened(text.substr(0, std::min(text.find('('), text.size())));
    }
    const size_t loc = text.rfind("loc(\"");
    if (loc == std::string_view::npos) return;
    const std::string_view place = text.substr(loc + 5);
    state.location = shortened(place.substr(0, std::min(place.find('"'), place.size())));
}

// Whether "TypecastOp" and "ttnn.typecast" are one operation: the same letters, but for the dialect and "Op".
bool same_operation(std::string_view logged_class, std::string_view operation) {
    if (logged_class.ends_with("Op")) logged_class.remove_suffix(2);
    if (const size_t dot = operation.rfind('.'); dot != std::string_view::npos) operation.remove_prefix(dot + 1);
    const auto letters = [](std::string_view text) {
        std::string out;
        for (const char c : text) {
            if (c != '_') out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        return out;
    };
    return letters(logged_class) == letters(operation);
}

// What is known of one rank while its lines go by.
struct Rank {
    std::string name;
    std::optional<LoggedState> state;  // the newest, to which states of pools still belong
    bool has_line = false;             // ... came with an "Executing operation" line
    bool has_header = false;           // ... came with a "Device memory state" line
    std::optional<uint32_t> program;
    bool shows_pools = false;
    std::string previous;  // the name of the operation before the newest
    ImportedChip chip;
    std::array<uint64_t, kPoolCount> largest{};  // bytes per bank at the peak
};

class MlirReader {
public:
    explicit MlirReader(const std::function<void(const LoggedState&)>& each) : each_(each) {}

    void line(const LogLine& line) {
        if (!may_matter(line.text)) return;
        const std::string text = without_escapes(line.text);
        const std::string_view view(text);
        Rank& rank = rank_for(rank_of(view));
        if (const size_t at = view.find(kExecuting); at != std::string_view::npos) {
            executing(rank, line, view.substr(at + kExecuting.size()));
        } else if (looks_like_memory_view(view)) {
            pool_state(rank, line, view);
        } else if (const size_t header_at = view.find(kHeader); header_at != std::string_view::npos) {
            header(rank, line, view.substr(header_at + kHeader.size()));
        }
    }

    ImportedUse finish() {
        for (auto& [name, rank] : ranks_) let_go(rank);
        ImportedUse use;
        use.format = "tt-mlir-log";
        use.version = long_form_ ? "memory-view" : "dram-view";
        use.operations = operations_;
        for (auto& [name, rank] : ranks_) {
            if (rank.shows_pools) use.chips.push_back(std::move(rank.chip));
        }
        notes(use.coverage);
        return use;
    }

    uint64_t states_read() const { return states_read_; }
    const std::string& first_refusal() const { return first_refusal_; }

private:
    // A quick look before colours are taken out of a line. A colour never stands within these words.
    static bool may_matter(std::string_view text) {
        return text.find(kExecuting) != std::string_view::npos || looks_like_memory_view(text) ||
               text.find(kHeader) != std::string_view::npos;
    }

    Rank& rank_for(std::string_view name) {
        const auto found = ranks_.find(name);
        if (found != ranks_.end()) return found->second;
        if (ranks_.size() >= kMostRanks) {
            too_many_ranks_ = true;
            return ranks_.begin()->second;
        }
        Rank& rank = ranks_[std::string(name)];
        rank.name = name;
        if (!name.empty()) rank.chip.name = "rank " + rank.name;
        return rank;
    }

    void executing(Rank& rank, const LogLine& line, std::string_view text) {
        LoggedState operation;
        read_operation(text, operation);
        if (operation.result == "%0" || !rank.program) rank.program = rank.program ? *rank.program + 1 : 0;
        const bool announced = rank.state && rank.has_header && !rank.has_line && rank.state->operation &&
                               same_operation(rank.state->name, operation.name);
        if (announced) {
            rank.state->name = std::move(operation.name);
            rank.state->result = std::move(operation.result);
            rank.state->location = std::move(operation.location);
            rank.state->program = *rank.program;
        } else {
            begin(rank, line, std::move(operation), true);
        }
        rank.has_line = true;
    }

    void header(Rank& rank, const LogLine& line, std::string_view text) {
        const bool of_operation = text.starts_with(kBeforeOperation);
        LoggedState state;
        if (of_operation) text.remove_prefix(kBeforeOperation.size());
        state.name = shortened(text.substr(0, std::min(text.find_last_not_of(" \r") + 1, text.size())));
        const bool belongs = of_operation && rank.state && rank.has_line && !rank.has_header && no_pools(*rank.state) &&
                             same_operation(state.name, rank.state->name);
        if (!belongs) begin(rank, line, std::move(state), of_operation);
        rank.has_header = true;
    }

    static bool no_pools(const LoggedState& state) {
        return std::ranges::none_of(state.pools, [](const auto& pool) { return pool.has_value(); });
    }

    void begin(Rank& rank, const LogLine& line, LoggedState state, bool is_operation) {
        let_go(rank);
        state.line = line.number, state.offset = line.offset, state.rank = rank.name;
        state.program = rank.program.value_or(0);
        if (is_operation) state.operation = operations_++;
        rank.state = std::move(state);
        rank.has_line = rank.has_header = false;
    }

    void pool_state(Rank& rank, const LogLine& line, std::string_view text) {
        const Result<MemoryView> view = read_memory_view(text);
        if (!view) {
            if (refused_++ == 0) {
                first_refusal_ = "line " + std::to_string(line.number) + ", byte " + std::to_string(line.offset) +
                                 ": " + view.error().why;
            }
            return;
        }
        ++states_read_;
        if (view->contradicts_itself && contradictions_++ == 0) first_contradiction_ = line.number;
        long_form_ = long_form_ || view->bank_bytes.step < (uint64_t{1} << 20);
        step_ = std::max(step_, view->allocated_per_bank.step);
        if (!rank.state || rank.state->pool(view->pool)) begin(rank, line, LoggedState{}, false);
        rank.state->pools[static_cast<size_t>(view->pool)] = *view;
        apply(rank, *view);
    }

    void apply(Rank& rank, const MemoryView& view) {
        rank.shows_pools = true;
        PoolUse& use = rank.chip.use.pool(view.pool);
        use.reserved_bytes = exact_product(view.banks, view.allocated_per_bank.bytes);
        use.capacity_bytes = exact_product(view.banks, view.bank_bytes.bytes);
        ImportedPeak& peak = rank.chip.peak(view.pool);
        if (peak.reserved_bytes && use.reserved_bytes <= peak.reserved_bytes) return;
        peak.reserved_bytes = use.reserved_bytes;
        peak.bytes_per_bank = view.allocated_per_bank.bytes;
        rank.largest[static_cast<size_t>(view.pool)] = rank.state->line;
    }

    // A peak before one operation is what the one before it left behind: that one gets the name. It is written when its
    // state is complete, as the operation's line may come after the pools.
    void let_go(Rank& rank) {
        if (!rank.state) return;
        for (const Pool pool : kAllPools) {
            if (rank.state->pool(pool) && rank.largest[static_cast<size_t>(pool)] == rank.state->line) {
                rank.chip.peak(pool).operation =
                    rank.state->operation && !rank.previous.empty() ? rank.previous : rank.state->name;
            }
        }
        if (each_) each_(*rank.state);
        if (rank.state->operation) rank.previous = rank.state->name;
        rank.state.reset();
    }

    void notes(Coverage& coverage) const {
        coverage.note(
            "The log tells what was in use before each operation: what an operation needs while it runs, and circular "
            "buffers, are not in it.");
        if (step_ > 1) {
            coverage.note("The log states its figures in steps of " + std::to_string(step_) +
                          " B per bank: totals are that exact "
                          "times the number of banks.");
        }
        if (contradictions_ > 0) {
            coverage.note("In " + std::to_string(contradictions_) + " of " + std::to_string(states_read_) +
                          " states the free bytes contradict the size and the allocated bytes, first in line " +
                          std::to_string(first_contradiction_) + "; they are left out.");
        }
        if (refused_ > 0) {
            coverage.note(std::to_string(refused_) + " lines look like the state of a pool but are none, first " +
                          first_refusal_ + ".");
        }
        if (too_many_ranks_)
            coverage.note("More than " + std::to_string(kMostRanks) + " ranks: the rest count as one of them.");
    }

    const std::function<void(const LoggedState&)>& each_;
    std::map<std::string, Rank, std::less<>> ranks_;
    uint64_t operations_ = 0, states_read_ = 0, refused_ = 0;
    uint64_t contradictions_ = 0, first_contradiction_ = 0;
    uint64_t step_ = 1;
    bool long_form_ = false, too_many_ranks_ = false;
    std::string first_refusal_;
};

}  // namespace

Result<ImportedUse> read_mlir_log(const ByteReader& read, std::string_view name,
                                  const std::function<void(const LoggedState&)>& each) {
    MlirReader reader(each);
    const Result<uint64_t> bytes = for_each_line(read, [&](const LogLine& line) { reader.line(line); });
    if (!bytes) return Error{std::string(name) + ": " + bytes.error().what, bytes.error().why, bytes.error().next};
    if (reader.states_read() == 0) {
        return Error{
            std::string(name) + " has no state of a pool in its " + std::to_string(*bytes) + " bytes",
            reader.first_refusal().empty() ? "no line is a \"View - Banks:\" or a \"MemoryView{...}\""
                                           : reader.first_refusal(),
            "log with TT_RUNTIME_MEMORY_LOG_LEVEL=operation and TTMLIR_RUNTIME_LOGGER_LEVEL=DEBUG, and a runtime "
            "that was built with TT_RUNTIME_DEBUG=ON: other levels and builds print no state"};
    }
    return reader.finish();
}

bool looks_like_mlir_log(std::string_view text) {
    return looks_like_memory_view(text) || text.find(kExecuting) != std::string_view::npos ||
           text.find(kHeader) != std::string_view::npos;
}

}  // namespace ttmem
