// How chips are called in text: by the runtime's device numbers where those are known and distinct, else by their ids.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "src/model/chip.h"
#include "src/model/snapshot.h"

namespace ttmem {

class ChipNames {
public:
    explicit ChipNames(std::span<const ChipUse> chips);

    // For lists over processes: a number counts only if every live process of the snapshot gives it to the same chip.
    explicit ChipNames(const Snapshot& snapshot);

    // "0-7", "0, 2-5", "0xa0, 0xa1", "0xa0, 0xa1, 0xa2 and 29 more".
    std::string list(const std::vector<ChipId>& chips) const;

    // Chips of this process: those of an ended one by its own numbers, whatever the live ones say.
    std::string list(const std::vector<ChipId>& chips, const Process& process) const;

private:
    void learn(std::span<const ChipUse> chips);
    std::map<ChipId, uint32_t> numbers_;
    std::map<ChipId, bool> seen_;  // false: no number that everybody agrees on
};

// Chips whose figures are all the same, as one.
struct ChipGroup {
    ChipUse use;  // of each of them
    std::vector<ChipId> chips;
};
std::vector<ChipGroup> fold_equal(std::span<const ChipUse> chips);

}  // namespace ttmem
