#include "src/exports/stacks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "src/base/text.h"
#include "src/model/call_stack.h"

namespace ttmem {
namespace {

using StackKey =
    std::tuple<uint32_t, uint32_t, uint32_t, uint32_t, AllocationClass>;  // process, op, tag, frames, class

uint64_t weight(const Stack& stack) { return std::max(stack.at_peak.reserved_bytes, stack.at_end.reserved_bytes); }

// The largest stacks as they are, and of each pool one with all others.
std::vector<Stack> largest(const std::vector<Stack>& stacks, size_t count) {
    std::vector<Stack> kept(stacks.begin(), stacks.begin() + static_cast<ptrdiff_t>(count));
    std::map<std::pair<std::vector<ChipId>, Pool>, Stack> rests;
    for (size_t i = count; i < stacks.size(); ++i) {
        Stack& rest = rests[{stacks[i].chips, stacks[i].pool}];
        rest.chips = stacks[i].chips;
        rest.pool = stacks[i].pool;
        rest.is_rest = true;
        rest.at_peak += stacks[i].at_peak;
        rest.at_end += stacks[i].at_end;
    }
    for (auto& [key, rest] : rests) kept.push_back(std::move(rest));
    return kept;
}

}  // namespace

std::vector<Stack> stacks_of(const Peaks& peaks) {
    std::vector<Stack> stacks;
    for (const PoolPeak& peak : peaks.pools) {
        std::map<StackKey, Stack> owners;
        const auto add = [&](const std::vector<LiveShare>& shares, Sum Stack::*to) {
            for (const LiveShare& share : shares) {
                Stack& stack = owners[{share.process, share.op, share.tag, share.stack, share.allocation_class}];
                stack.process = share.process, stack.op = share.op, stack.tag = share.tag;
                stack.call_stack = share.stack;
                stack.allocation_class = share.allocation_class;
                stack.*to += share.sum;
            }
        };
        add(peak.moment.shares, &Stack::at_peak);
        add(peak.end.shares, &Stack::at_end);
        for (auto& [key, stack] : owners) {
            stack.chips = peak.chips;
            stack.pool = peak.pool;
            stacks.push_back(std::move(stack));
        }
    }
    std::stable_sort(stacks.begin(), stacks.end(),
                     [](const Stack& a, const Stack& b) { return weight(a) > weight(b); });
    return stacks;
}

std::string class_words(const Stack& stack) {
    return stack.is_rest ? "(other)" : std::string(class_name(stack.allocation_class));
}

std::string op_words(const Recording& recording, const Stack& stack) {
    if (stack.is_rest) return "(other)";
    return stack.op == 0 ? "(no operation)" : printable(recording.end.texts[stack.op]);
}

std::string Frame::words() const {
    if (file.empty()) return name;
    const std::string where = file.substr(file.rfind('/') + 1) + (line != 0 ? ":" + std::to_string(line) : "");
    return name.empty() ? where : where + " " + name;
}

std::vector<Frame> frames_of(const Recording& recording, const Stack& stack) {
    if (stack.is_rest) return {{"(other)"}};
    const std::vector<std::string>& texts = recording.end.texts;
    std::vector<Frame> frames = {{class_words(stack)}};
    const std::vector<StackFrame> called = frames_of(recording.end, stack.call_stack);
    for (auto frame = called.rbegin(); frame != called.rend(); ++frame) {
        frames.push_back({printable(texts[frame->function]), printable(texts[frame->file]), frame->line});
    }
    frames.push_back({op_words(recording, stack)});
    if (stack.tag != 0) frames.push_back({printable(texts[stack.tag])});
    return frames;
}

Exported write_stacks(const Recording& recording, ByteSink& sink, const RenderStacks& render) {
    const Peaks peaks = peaks_of(recording);
    const std::vector<Stack> stacks = stacks_of(peaks);
    Exported whole{.unit = "stack", .items = stacks.size(), .left_out = 0, .notes = {}, .coverage = peaks.coverage};
    for (const PoolPeak& peak : peaks.pools) note_unordered(peak.pool, peak.moment, whole.coverage);
    Exported exported = whole;
    std::string text = render(stacks, exported);
    for (size_t count = stacks.size(); !sink.has_room(text.size()) && count != 0;) {
        const double share = static_cast<double>(sink.most()) / static_cast<double>(text.size());
        count = std::min(count - 1, static_cast<size_t>(static_cast<double>(count) * share));
        exported = whole;
        exported.items = count;
        exported.notes.push_back(fmt::format("To stay within {}, {} of the smallest are added up as (other).",
                                             bytes_text(sink.most()), counted(stacks.size() - count, "stack")));
        text = render(largest(stacks, count), exported);
    }
    if (!sink.has_room(text.size())) {
        exported.notes.push_back(fmt::format("It does not fit in {}: even the sums of the pools take {}.",
                                             bytes_text(sink.most()), bytes_text(text.size())));
    }
    sink.put(text);
    return exported;
}

}  // namespace ttmem
