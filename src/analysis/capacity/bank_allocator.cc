#include "src/analysis/capacity/bank_allocator.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace ttmem {
namespace {

constexpr std::array<std::string_view, kFitPolicyCount> kFitPolicyNames = {"first_fit", "best_fit"};

}  // namespace

std::string_view fit_policy_name(FitPolicy policy) { return kFitPolicyNames[static_cast<size_t>(policy)]; }

std::optional<FitPolicy> fit_policy_from_name(std::string_view name) {
    const auto found = std::ranges::find(kFitPolicyNames, name);
    if (found == kFitPolicyNames.end()) return std::nullopt;
    return static_cast<FitPolicy>(found - kFitPolicyNames.begin());
}

BankAllocator::BankAllocator(uint64_t begin, uint64_t end, uint64_t alignment, FitPolicy policy)
    : begin_(begin), end_(std::max(begin, end)), alignment_(alignment), policy_(policy) {
    if (begin_ != end_) free_.emplace(begin_, end_);
}

std::optional<uint64_t> BankAllocator::place_in(const Ranges::value_type& range, uint64_t bytes, bool grows_up) const {
    const auto [begin, end] = range;
    if (bytes > end - begin) return std::nullopt;
    const uint64_t address = grows_up ? aligned(begin) : (end - bytes) & ~(alignment_ - 1);
    if (address < begin || address > end - bytes) return std::nullopt;
    return address;
}

std::optional<uint64_t> BankAllocator::place_for(uint64_t bytes, bool grows_up) const {
    bytes = aligned(bytes);
    std::optional<uint64_t> best;
    uint64_t smallest = UINT64_MAX;
    // True: the search is over.
    const auto look = [&](const Ranges::value_type& range) {
        const uint64_t size = range.second - range.first;
        if (size >= smallest) return false;
        const std::optional<uint64_t> address = place_in(range, bytes, grows_up);
        if (!address) return false;
        best = address;
        smallest = size;
        return policy_ == FitPolicy::kFirstFit;
    };
    if (grows_up) {
        (void)std::any_of(free_.begin(), free_.end(), look);
    } else {
        (void)std::any_of(free_.rbegin(), free_.rend(), look);
    }
    return best;
}

bool BankAllocator::take(uint64_t address, uint64_t bytes, uint32_t owner) {
    bytes = aligned(bytes);
    auto range = free_.upper_bound(address);
    if (range == free_.begin()) return false;
    --range;
    const auto [begin, end] = *range;
    if (address >= end || bytes > end - address || bytes == 0) return false;
    free_.erase(range);
    if (begin < address) free_.emplace(begin, address);
    if (address + bytes < end) free_.emplace(address + bytes, end);
    taken_.emplace(address, Taken{bytes, owner});
    used_ += bytes;
    return true;
}

void BankAllocator::give_back(uint64_t address) {
    const auto block = taken_.find(address);
    uint64_t begin = address, end = address + block->second.bytes;
    used_ -= block->second.bytes;
    taken_.erase(block);
    auto next = free_.lower_bound(begin);
    if (next != free_.end() && next->first == end) {
        end = next->second;
        next = free_.erase(next);
    }
    if (next != free_.begin() && std::prev(next)->second == begin) {
        std::prev(next)->second = end;
        return;
    }
    free_.emplace_hint(next, begin, end);
}

uint64_t BankAllocator::largest_free() const {
    uint64_t largest = 0;
    for (const auto& [begin, end] : free_) largest = std::max(largest, end - begin);
    return largest;
}

std::optional<BankAllocator::Split> BankAllocator::splitter() const {
    uint64_t most = largest_free();
    std::optional<Split> split;
    const auto consider = [&](const Blocks::value_type& block, uint64_t below, uint64_t above) {
        if (below + above <= most) return;
        most = below + above;
        split = Split{block.second.owner, block.first, below + block.second.bytes + above};
    };
    // Between two free ranges that are next to each other lies one block, or several.
    for (auto low = free_.begin(); low != free_.end(); ++low) {
        const auto high = std::next(low);
        if (high == free_.end()) break;
        const auto block = taken_.find(low->second);
        if (block != taken_.end() && block->first + block->second.bytes == high->first)
            consider(*block, low->second - low->first, high->second - high->first);
    }
    return split;
}

}  // namespace ttmem
