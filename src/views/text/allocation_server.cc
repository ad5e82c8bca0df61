#include "src/views/text/allocation_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/analysis/snapshot/registration_story.h"
#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/table.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

std::string process_label(const RegisteringProcess& process) {
    if (process.pid == 0) return "not visible here";
    return fmt::format("{} ({})", process.pid, name_cell(process.comm, 24));
}

// "0", or "1-7, each" of neighbours with the same figures.
std::string devices_label(uint32_t first, uint32_t last) {
    return first == last ? std::to_string(first) : fmt::format("{}-{}, each", first, last);
}

bool same_figures(const RegisteredUse& a, const RegisteredUse& b) {
    return a.process == b.process && a.blocks == b.blocks && a.bytes == b.bytes && a.cb_bytes == b.cb_bytes &&
           a.registrations == b.registrations;
}

bool same_figures(const RegistrationCount& a, const RegistrationCount& b) {
    return a.keys == b.keys && a.buffers == b.buffers && a.bytes == b.bytes;
}

// Calls `use(first, label)` for each group of neighbours with the same figures.
template <class Figures, class Use>
void for_each_group(const std::vector<Figures>& all, const Use& use) {
    for (size_t i = 0; i < all.size();) {
        size_t end = i + 1;
        while (end < all.size() && same_figures(all[i], all[end]) && all[end].device == all[end - 1].device + 1) ++end;
        use(all[i], devices_label(all[i].device, all[end - 1].device));
        i = end;
    }
}

std::string uses_text(const AllocationServerState& state, const std::vector<RegisteredUse>& uses, const Look& look) {
    Table table({{"DEVICE"},
                 {.title = "PROCESS", .may_shorten = true},
                 {"DRAM", Align::kRight},
                 {"L1", Align::kRight},
                 {.title = "L1_SMALL", .align = Align::kRight, .spare = 2},
                 {"TRACE", Align::kRight},
                 {"CB", Align::kRight},
                 {.title = "BLOCKS", .align = Align::kRight, .spare = 1},
                 {.title = "REGISTRATIONS", .align = Align::kRight, .spare = 3}});
    for_each_group(uses, [&](const RegisteredUse& use, const std::string& label) {
        table.add({label, process_label(state.processes[use.process]), look.bytes(use.of(Pool::kDram)),
                   look.bytes(use.of(Pool::kL1)), look.bytes(use.of(Pool::kL1Small)), look.bytes(use.of(Pool::kTrace)),
                   look.bytes(use.cb_bytes), std::to_string(use.blocks), std::to_string(use.registrations)});
    });
    return table.render(look);
}

std::string counts_text(const AllocationServerState& state, const Look& look) {
    Table table({{"DEVICE"},
                 {"BUFFERS", Align::kRight},
                 {"KEYS", Align::kRight},
                 {"DRAM", Align::kRight},
                 {"L1", Align::kRight},
                 {"L1_SMALL", Align::kRight},
                 {"TRACE", Align::kRight}});
    for_each_group(state.counts, [&](const RegistrationCount& d, const std::string& label) {
        const auto bytes = [&](Pool pool) { return look.bytes(d.bytes[static_cast<size_t>(pool)]); };
        table.add({label, std::to_string(d.buffers), std::to_string(d.keys), bytes(Pool::kDram), bytes(Pool::kL1),
                   bytes(Pool::kL1Small), bytes(Pool::kTrace)});
    });
    return "The same as the allocation server counts it, a buffer for each registration:\n" + table.render(look);
}

}  // namespace

std::string allocation_server_text(const std::optional<AllocationServerState>& state, const Look& look) {
    if (!state) return "";
    const std::string server = state->server_pid == 0 ? "" : fmt::format("process {}, ", state->server_pid);
    std::string text =
        fmt::format("\nThe allocation server ({}{}), not in any figure above:\n", server, printable(state->socket));
    const std::vector<RegisteredUse> uses = registered_use(*state);
    if (!uses.empty()) text += uses_text(*state, uses, look);
    if (!state->counts.empty()) text += counts_text(*state, look);
    if (uses.empty() && state->coverage.notes.empty()) text += "No buffer is registered with it.\n";
    return text + coverage_lines(state->coverage, look);
}

std::string registrants_text(const std::optional<AllocationServerState>& state, uint64_t address, const Look& look) {
    if (!state) return "";
    std::string text;
    for (const Registrant& registrant : registrants_at(*state, address)) {
        text += text.empty() ? "\nThe allocation server:\n" : "\n";
        for (const std::string& sentence : registrant_story(*state, registrant)) {
            text += wrapped("  " + printable(sentence) + "\n", look, "    ");
        }
    }
    return text.empty() ? "" : look.paint(Tone::kPlain, text);
}

}  // namespace ttmem
