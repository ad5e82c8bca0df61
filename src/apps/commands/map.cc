#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "src/analysis/failures/last_failure.h"
#include "src/analysis/snapshot/select.h"
#include "src/apps/commands.h"
#include "src/apps/options/asked_moment.h"
#include "src/apps/options/filter_options.h"
#include "src/apps/options/form_options.h"
#include "src/apps/options/picture_option.h"
#include "src/apps/sources/recordings.h"
#include "src/apps/sources/tracked.h"
#include "src/base/text.h"
#include "src/exports/map_svg.h"
#include "src/views/json/map.h"
#include "src/views/text/map.h"

namespace ttmem {
namespace map_parts {

constexpr size_t kMapTextLimit = 12, kMapJsonLimit = 10'000;

struct MapOptions {
    AskedMoment asked;
    std::optional<std::pair<uint32_t, uint32_t>> core;
    std::optional<size_t> bank, limit;
    AskedPicture picture;
    bool ascii = false;

    Filter& filter() { return asked.recording.filter; }
};

// Whether the chip is the one that is named, in the numbering of any process.
bool has_name(const Snapshot& snapshot, ChipId chip, const ChipName& name) {
    if (name.id) return *name.id == chip;
    return std::any_of(snapshot.processes.begin(), snapshot.processes.end(), [&](const Process& process) {
        return std::any_of(process.chips.begin(), process.chips.end(), [&](const ChipUse& use) {
            return use.chip.id == chip && use.chip.logical_id == name.logical_id;
        });
    });
}

void keep_asked(const MapOptions& options, MapValues& values) {
    const std::optional<ChipName>& chip = options.asked.recording.filter.chip;
    if (!chip) return;
    std::erase_if(values.maps, [&](const ChipMap& map) {
        return std::none_of(map.chips.begin(), map.chips.end(),
                            [&](ChipId id) { return has_name(values.snapshot, id, *chip); });
    });
}

// What is asked for and not there.
std::optional<Error> missing(const MapOptions& options, const MapValues& values) {
    if (values.maps.empty() && options.asked.recording.filter.chip)
        return unless_unread(values.snapshot.coverage, {"nothing is known about that chip now: no process has it open",
                                                        "", "ttmem map without a chip, or --at with a moment"});
    if (values.maps.empty()) return std::nullopt;
    const ChipMap& map = values.maps.front();
    if (options.core && (!map.l1 || shown_core(values, *map.l1) == nullptr)) {
        return Error{fmt::format("there is no core ({},{}) in the picture of this chip", options.core->first,
                                 options.core->second),
                     "the grid of its cores is what the runtime computes on", "ttmem map without --core shows it"};
    }
    if (options.bank && (map.banks.empty() || *options.bank >= map.banks.front().banks.banks)) {
        return Error{"there is no bank " + std::to_string(*options.bank) + " of dram",
                     map.banks.empty() ? "how many there are is not known"
                                       : "there are " + std::to_string(map.banks.front().banks.banks) + ", from 0",
                     "ttmem map"};
    }
    return std::nullopt;
}

int draw_picture(const MapOptions& options, const MapValues& values, const Terminal& terminal) {
    if (values.maps.empty()) {
        return terminal.fail(unless_unread(values.snapshot.coverage,
                                           {"there is nothing to draw", "no process had a chip open", "ttmem map"}),
                             values.snapshot.processes.empty() ? code_of(values.snapshot) : kNothingTracked);
    }
    const ChipMap& map = values.maps.front();
    MapWords words;
    const Look plain;
    words.verdict = map_verdict(values, map, plain);
    words.title = "ttmem map" +
                  (values.moment.empty() ? ": now, " + rfc3339(values.snapshot.generated_at) : ": " + values.moment);
    if (values.maps.size() > 1)
        words.title += "; the tightest of " + counted(values.maps.size(), "group") + " of chips";
    const Coverage& coverage = values.snapshot.coverage;
    if (!coverage.complete && !coverage.notes.empty()) words.note = "Incomplete: " + coverage.notes.front();
    if (values.clash && values.clash->beyond(values.snapshot, map) != 0) words.clash_end = values.clash->end;
    const Failure* failure = values.failure;
    if (failure != nullptr && failure->bytes_per_bank && is_on(*failure, values.snapshot, map.chips))
        words.shortage = MapWords::Shortage{failure->pool, *failure->bytes_per_bank};
    std::optional<size_t> core;
    if (map.l1 && options.core) core = static_cast<size_t>(shown_core(values, *map.l1) - map.l1->cores.data());
    const std::string svg = map_svg(values.snapshot, map, words, core);
    return write_picture(options.picture, svg, coverage, code_of(values.snapshot), terminal);
}

// What did not fit, and the chips that it is about first. Where the allocator told how much was free, that is shown.
void show_failure(const MapOptions& options, MapValues& values) {
    const Snapshot& s = values.snapshot;
    values.clash = newest_clash(s);
    const Failure* newest = newest_failure(s);
    const bool of_buffer = newest != nullptr && newest->kind == FailureKind::kOutOfMemory;
    if (of_buffer) {
        values.failure = newest;
        for (ChipMap& map : values.maps) tell_figures(*newest, s, map);
        const std::string& file = options.asked.recording.file;
        values.next = "ttmem explain --last" + (file.empty() ? "" : " " + file);
        if (newest->pool == Pool::kDram && !options.core && !options.bank) values.bank = 0;
    }
    std::stable_partition(values.maps.begin(), values.maps.end(), [&](const ChipMap& map) {
        return of_buffer ? is_on(*newest, s, map.chips) : values.clash && values.clash->beyond(s, map) != 0;
    });
}

int answer(const MapOptions& options, MapValues values, const Terminal& terminal) {
    values.core = options.core;
    if (options.bank) values.bank = *options.bank;
    values.limit = options.limit.value_or(terminal.json() ? kMapJsonLimit : kMapTextLimit);
    values.maps = maps_of(values.snapshot);
    keep_asked(options, values);
    if (options.asked.at == "failure") show_failure(options, values);
    if (const auto error = missing(options, values))
        return terminal.fail(*error, values.snapshot.processes.empty() ? code_of(values.snapshot)
                                     : values.maps.empty()             ? kNothingTracked
                                                                       : kUsage);
    if (options.picture.is_asked()) return draw_picture(options, values, terminal);
    const bool ascii = form_of({.form = {}, .ascii = options.ascii}) == ChartForm::kAscii;
    return terminal.answer([&] { return map_text(values, ascii, terminal.look()); }, [&] { return map_json(values); },
                           code_of(values.snapshot));
}

// Options of which one would be ignored.
std::optional<Error> contradiction(const MapOptions& options) {
    if (options.core && options.bank)
        return Error{"--core and --bank are two pictures", "a core has L1, a bank DRAM", "ask for one of them"};
    if (options.picture.force && !options.picture.is_asked())
        return Error{"--force is for a picture", "", "give --svg FILE"};
    if (options.bank && options.picture.is_asked())
        return Error{"--svg draws every bank", "so --bank has no meaning there", "leave --bank out"};
    return std::nullopt;
}

int show_map(const MapOptions& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    if (const auto error = contradiction(options)) return terminal.fail(*error, kUsage);
    if (!options.asked.is_now()) {
        const Result<Moment> moment = asked_moment(options.asked);
        if (!moment) return terminal.fail(moment.error(), kFailed);
        return answer(
            options, {.snapshot = moment->snapshot, .maps = {}, .moment = moment->words, .other_moment = moment->other},
            terminal);
    }
    const Asked asked{.filter = options.asked.recording.filter, .run = options.asked.recording.run};
    Result<Tracked> looked = look_at(asked);
    if (!looked) return terminal.fail(looked.error(), kFailed);
    if (const auto error = unknown(asked, looked->snapshot); error && !terminal.json())
        return terminal.fail(*error, kNothingTracked);
    MapValues values{.snapshot = looked->snapshot, .maps = {}};
    values.untracked = std::move(looked->untracked);
    return answer(options, std::move(values), terminal);
}

// "1,2" or "(1,2)", as the runtime numbers cores.
std::optional<std::pair<uint32_t, uint32_t>> core_from(std::string text) {
    if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
    const size_t comma = text.find(',');
    if (comma == std::string::npos) return std::nullopt;
    const auto x = parse_number(text.substr(0, comma)), y = parse_number(text.substr(comma + 1));
    if (!x || !y || *x >= CoreSet::kCoordinates || *y >= CoreSet::kCoordinates) return std::nullopt;
    return std::pair(static_cast<uint32_t>(*x), static_cast<uint32_t>(*y));
}

// A word is a chip's number or id, or a capture; each may come first.
std::string parse_word(const std::string& text, MapOptions& options) {
    const bool is_file = ::access(text.c_str(), F_OK) == 0;
    if (const std::optional<ChipName> chip = chip_from_text(text); chip && !is_file) {
        options.filter().chip = chip;
        return "";
    }
    if (!options.asked.recording.file.empty()) return "`" + text + "` is not a chip, and one capture is enough";
    if (!is_file) return "`" + text + "` is neither a chip (3, 0x361a...) nor an existing capture";
    options.asked.recording.file = text;
    return "";
}

Run add_map_options(OptionList& list) {
    const auto options = std::make_shared<MapOptions>();
    const std::shared_ptr<AskedMoment> asked(options, &options->asked);
    const std::shared_ptr<Filter> filter(options, &options->filter());
    list.parsed("CHIP?", "NUMBER, 0xID or FILE", "Only this chip; or capture to read (default: what is running now)",
                [options](const std::string& text) { return parse_word(text, *options); });
    list.parsed("CAPTURE?", "FILE", "Capture to read, after a chip",
                [options](const std::string& text) { return parse_word(text, *options); });
    list.parsed("--core", "X,Y",
                "Show this core, from lowest to highest address (default: the one with the narrowest gap)",
                [options](const std::string& text) {
                    options->core = core_from(text);
                    return options->core ? "" : "`" + text + "` is not a core such as 1,2";
                });
    list.number("--bank", options->bank, "N", "Show this bank of DRAM, from lowest to highest address");
    add_moment_option(list, asked);
    add_pid_option(list, filter);
    add_picture_option(list, std::shared_ptr<AskedPicture>(options, &options->picture));
    list.number("--limit", options->limit, "N",
                "Show only this many of the lowest buffers; 0 for all (default: 12; 10000 with --json)");
    list.flag("--ascii", options->ascii, "Draw in ASCII only (default: only if the locale is not UTF-8)");
    return [options](const Invocation& invocation) { return show_map(*options, invocation); };
}

}  // namespace map_parts

Command map_command() {
    using namespace map_parts;
    return {.name = "map",
            .summary = "show where everything lies: each core's L1 with its gap, and the banks of DRAM",
            .examples =
                "  ttmem map                          the grid of cores, and the core with the narrowest gap\n"
                "  ttmem map 3 --core 1,2             one core of chip 3, from lowest to highest address\n"
                "  ttmem map --bank 0 --limit 0       every block and hole in a bank of DRAM\n"
                "  ttmem map run.ttmem --at failure   the layout when an allocation failed\n"
                "  ttmem map run.ttmem --at l1-peak --svg map.svg\n"
                "  ttmem map --json | jq '.items[].l1.floor_holders.owners'\n",
            .details =
                "Circular buffers of programs (CB; dataflow buffers, DFB, are counted with them) grow up from the\n"
                "allocator's base; L1 buffers grow down from the top. All programs begin at the same address, so on\n"
                "each core the one that reaches furthest counts. The gap between its end and the lowest L1 buffer\n"
                "is how much it can still grow; beyond that, tt-metal reports a clash. An address is taken in all\n"
                "banks alike, so every core has the same L1 buffers, and cores differ only in their circular\n"
                "buffers.\n"
                "\n"
                "FLOOR HOLDERS are small L1 buffers below all others: each takes at most a hundredth of a core's L1\n"
                "and was not made in an iteration that is still going on. What they strand are the free bytes\n"
                "directly above them, which circular buffers could have if the holders lay elsewhere. The block\n"
                "that splits a bank is the one without which the largest free range would be largest.\n"
                "\n"
                "For a capture whose processes have ended, the fullest moment is shown. With --at failure, what did\n"
                "not fit comes first; if that was in DRAM, the banks are shown in place of L1.\n",
            .add_options = add_map_options};
}

}  // namespace ttmem
