// profile.proto of https://github.com/google/pprof: four figures for each owner on each chip, with labels, so that
// `pprof -tagfocus` and `-diff_base` work. Names of fields are beside their numbers.
#include <map>
#include <tuple>

#include "src/base/text.h"
#include "src/exports/protobuf.h"
#include "src/exports/stacks.h"

namespace ttmem {
namespace {

class PprofProfile {
public:
    explicit PprofProfile(const Recording& recording) : recording_(recording) { string(""); }

    void add(const Stack& stack) {
        const uint64_t values[] = {stack.at_end.allocations, stack.at_end.reserved_bytes, stack.at_peak.allocations,
                                   stack.at_peak.reserved_bytes};
        std::vector<Frame> frames = frames_of(recording_, stack);
        frames.insert(frames.begin(), {std::string(pool_name(stack.pool))});
        std::vector<uint64_t> locations;
        for (size_t i = frames.size(); i-- != 0;) locations.push_back(location(frames[i]));
        for (const ChipId chip : stack.chips) {
            ProtoMessage sample;
            sample.packed(1 /*location_id*/, locations).packed(2 /*value*/, values);
            label(sample, "chip", chips_words(recording_, {chip}));
            label(sample, "pool", pool_name(stack.pool));
            label(sample, "class", class_words(stack));
            label(sample, "op", op_words(recording_, stack));
            if (!stack.is_rest) {
                if (stack.tag != 0) label(sample, "tag", printable(recording_.end.texts[stack.tag]));
                label(sample, "process", printable(process_words(recording_.end.processes[stack.process])));
            }
            profile_.message(2 /*sample*/, sample);
        }
    }

    std::string finish(const Exported& exported) {
        for (const auto& [name, unit] : {std::pair("inuse_objects", "count"),
                                         {"inuse_space", "bytes"},
                                         {"peak_objects", "count"},
                                         {"peak_space", "bytes"}}) {
            ProtoMessage type;
            type.number(1 /*type*/, string(name)).number(2 /*unit*/, string(unit));
            profile_.message(1 /*sample_type*/, type);
        }
        for (const auto& [frame, id] : locations_) {
            const auto& [name, file, number] = frame;
            ProtoMessage line, location, function;
            function.number(1 /*id*/, id).number(2 /*name*/, string(name)).number(3 /*system_name*/, string(name));
            if (!file.empty()) function.number(4 /*filename*/, string(file));
            line.number(1 /*function_id*/, id);
            if (number != 0) line.number(2 /*line*/, number);
            location.number(1 /*id*/, id).message(4 /*line*/, line);
            profile_.message(4 /*location*/, location).message(5 /*function*/, function);
        }
        if (recording_.ended_at > 0) profile_.number(9 /*time_nanos*/, static_cast<uint64_t>(recording_.ended_at));
        if (recording_.began_at > 0 && recording_.ended_at > recording_.began_at)
            profile_.number(10 /*duration_nanos*/, static_cast<uint64_t>(recording_.ended_at - recording_.began_at));
        for (const std::string& words : words_of(exported)) profile_.number(13 /*comment*/, string(printable(words)));
        profile_.number(14 /*default_sample_type*/, string("peak_space"));
        for (const std::string& text : texts_) profile_.bytes(6 /*string_table*/, text);
        return profile_.text();
    }

private:
    uint64_t string(std::string_view text) {
        const auto [entry, is_new] = strings_.try_emplace(std::string(text), texts_.size());
        if (is_new) texts_.emplace_back(text);
        return entry->second;
    }
    uint64_t location(const Frame& frame) {
        const std::string name = frame.name.empty() ? frame.words() : frame.name;
        return locations_.try_emplace({name, frame.file, frame.line}, locations_.size() + 1).first->second;
    }
    void label(ProtoMessage& sample, std::string_view key, std::string_view value) {
        ProtoMessage label;
        label.number(1 /*key*/, string(key)).number(2 /*str*/, string(value));
        sample.message(3 /*label*/, label);
    }

    const Recording& recording_;
    ProtoMessage profile_;
    std::map<std::string, uint64_t> strings_;                                       // by text: its number
    std::vector<std::string> texts_;                                                // by number
    std::map<std::tuple<std::string, std::string, uint32_t>, uint64_t> locations_;  // by name, file, line
};

}  // namespace

Exported write_pprof(const Recording& recording, ByteSink& sink) {
    return write_stacks(recording, sink, [&](const std::vector<Stack>& stacks, const Exported& exported) {
        PprofProfile profile(recording);
        for (const Stack& stack : stacks) profile.add(stack);
        return profile.finish(exported);
    });
}

}  // namespace ttmem
