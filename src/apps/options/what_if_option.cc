#include "src/apps/options/what_if_option.h"

#include <unistd.h>

#include <algorithm>

#include "src/analysis/capacity/rescaled.h"
#include "src/apps/sources/recordings.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

std::string parse_one(const std::string& word, AskedWhatIf& asked) {
    WhatIfSettings& settings = asked.settings;
    const size_t equals = word.find('=');
    if (("," + asked.words + ",").find("," + word.substr(0, equals) + "=") != std::string::npos)
        return "`" + word.substr(0, equals) + "` is given twice";
    const std::string name = word.substr(0, equals), value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (name == "policy") {
        const auto policy = fit_policy_from_name(value);
        if (!policy) return not_one_of(value, "first_fit|best_fit");
        settings.policy = *policy;
        return "";
    }
    if (name == "machine") {
        asked.machine = value;
        return value.empty() ? "machine= wants a capture that was made on that machine" : "";
    }
    std::optional<uint64_t>* size = name == "l1_small"       ? &settings.sizes.l1_small_bytes
                                    : name == "trace_region" ? &settings.sizes.trace_region_bytes
                                                             : nullptr;
    if (size == nullptr)
        return "`" + word +
               "` is none of l1_small=SIZE, trace_region=SIZE, policy=first_fit, policy=best_fit, machine=CAPTURE";
    *size = parse_bytes(value);
    return *size ? "" : "`" + word + "` has no size such as 32768, 32K or 1.5MiB";
}

}  // namespace

Result<void> read_machine(AskedWhatIf& asked) {
    if (asked.machine.empty()) return {};
    const std::string next = "record anything there: ttmem run --mock P150 -o p150.ttmem -- python model.py";
    if (::access(asked.machine.c_str(), F_OK) != 0) {
        return Error{"there is no capture `" + asked.machine + "`", "machine= names one that was made on that machine",
                     next};
    }
    const Result<Recording> recording = open_recording(asked.machine, {});
    if (!recording) return recording.error();
    asked.settings.machine = arenas_of_machine(*recording);
    const bool is_known =
        std::ranges::any_of(*asked.settings.machine, [](const auto& arena) { return arena.has_value(); });
    if (!is_known)
        return Error{"`" + asked.machine + "` does not say what a chip has", "no device was opened in it", next};
    return {};
}

void add_what_if_option(OptionList& options, std::shared_ptr<AskedWhatIf> asked) {
    options.parsed("--what-if", "NAME=VALUE,...",
                   "What to change: l1_small=SIZE per core, trace_region=SIZE per chip, policy=first_fit or best_fit, "
                   "machine=CAPTURE made on another machine",
                   [asked](const std::string& text) {
                       for (size_t begin = 0; begin <= text.size();) {
                           const size_t end = std::min(text.find(',', begin), text.size());
                           const std::string word = text.substr(begin, end - begin);
                           if (std::string wrong = parse_one(word, *asked); !wrong.empty()) return wrong;
                           asked->words += (asked->words.empty() ? "" : ",") + word;
                           begin = end + 1;
                       }
                       return std::string();
                   });
}

}  // namespace ttmem
