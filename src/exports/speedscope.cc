// https://www.speedscope.app: a profile for each pool at its peak, and for what is live at the end. Bytes of one chip;
// chips that are used alike share a profile.
#include <map>

#include <nlohmann/json.hpp>

#include "src/base/text.h"
#include "src/exports/stacks.h"

namespace ttmem {
namespace {

using Json = nlohmann::ordered_json;

class Frames {
public:
    size_t number_of(const Frame& frame) {
        const std::string name = frame.words();
        const auto [entry, is_new] = numbers_.try_emplace({name, frame.file}, numbers_.size());
        if (!is_new) return entry->second;
        json.push_back({{"name", name}});
        if (!frame.file.empty()) json.back()["file"] = frame.file;
        if (frame.line != 0) json.back()["line"] = frame.line;
        return entry->second;
    }
    Json json = Json::array();

private:
    std::map<std::pair<std::string, std::string>, size_t> numbers_;  // by words and file
};

struct Profile {
    Json samples = Json::array(), weights = Json::array();
    uint64_t total = 0;
};

}  // namespace

Exported write_speedscope(const Recording& recording, ByteSink& sink) {
    return write_stacks(recording, sink, [&](const std::vector<Stack>& stacks, const Exported& exported) {
        Frames frames;
        std::vector<std::string> order;  // the largest stack's pool first
        std::map<std::string, Profile> profiles;
        const auto add = [&](const Stack& stack, uint64_t bytes, const char* when) {
            if (bytes == 0) return;
            const std::string name =
                std::string(pool_name(stack.pool)) + " of " + chips_words(recording, stack.chips) + ", " + when;
            if (!profiles.contains(name)) order.push_back(name);
            Profile& profile = profiles[name];
            Json sample = Json::array();
            for (const Frame& frame : frames_of(recording, stack)) sample.push_back(frames.number_of(frame));
            profile.samples.push_back(sample);
            profile.weights.push_back(bytes);
            profile.total += bytes;
        };
        for (const Stack& stack : stacks) {
            add(stack, stack.at_peak.reserved_bytes, "at the peak");
            add(stack, stack.at_end.reserved_bytes, "at the end");
        }
        std::string title = "ttmem";
        for (const std::string& words : words_of(exported)) title += " - " + words;
        Json json = {{"$schema", "https://www.speedscope.app/file-format-schema.json"},
                     {"exporter", "ttmem"},
                     {"name", valid_utf8(title)},
                     {"activeProfileIndex", 0},
                     {"shared", {{"frames", frames.json}}},
                     {"profiles", Json::array()}};
        for (const std::string& name : order) {
            const Profile& profile = profiles[name];
            json["profiles"].push_back({{"type", "sampled"},
                                        {"name", name},
                                        {"unit", "bytes"},
                                        {"startValue", 0},
                                        {"endValue", profile.total},
                                        {"samples", profile.samples},
                                        {"weights", profile.weights}});
        }
        return escaped_controls(json.dump()) + "\n";
    });
}

}  // namespace ttmem
