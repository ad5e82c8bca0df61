#include "src/views/text/legacy.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/table.h"

namespace ttmem {
namespace {

std::string process_label(const LegacyProcess& process) {
    if (process.pid == 0) return "not visible here";
    return fmt::format("{} ({})", process.pid, name_cell(process.comm, 24));
}

// "0", or "1-7, each" of neighbours with the same figures.
std::string devices_label(uint32_t first, uint32_t last) {
    return first == last ? std::to_string(first) : fmt::format("{}-{}, each", first, last);
}

bool same_figures(const LegacyUse& a, const LegacyUse& b) {
    return a.process == b.process && a.blocks == b.blocks && a.bytes == b.bytes && a.cb_bytes == b.cb_bytes &&
           a.registrations == b.registrations;
}

bool same_figures(const LegacyForkDevice& a, const LegacyForkDevice& b) {
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

std::string uses_text(const LegacyState& state, const std::vector<LegacyUse>& uses, const Look& look) {
    Table table({{"DEVICE"},
                 {"PROCESS"},
                 {"DRAM", Align::kRight},
                 {"L1", Align::kRight},
                 {"L1_SMALL", Align::kRight},
                 {"TRACE", Align::kRight},
                 {"CB", Align::kRight},
                 {"BLOCKS", Align::kRight},
                 {"REGISTRATIONS", Align::kRight}});
    for_each_group(uses, [&](const LegacyUse& use, const std::string& label) {
        table.add({label, process_label(state.processes[use.process]), look.bytes(use.of(Pool::kDram)),
                   look.bytes(use.of(Pool::kL1)), look.bytes(use.of(Pool::kL1Small)), look.bytes(use.of(Pool::kTrace)),
                   look.bytes(use.cb_bytes), std::to_string(use.blocks), std::to_string(use.registrations)});
    });
    return table.render(look);
}

std::string fork_text(const LegacyState& state, const Look& look) {
    Table table({{"DEVICE"},
                 {"BUFFERS", Align::kRight},
                 {"KEYS", Align::kRight},
                 {"DRAM", Align::kRight},
                 {"L1", Align::kRight},
                 {"L1_SMALL", Align::kRight},
                 {"TRACE", Align::kRight}});
    for_each_group(state.fork, [&](const LegacyForkDevice& d, const std::string& label) {
        const auto bytes = [&](Pool pool) { return look.bytes(d.bytes[static_cast<size_t>(pool)]); };
        table.add({label, std::to_string(d.buffers), std::to_string(d.keys), bytes(Pool::kDram), bytes(Pool::kL1),
                   bytes(Pool::kL1Small), bytes(Pool::kTrace)});
    });
    return "The same as the fork counts it, a buffer for each registration:\n" + table.render(look);
}

Json pools_json(const std::array<uint64_t, kPoolCount>& bytes) {
    Json json;
    for (const Pool pool : kChipPools) json[std::string(pool_name(pool))] = bytes[static_cast<size_t>(pool)];
    return json;
}

Json use_json(const LegacyUse& use) {
    return {{"device", use.device},
            {"requested_bytes", pools_json(use.bytes)},
            {"cb_bytes", use.cb_bytes},
            {"blocks", use.blocks},
            {"registrations", use.registrations}};
}

Json legacy_process_json(const LegacyProcess& process) {
    return {{"pid", process.pid == 0 ? Json(nullptr) : Json(process.pid)},
            {"uid", process.uid},
            {"comm", valid_utf8(process.comm)},
            {"state", process.ended_at ? "ended" : "live"},
            {"generation", or_null(process.generation)},
            {"connected_at", rfc3339(process.connected_at)},
            {"ended_at", time_or_null(process.ended_at)},
            {"messages", process.messages},
            {"unknown_frees", process.unknown_frees},
            {"refused_messages", process.refused},
            {"held_blocks", process.ended_at ? Json(process.held_blocks) : Json(nullptr)},
            {"held_bytes", process.ended_at ? Json(process.held_bytes) : Json(nullptr)}};
}

std::string times(uint64_t count) {
    return count == 1 ? "once" : count == 2 ? "twice" : fmt::format("{} times", count);
}

// "device 0", "devices 1 to 7", "devices 1, 3 and 5"
std::string devices_text(const std::vector<uint32_t>& devices) {
    if (devices.size() == 1) return fmt::format("device {}", devices[0]);
    if (devices.back() - devices.front() + 1 == devices.size())
        return fmt::format("{}devices {} to {}", devices.size() > 2 ? "each of " : "", devices.front(), devices.back());
    std::string text = "devices ";
    for (size_t i = 0; i < devices.size(); ++i)
        text += (i == 0 ? "" : i + 1 == devices.size() ? " and " : ", ") + std::to_string(devices[i]);
    return text;
}

// How often on which devices: those with as many together.
std::string spread_text(const LegacyOwner& owner) {
    std::vector<std::pair<uint64_t, std::vector<uint32_t>>> groups;
    for (const LegacyOwner::OnDevice& on : owner.devices) {
        if (groups.empty() || groups.back().first != on.registrations) groups.push_back({on.registrations, {}});
        groups.back().second.push_back(on.device);
    }
    std::string text;
    for (size_t i = 0; i < groups.size(); ++i) {
        text += i == 0 ? "" : i + 1 == groups.size() ? " and " : ", ";
        text += fmt::format("{} on {}", times(groups[i].first), devices_text(groups[i].second));
    }
    return text;
}

// Why one piece of memory is several buffers to the fork.
void add_explanation(std::vector<std::string>& story, const LegacyOwner& owner) {
    const size_t chips = owner.devices.size();
    const uint64_t registrations = owner.registrations();
    if (registrations == chips || owner.circular_buffer) return;
    story.push_back(fmt::format(
        "It is {}, {} B{}: the fork registers every buffer object that looks at it, owner or view.",
        chips == 1 ? "one piece of memory" : "one mesh allocation, the same address on " + counted(chips, "chip"),
        with_commas(owner.bytes), chips == 1 ? "" : " on each"));
    const uint64_t least = std::min_element(owner.devices.begin(), owner.devices.end(), [](auto& a, auto& b) {
                               return a.registrations < b.registrations;
                           })->registrations;
    const LegacyOwner::OnDevice& first = owner.devices.front();
    if (chips > 1 && first.registrations > least) {
        const uint64_t more = first.registrations - least;
        story.push_back(fmt::format(
            "The {} more on device {} {} of the mesh itself, whose number looks like a chip's to the server.", more,
            first.device, more == 1 ? "is a buffer" : "are buffers"));
    }
}

}  // namespace

std::vector<std::string> legacy_story(const LegacyState& state, const LegacyOwner& owner) {
    std::vector<std::string> story;
    const LegacyProcess& process = state.processes[owner.process];
    const uint64_t registrations = owner.registrations(), frees = owner.frees();
    story.push_back(fmt::format(
        "Process {} registered this address with the allocation server {}{}: {} of {} B in {}.", process_label(process),
        times(registrations), registrations == 1 ? "" : ", " + spread_text(owner),
        owner.circular_buffer ? "a circular buffer" : "a buffer", with_commas(owner.bytes), pool_name(owner.pool)));
    add_explanation(story, owner);
    if (process.ended_at) {
        story.push_back(fmt::format("The process has ended, and its memory went with it; {} of {} had been freed.",
                                    frees, counted(registrations, "registration")));
        return story;
    }
    if (!owner.is_live()) {
        story.push_back(
            "It is not live any more: all registrations were freed, or its address had another size later.");
        return story;
    }
    const uint64_t left = registrations - frees;
    story.push_back(fmt::format("{} freed so far; the fork's view shows {} live, {} B.",
                                frees == 0   ? "None was"
                                : frees == 1 ? "1 was"
                                             : fmt::format("{} were", frees),
                                counted(left, "buffer"), with_commas(left * owner.bytes)));
    uint64_t chips = 0;
    for (const LegacyOwner::OnDevice& on : owner.devices) chips += on.live;
    if (left != chips)
        story.push_back(fmt::format(
            "It takes {} B{}, once. The fork does not report the end of every registration, so it may "
            "be free already: ttmem's own ledger of the process knows.",
            with_commas(owner.bytes), chips == 1 ? "" : fmt::format(" on each of {}", counted(chips, "chip"))));
    return story;
}

std::string legacy_text(const std::optional<LegacyState>& state, const Look& look) {
    if (!state) return "";
    const std::string server = state->server_pid == 0 ? "" : fmt::format("process {}, ", state->server_pid);
    std::string text = fmt::format("\nThe fork's allocation server ({}{}), not in any figure above:\n", server,
                                   printable(state->socket));
    const std::vector<LegacyUse> uses = legacy_use(*state);
    if (!uses.empty()) text += uses_text(*state, uses, look);
    if (!state->fork.empty()) text += fork_text(*state, look);
    if (uses.empty() && state->coverage.notes.empty()) text += "No buffer is registered with it.\n";
    return text + coverage_lines(state->coverage, look);
}

Json legacy_json(const std::optional<LegacyState>& state) {
    if (!state) return nullptr;
    Json json;
    json["source"] = "allocation-server";
    json["server_pid"] = state->server_pid == 0 ? Json(nullptr) : Json(state->server_pid);
    json["socket"] = valid_utf8(state->socket);
    json["processes"] = Json::array();
    const std::vector<LegacyUse> uses = legacy_use(*state);
    for (uint32_t i = 0; i < state->processes.size(); ++i) {
        Json process = legacy_process_json(state->processes[i]);
        process["devices"] = Json::array();
        for (const LegacyUse& use : uses) {
            if (use.process == i) process["devices"].push_back(use_json(use));
        }
        json["processes"].push_back(std::move(process));
    }
    json["fork_view"] = Json::array();
    for (const LegacyForkDevice& device : state->fork) {
        json["fork_view"].push_back({{"device", device.device},
                                     {"buffers", device.buffers},
                                     {"keys", device.keys},
                                     {"bytes", pools_json(device.bytes)}});
    }
    json["coverage"] = coverage_json(state->coverage);
    return json;
}

std::string legacy_owners_text(const std::optional<LegacyState>& state, uint64_t address, const Look& look) {
    if (!state) return "";
    std::string text;
    for (const LegacyOwner& owner : legacy_owners(*state, address)) {
        text += text.empty() ? "\nThe fork's allocation server:\n" : "\n";
        for (const std::string& sentence : legacy_story(*state, owner)) text += "  " + sentence + "\n";
    }
    return text.empty() ? "" : look.paint(Tone::kPlain, text);
}

Json legacy_owners_json(const std::optional<LegacyState>& state, uint64_t address) {
    Json json = Json::array();
    if (!state) return json;
    for (const LegacyOwner& owner : legacy_owners(*state, address)) {
        const uint32_t pid = state->processes[owner.process].pid;
        Json item = {{"pid", pid == 0 ? Json(nullptr) : Json(pid)},
                     {"pool", pool_name(owner.pool)},
                     {"circular_buffer", owner.circular_buffer},
                     {"address", owner.address},
                     {"requested_bytes", owner.bytes},
                     {"registrations", owner.registrations()},
                     {"frees", owner.frees()},
                     {"state", owner.is_live() ? "live" : "ended"},
                     {"devices", Json::array()},
                     {"story", legacy_story(*state, owner)}};
        for (const LegacyOwner::OnDevice& on : owner.devices)
            item["devices"].push_back(
                {{"device", on.device}, {"registrations", on.registrations}, {"frees", on.frees}, {"live", on.live}});
        json.push_back(std::move(item));
    }
    return json;
}

}  // namespace ttmem
