// A model of tt-metal's allocator of one pool: one free list of addresses, which serves all banks alike.
//
// First fit takes the lowest free range that is large enough when it grows up, the highest one, at its end, when it
// grows down. tt-metal does that. Best fit, which it does not, takes the smallest of those that are large enough.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace ttmem {

enum class FitPolicy : uint8_t { kFirstFit, kBestFit };
constexpr size_t kFitPolicyCount = 2;
std::string_view fit_policy_name(FitPolicy policy);  // "first_fit", "best_fit"
std::optional<FitPolicy> fit_policy_from_name(std::string_view name);

class BankAllocator {
public:
    // Addresses `begin` to `end` of each bank, which may be none. `alignment`: a power of two.
    BankAllocator(uint64_t begin, uint64_t end, uint64_t alignment, FitPolicy policy);

    // Where a block would be put now; nothing where no free range is large enough.
    std::optional<uint64_t> place_for(uint64_t bytes, bool grows_up) const;
    // Puts it there: false, and nothing changes, unless all of its addresses are free. `owner` is the caller's word for
    // it.
    bool take(uint64_t address, uint64_t bytes, uint32_t owner);
    // Requires: taken at that address, and not given back since.
    void give_back(uint64_t address);

    uint64_t begin() const { return begin_; }
    uint64_t end() const { return end_; }
    uint64_t capacity() const { return end_ - begin_; }
    uint64_t used() const { return used_; }
    uint64_t free() const { return capacity() - used_; }
    uint64_t largest_free() const;

    struct Taken {
        uint64_t bytes = 0;
        uint32_t owner = 0;
    };
    using Blocks = std::map<uint64_t, Taken>;  // by address
    const Blocks& blocks() const { return taken_; }

    // The block that keeps most free bytes apart: more than the largest free range has lie on both sides of it.
    struct Split {
        uint32_t owner = 0;
        uint64_t address = 0;
        uint64_t would_be = 0;  // the free range without it
    };
    std::optional<Split> splitter() const;

private:
    using Ranges = std::map<uint64_t, uint64_t>;  // begin to end, never two that touch

    uint64_t aligned(uint64_t bytes) const { return (bytes + alignment_ - 1) & ~(alignment_ - 1); }
    // Where a block of so many bytes would be in the range; nothing where it is too small.
    std::optional<uint64_t> place_in(const Ranges::value_type& range, uint64_t bytes, bool grows_up) const;

    uint64_t begin_, end_, alignment_;
    FitPolicy policy_;
    uint64_t used_ = 0;
    Ranges free_;
    Blocks taken_;
};

}  // namespace ttmem
