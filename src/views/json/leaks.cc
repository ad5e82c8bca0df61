#include "src/views/json/leaks.h"

#include <algorithm>
#include <utility>

#include "src/base/text.h"
#include "src/views/json/accumulated.h"
#include "src/views/json/allocation_items.h"
#include "src/views/json/suppressed.h"

namespace ttmem {

namespace {

size_t count_of(const LeftBy& by, size_t limit) {
    const size_t all = by.allocations.size() + by.plans.size();
    return limit == 0 ? all : std::min(limit, all);
}

}  // namespace

ListDocument with_leaks(Json before, std::string_view name, const Snapshot& snapshot, const std::vector<LeftBy>& left,
                        size_t limit) {
    std::vector<std::pair<const LeftBy*, size_t>> items;  // who left it, and which of what he left
    for (const LeftBy& by : left) {
        for (size_t i = 0; i < count_of(by, limit); ++i) items.emplace_back(&by, i);
    }
    const size_t count = items.size();
    const auto append = [&snapshot, items = std::move(items), texts = AllocationItems(snapshot)](size_t number,
                                                                                                 std::string& text) {
        const auto& [by, i] = items[number];
        const size_t allocations = by->allocations.size();
        if (i < allocations) {
            texts.append(text, snapshot.allocations[by->allocations[i]]);
        } else {
            text += item_text(left_behind_json(snapshot, by->plans[i - allocations]));
        }
    };
    return {std::move(before), name, count, append};
}

Json judgement_json(const Judgement& judgement, Over over) {
    Json notes = Json::array();
    for (const std::string& sentence : judgement.not_judged) notes.push_back(valid_utf8(sentence));
    const std::string where = over == Over::kOneChip ? "" : "_all_chips";
    return {{"complete", judgement.complete()},
            {"not_judged", judgement.sum.allocations},
            {"not_judged_requested_bytes" + where, judgement.sum.requested_bytes},
            {"kept", judgement.kept.allocations},
            {"kept_requested_bytes" + where, judgement.kept.requested_bytes},
            {"in_open_iterations", judgement.open.allocations},
            {"in_open_iterations_requested_bytes" + where, judgement.open.requested_bytes},
            {"notes", std::move(notes)}};
}

ListDocument leaks_json(const LeaksValues& values) {
    const Snapshot& s = values.snapshot;
    ListDocument list =
        with_leaks(document("leaks", s.generated_at, s.coverage), "items", s, values.leaks.left, values.limit);
    size_t all = 0;
    for (const LeftBy& by : values.leaks.left) all += count_of(by, 0);
    list.after["items_left_out"] = all - list.count;
    list.after["accumulated"] = accumulated_json(s, values.leaks.accumulated, values.leaks.over);
    list.after["suppressed"] = suppressed_json(values.leaks.suppressed, values.leaks.over);
    list.after["judgement"] = judgement_json(values.leaks.judgement, values.leaks.over);
    list.after["left_out"] = {{"filter", valid_utf8(values.filter)}, {"allocations", values.left_out}};
    list.after["verdicts"] = verdicts_json(values.leaks.verdicts, values.leaks.over);
    return list;
}

}  // namespace ttmem
