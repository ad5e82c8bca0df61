#include "src/analysis/snapshot/registration_story.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"

namespace ttmem {
namespace {

std::string named(const RegisteringProcess& process) {
    return process.pid == 0 ? "not visible here" : fmt::format("{} ({})", process.pid, process.comm);
}

std::string times_text(uint64_t count) {
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
std::string spread_text(const Registrant& registrant) {
    std::vector<std::pair<uint64_t, std::vector<uint32_t>>> groups;
    for (const Registrant::OnDevice& on : registrant.devices) {
        if (groups.empty() || groups.back().first != on.registrations) groups.push_back({on.registrations, {}});
        groups.back().second.push_back(on.device);
    }
    std::string text;
    for (size_t i = 0; i < groups.size(); ++i) {
        text += i == 0 ? "" : i + 1 == groups.size() ? " and " : ", ";
        text += fmt::format("{} on {}", times_text(groups[i].first), devices_text(groups[i].second));
    }
    return text;
}

// Why one piece of memory is several buffers to tt-metal's server.
void add_explanation(std::vector<std::string>& story, const Registrant& registrant) {
    const size_t chips = registrant.devices.size();
    const uint64_t registrations = registrant.registrations();
    if (registrations == chips || registrant.circular_buffer) return;
    story.push_back(fmt::format(
        "It is {}, {} B{}: its client registers every buffer object that looks at it, owner or view.",
        chips == 1 ? "one piece of memory" : "one mesh allocation, the same address on " + counted(chips, "chip"),
        with_commas(registrant.bytes), chips == 1 ? "" : " on each"));
    const uint64_t least = std::min_element(registrant.devices.begin(), registrant.devices.end(), [](auto& a, auto& b) {
                               return a.registrations < b.registrations;
                           })->registrations;
    const Registrant::OnDevice& first = registrant.devices.front();
    if (chips > 1 && first.registrations > least) {
        const uint64_t more = first.registrations - least;
        story.push_back(fmt::format(
            "The {} more on device {} {} of the mesh itself, whose number looks like a chip's to the server.", more,
            first.device, more == 1 ? "is a buffer" : "are buffers"));
    }
}

}  // namespace

std::vector<std::string> registrant_story(const AllocationServerState& state, const Registrant& registrant) {
    std::vector<std::string> story;
    const RegisteringProcess& process = state.processes[registrant.process];
    const uint64_t registrations = registrant.registrations(), frees = registrant.frees();
    story.push_back(fmt::format("Process {} registered this address with the allocation server {}{}: {} of {} B in {}.",
                                named(process), times_text(registrations),
                                registrations == 1 ? "" : ", " + spread_text(registrant),
                                registrant.circular_buffer ? "a circular buffer" : "a buffer",
                                with_commas(registrant.bytes), pool_name(registrant.pool)));
    add_explanation(story, registrant);
    if (process.ended_at) {
        story.push_back(fmt::format("The process has ended, and its memory went with it; {} of {} had been freed.",
                                    frees, counted(registrations, "registration")));
        return story;
    }
    if (!registrant.is_live()) {
        story.push_back(
            "It is not live any more: all registrations were freed, or its address had another size later.");
        return story;
    }
    const uint64_t left = registrations - frees;
    story.push_back(fmt::format("{} freed so far; the allocation server shows {} live, {} B.",
                                frees == 0   ? "None was"
                                : frees == 1 ? "1 was"
                                             : fmt::format("{} were", frees),
                                counted(left, "buffer"), with_commas(left * registrant.bytes)));
    uint64_t chips = 0;
    for (const Registrant::OnDevice& on : registrant.devices) chips += on.live;
    if (left != chips)
        story.push_back(fmt::format(
            "It takes {} B{}, once. Its client does not report the end of every registration, so it may "
            "be free already: ttmem's own ledger of the process knows.",
            with_commas(registrant.bytes), chips == 1 ? "" : fmt::format(" on each of {}", counted(chips, "chip"))));
    return story;
}

}  // namespace ttmem
