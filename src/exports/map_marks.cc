#include "src/exports/map_marks.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/analysis/failures/failure_explanation_holders.h"
#include "src/base/text.h"
#include "src/exports/svg_words.h"
#include "src/model/call_stack.h"

namespace ttmem {

std::string MapMarks::mark_of(const Allocation& a) {
    if (a.holder_ended || a.leaked) return "leaked";
    return a.persistent ? "persistent" : std::string(class_name(a.allocation_class));
}

std::string MapMarks::owner_of(const Allocation& a) const {
    std::string words = owner_text(s, a.process, a.op, a.tag, a.allocation_class);
    if (s.processes.size() == 1) words.erase(words.rfind(", "));
    const std::string line = line_of(s, a.stack);
    return words + (line.empty() ? "" : " at " + line.substr(0, line.rfind(' ')));  // beside a picture is little room
}

std::string MapMarks::title_of(const MapBlock& block) const {
    const std::string caller = caller_of(s, s.allocations[block.allocation].stack);
    return fmt::format("{}{}: {}{}", owner_of(block), address_words(block), bytes_text(block.bytes()),
                       caller.empty() ? "" : ", called at " + caller);
}

std::string MapMarks::address_words(const MapBlock& block) const {
    const bool has_line = !line_of(s, s.allocations[block.allocation].stack).empty();
    return (has_line ? ", at " : " at ") + with_commas(block.begin);
}

std::string MapMarks::exact_bytes(uint64_t bytes) {
    return bytes < 1024 ? bytes_text(bytes) : fmt::format("{} ({})", human_bytes(bytes), bytes_text(bytes));
}

void MapMarks::use(const std::string& mark) {
    if (std::find(used_.begin(), used_.end(), mark) == used_.end()) used_.push_back(mark);
}

double MapMarks::draw_legend(double y) {
    double x = kMapMargin;
    for (const std::string& mark : used_) {
        const std::string words = mark == "cb"        ? "circular buffers"
                                  : mark == "runtime" ? "reserved, runtime"
                                  : mark == "clash"   ? "lacking"
                                  : mark == "asked"   ? "asked for"
                                                      : mark;
        const double width = 25 + svg_width(words, "ink");
        if (x + width > kMapWidth - kMapMargin) x = kMapMargin, y += 18;
        canvas.rect(x, y - 10, 20, 12, mark);
        canvas.text(x + 25, y, words, "ink");
        x += width + 18;
    }
    return y;
}

}  // namespace ttmem
