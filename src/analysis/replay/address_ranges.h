// Addresses in a bank, as a set of ranges: what overlaps or touches is one range.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "src/model/chip.h"

namespace ttmem {

class AddressRanges {
public:
    void add(uint64_t from, uint64_t to);  // `to` is not in it; nothing where it is not greater

    bool empty() const { return ranges_.empty(); }
    uint64_t lowest() const { return empty() ? 0 : ranges_.begin()->first; }
    uint64_t end() const { return empty() ? 0 : ranges_.rbegin()->second; }                // one after the highest
    uint64_t largest_hole() const;                                                         // between two of them
    std::vector<std::pair<uint64_t, uint64_t>> outside(uint64_t from, uint64_t to) const;  // parts of that range

private:
    std::map<uint64_t, uint64_t> ranges_;  // from, to
};

// Addresses that a bank may begin at, and its size: of some pools nobody says the address.
struct BankBounds {
    Interval begin;
    uint64_t bytes = 0;
};

// Such a bank holds all of these, and begins where it is known to; nothing when that cannot be.
std::optional<BankBounds> bank_around(const AddressRanges& taken, std::optional<Interval> begin, uint64_t bytes);

// The largest range of the bank that is outside of `taken`: exact where the bank's begin is.
Interval largest_gap(const AddressRanges& taken, const BankBounds& bank);

}  // namespace ttmem
