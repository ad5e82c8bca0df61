// How text is to look: with colour or without, with human sizes or exact ones, and how wide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "src/base/text.h"
#include "src/model/chip.h"
#include "src/model/snapshot.h"

namespace ttmem {

enum class Tone : uint8_t { kPlain, kBold, kDim, kGood, kWarning, kBad };

struct Look {
    bool color = false;
    bool exact_bytes = false;
    size_t width = 0;  // of the terminal, in characters; 0: any, for a file or another program reads it

    // "14.0 MiB", or "14,716,928" when exact bytes are wanted; "-" for what is not known.
    std::string bytes(std::optional<uint64_t> bytes) const;
    // "14.0 MiB..15.2 MiB" when it is not exact; ">= 14.0 MiB" where both ends look the same.
    std::string bytes(const std::optional<Interval>& bytes) const;

    // For sentences that are made elsewhere.
    BytesText bytes_text() const { return exact_bytes ? with_commas : human_bytes; }

    // ">= 14.0 MiB" for a figure that more may have to be added to.
    std::string at_least(bool is_bound, std::string figure) const { return is_bound ? ">= " + figure : figure; }

    std::string paint(Tone tone, const std::string& text) const;
};

// "2 min 5 s" from `then` to `now`; clocks that disagree give "0 s".
std::string age_text(WallTime now, WallTime then);

// "0.1%"; ">999%" where more would only be noise; "-" when a part is not known or the whole is 0.
std::string percent(std::optional<uint64_t> part, std::optional<uint64_t> whole);

// After a peak: " of 12.0 GiB (62.1%)"; "" without a capacity. A capacity is that of the latest opening of the chip:
// one of 0 B below a peak was another one then.
std::string of_capacity(uint64_t peak, std::optional<uint64_t> capacity, const Look& look);

// A foreign name for one cell of a table: escaped, and cut in its middle beyond `width` characters.
std::string name_cell(const std::string& name, size_t width = 48);

}  // namespace ttmem
