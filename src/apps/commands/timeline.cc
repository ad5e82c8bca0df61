#include <algorithm>
#include <array>

#include "src/analysis/recording/timeline_by_event.h"
#include "src/apps/commands.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/options/form_options.h"
#include "src/apps/options/picture_option.h"
#include "src/apps/sources/tracked.h"
#include "src/exports/timeline_svg.h"
#include "src/views/json/timeline.h"
#include "src/views/text/peak.h"
#include "src/views/text/recorded.h"
#include "src/views/text/timeline.h"

namespace ttmem {
namespace timeline_parts {

constexpr size_t kJsonSlots = 400;
constexpr size_t kMostPanels = 8, kMostOfPool = 2;

struct Options {
    AskedRecording asked;
    FormOptions form;
    AskedPicture picture;
    std::string by;  // "": what shows more
};

// `may_choose`: by time, or in the order of events where that shows more, as a page opens.
Timeline timeline_as_asked(const Options& options, const Recording& recording, size_t slots, DrawnTime stretch,
                           bool may_choose) {
    Timeline timeline = timeline_of(recording, slots, options.by == "event" ? DrawnTime::kEvents : stretch);
    if (may_choose && options.by.empty() && is_crowded(timeline)) {
        if (std::optional<Timeline> by_event = timeline_by_event(recording, timeline)) timeline = std::move(*by_event);
    }
    std::erase_if(timeline.pools, [&](const PoolTimeline& pool) {
        return !is_asked(options.asked, recording, pool.peak.chips, pool.peak.pool);
    });
    return timeline;
}

DrawnTime drawn_time(const Options& options) {
    const bool is_told = !options.asked.window.from.empty() || !options.asked.window.to.empty();
    return is_told ? DrawnTime::kWhole : DrawnTime::kUsed;
}

// Where there are too many, the fullest of each pool: those of equal chips tell the same.
size_t leave_out_curves(std::vector<PoolTimeline>& pools) {
    const size_t all = pools.size();
    if (all <= kMostPanels) return 0;
    std::array<size_t, kPoolCount> drawn{};
    std::erase_if(pools,
                  [&](const PoolTimeline& pool) { return ++drawn[static_cast<size_t>(pool.peak.pool)] > kMostOfPool; });
    return all - pools.size();
}

int write_svg(const Options& options, const Recording& recording, const Terminal& terminal) {
    Timeline timeline = timeline_as_asked(options, recording, kSvgSlots, drawn_time(options), true);
    std::erase_if(timeline.pools, [](const PoolTimeline& pool) { return pool.slots[pool.peak_slot].bytes == 0; });
    if (const Result<void> read = was_read(options.asked, recording); !read)
        return terminal.fail(read.error(), kFailed);
    TimelineWords words;
    words.title = "ttmem timeline: " + source_name(options.asked);
    words.verdict = first_line(recording, timeline.pools, {});
    if (!options.asked.file.empty())
        words.to_widen = timeline.by_time ? "The whole: --by time --from 0s." : "By time: --by time.";
    const bool differ = std::ranges::any_of(
        timeline.pools, [&](const PoolTimeline& pool) { return pool.peak.chips != timeline.pools.front().peak.chips; });
    if (differ) words.chips = [&](const std::vector<ChipId>& chips) { return chips_text(recording, chips); };
    const size_t left_out = leave_out_curves(timeline.pools);
    for (const PoolTimeline& pool : timeline.pools) {
        words.panels.push_back(std::string(pool_name(pool.peak.pool)) + " of " +
                               (pool.peak.chips.size() == 1 ? "" : "each of ") +
                               chips_text(recording, pool.peak.chips));
    }
    if (!timeline.coverage.complete && !timeline.coverage.notes.empty()) {
        words.note = "Incomplete: " + timeline.coverage.notes.front();
    }
    if (left_out != 0) words.left_out = counted(left_out, "curve") + " left out: choose with --pool and --chip.";
    const std::string svg = timeline_svg(timeline, words);
    return write_picture(options.picture, svg, timeline.coverage, code_of(recording.end), terminal);
}

int show(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    if (options.picture.force && !options.picture.is_asked())
        return terminal.fail({"--force is for a picture", "", "give --svg FILE"}, kUsage);
    const Result<Recording> recording = asked_recording(options.asked);
    if (!recording) return terminal.fail(recording.error(), options.asked.file.empty() ? kNothingTracked : kFailed);
    if (options.picture.is_asked()) return write_svg(options, *recording, terminal);
    const ChartForm form = form_of(options.form);
    const size_t slots = terminal.json() ? kJsonSlots : timeline_slots(terminal.look(), form);
    const DrawnTime drawn = terminal.json() ? DrawnTime::kWhole : drawn_time(options);
    TimelineValues values{*recording, timeline_as_asked(options, *recording, slots, drawn, !terminal.json())};
    values.verdict = first_line(*recording, values.timeline.pools, {});
    if (const Result<void> read = was_read(options.asked, *recording); !read)
        return terminal.fail(read.error(), kFailed);
    return terminal.answer([&] { return timeline_text(values, form, terminal.look()); },
                           [&] { return timeline_json(values); }, code_of(recording->end));
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    const std::shared_ptr<AskedRecording> asked(options, &options->asked);
    add_recording_options(list, asked);
    add_pool_options(list, asked);
    constexpr const char* kAxes = "time|event";
    list.parsed("--by", kAxes, "Draw by time, or in the order of events (default: whichever shows more)",
                [options](const std::string& text) {
                    options->by = text;
                    return text == "time" || text == "event" ? "" : not_one_of(text, kAxes);
                });
    add_picture_option(list, std::shared_ptr<AskedPicture>(options, &options->picture));
    add_form_options(list, std::shared_ptr<FormOptions>(options, &options->form));
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace timeline_parts

Command timeline_command() {
    using namespace timeline_parts;
    return {.name = "timeline",
            .summary = "show the use of each pool over time, in the terminal or as a picture",
            .examples =
                "  ttmem timeline run.ttmem               curves as wide as the terminal\n"
                "  ttmem timeline run.ttmem --svg t.svg   a picture by class, light and dark\n"
                "  ttmem timeline run.ttmem --pool l1 --chip 3 --ascii\n",
            .details =
                "Bytes are reserved bytes per chip. Each step of a curve is the largest use in its stretch of time,\n"
                "so no peak is lost between two steps. Below the curves are the peak, failed allocations, history\n"
                "that was lost, and the iterations and operations that are long enough to be seen; the others are\n"
                "counted.\n"
                "\n"
                "If a tenth of the time has more than a third of the events, as where programs were compiled for\n"
                "seconds and then ran in milliseconds, the axis is the order of events, each as wide as another.\n"
                "This needs ended processes and a history without gaps; JSON is by time. --by overrides both.\n"
                "\n"
                "The time before the first allocation and after the end of use is left out; --by time --from 0s\n"
                "draws all of it. The picture also shades everything before the end of the first iteration.\n",
            .add_options = add_options};
}

}  // namespace ttmem
