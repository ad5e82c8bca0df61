// What the parts of the picture of a map share: where they draw, and how a block is called and painted.
#pragma once

#include <string>
#include <vector>

#include "src/analysis/map/map.h"
#include "src/exports/svg_canvas.h"

namespace ttmem {

constexpr double kMapWidth = 960, kMapMargin = 24;

class MapMarks {
public:
    explicit MapMarks(const Snapshot& snapshot) : s(snapshot) {}

    // A class of svg_style(): that of the block's class, or of another meaning that it has.
    static std::string mark_of(const Allocation& allocation);
    // Whose it is, and by which line; of one process that goes without saying.
    std::string owner_of(const Allocation& allocation) const;
    std::string owner_of(const MapBlock& block) const { return owner_of(s.allocations[block.allocation]); }
    // "ttnn.concat at 122,880: 16,384 B", for who points at it.
    std::string title_of(const MapBlock& block) const;
    // " at 122,880", after the owner's words.
    std::string address_words(const MapBlock& block) const;
    // "389 KiB (398,112 B)": where each byte may count.
    static std::string exact_bytes(uint64_t bytes);

    // What is drawn so stands in the legend.
    void use(const std::string& mark);
    // Below each other where one line is too short; returns the y of the last.
    double draw_legend(double y);

    const Snapshot& s;
    SvgCanvas canvas{kMapWidth};

private:
    std::vector<std::string> used_;
};

}  // namespace ttmem
