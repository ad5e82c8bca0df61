#include "src/analysis/compare/compare_failures.h"

#include <algorithm>

#include "src/analysis/failures/failure_parts.h"

namespace ttmem {
namespace {

constexpr uint64_t kMostParts = 64;  // chips that a tensor is divided over
constexpr uint64_t kPadding = 16;    // a part may be padded by one so many-th of what it differs from the next part

// What a failure asked for, in the figure that shrinks when the work is divided.
std::string_view figure_of(const FailureFigures& f) {
    switch (f.kind) {
        case FailureKind::kOutOfMemory:
            return f.requested_bytes ? "requested_bytes" : "bytes_per_bank";
        case FailureKind::kCbClash:
        case FailureKind::kCbOverflow:
        case FailureKind::kServiceClash:
            return "cb_region_end";
        case FailureKind::kTraceRegion:
            return "trace_bytes";
        case FailureKind::kKernelConfig:
            return "kernel_config_bytes";
        default:
            return "requested_bytes";
    }
}

std::optional<uint64_t> value_of(const FailureFigures& figures, std::string_view name) {
    for (const NamedFigure& figure : kNamedFigures) {
        if (figure.name == name) return figures.*figure.value;
    }
    return std::nullopt;
}

// 4 where one is a quarter of the other, or nearly, as it is padded; 1 where they are equal; 0 where it is no such
// part.
uint64_t parts_between(uint64_t a, uint64_t b) {
    const uint64_t larger = std::max(a, b), smaller = std::min(a, b);
    if (larger == smaller) return 1;
    if (smaller == 0) return 0;
    const uint64_t parts = larger / smaller + (larger % smaller > smaller / 2);
    const uint64_t part = parts_of(larger, std::max<uint64_t>(parts, 1));
    return parts >= 2 && parts <= kMostParts && smaller >= part && smaller - part <= part / parts / kPadding ? parts
                                                                                                             : 0;
}

std::string part_words(uint64_t parts) { return parts == 2 ? "half" : "1/" + std::to_string(parts); }

std::string memory_verdict(const ComparedFailure& pair) {
    const uint64_t parts = parts_between(*pair.of_a, *pair.of_b);
    const std::string where = pair.figure == "requested_bytes" ? " on each chip" : " of each bank";
    if (parts == 1) {
        return "Both ask for the same " + bytes_text(*pair.of_a) + where +
               ": sharding is not in effect for it, every chip holds all of it.";
    }
    const bool is_b = *pair.of_b < *pair.of_a;
    const uint64_t larger = std::max(*pair.of_a, *pair.of_b), smaller = std::min(*pair.of_a, *pair.of_b);
    const std::string figures = " (" + bytes_text(smaller) + " against " + bytes_text(larger) + where + ")";
    if (parts != 0) {
        return std::string(is_b ? "B asks for " : "A asks for ") + part_words(parts) + " of what " +
               (is_b ? "A" : "B") + " asks for" + figures + ": it is divided there.";
    }
    return std::string(is_b ? "B asks for less than A" : "A asks for less than B") + figures + ", " +
           percent_text(smaller, larger) + " of it: that is no whole part, so these are probably different buffers.";
}

// "B's traces are 7,208,960 B larger: 60,825,600 B against 53,616,640 B."
std::string other_verdict(const ComparedFailure& pair, const FailureFigures& f) {
    const bool is_address = pair.figure == "cb_region_end";
    const auto text = [&](uint64_t value) { return is_address ? "address " + with_commas(value) : bytes_text(value); };
    const std::string what = is_address                             ? std::string(cb_words_text(f.cb_words))
                             : f.kind == FailureKind::kTraceRegion  ? "traces"
                             : f.kind == FailureKind::kKernelConfig ? "kernels"
                                                                    : "requests";
    if (*pair.of_a == *pair.of_b) {
        return "The same in both: " + what + (is_address ? " up to " : " of ") + text(*pair.of_a) +
               ". What changed between the two does not change it.";
    }
    const bool b_more = *pair.of_b > *pair.of_a;
    const uint64_t more = std::max(*pair.of_a, *pair.of_b), less = std::min(*pair.of_a, *pair.of_b);
    return std::string(b_more ? "B's " : "A's ") + what + (is_address ? " end " : " are ") + bytes_text(more - less) +
           (is_address ? " higher: at " : " larger: ") + text(more) + " against " + text(less) + ".";
}

bool may_pair(const FailureFigures& a, const FailureFigures& b) {
    return a.kind == b.kind && a.buffer_type == b.buffer_type;
}

class Comparison {
public:
    Comparison(const ExplainedFailures& a, const ExplainedFailures& b)
        : a_(a), b_(b), used_a_(a.failures.size()), used_b_(b.failures.size()) {}

    ComparedFailures run() {
        pair_up(true);
        pair_up(false);
        std::ranges::sort(result_.pairs, {}, &ComparedFailure::a);
        for (uint32_t i = 0; i < used_a_.size(); ++i) {
            if (!used_a_[i]) result_.only_a.push_back(i);
        }
        for (uint32_t j = 0; j < used_b_.size(); ++j) {
            if (!used_b_[j]) result_.only_b.push_back(j);
        }
        return std::move(result_);
    }

private:
    void pair_up(bool of_parts) {
        for (uint32_t i = 0; i < used_a_.size(); ++i) {
            const FailureFigures& of_a = a_.failures[i].figures();
            for (uint32_t j = 0; !used_a_[i] && j < used_b_.size(); ++j) {
                const FailureFigures& of_b = b_.failures[j].figures();
                if (used_b_[j] || !may_pair(of_a, of_b)) continue;
                ComparedFailure pair{i, j, figure_of(of_a), {}, {}, {}};
                pair.of_a = value_of(of_a, pair.figure), pair.of_b = value_of(of_b, pair.figure);
                const bool known = pair.of_a && pair.of_b;
                if (of_parts && !(known && parts_between(*pair.of_a, *pair.of_b) != 0)) continue;
                pair.verdict = !known ? "What they asked for cannot be compared: a message does not say it."
                               : of_a.kind == FailureKind::kOutOfMemory ? memory_verdict(pair)
                                                                        : other_verdict(pair, of_a);
                used_a_[i] = used_b_[j] = true;
                result_.pairs.push_back(std::move(pair));
            }
        }
    }

    const ExplainedFailures &a_, &b_;
    std::vector<bool> used_a_, used_b_;
    ComparedFailures result_;
};

}  // namespace

ComparedFailures compare_failures(const ExplainedFailures& a, const ExplainedFailures& b) {
    return Comparison(a, b).run();
}

}  // namespace ttmem
