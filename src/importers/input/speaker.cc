#include "src/importers/input/speaker.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "src/importers/input/characters.h"
#include "src/importers/input/escapes.h"
#include "src/importers/input/line_breaks.h"

namespace ttmem {
namespace {

constexpr size_t kMostHead = 128, kMostName = 80, kMostFields = 2000;
constexpr size_t kMostOwn = size_t{32} << 10;  // bytes of one speaker that are gathered

bool has_digit(std::string_view text) { return text.find_first_of("0123456789") != std::string_view::npos; }

bool all_of(std::string_view text, std::string_view allowed) {
    return text.find_first_not_of(allowed) == std::string_view::npos;
}

// Of "[...]" at the beginning: a rank, a worker, a pod; no time, no progress, no place in a source, no core range.
size_t bracketed(std::string_view text) {
    const size_t end = text.substr(0, kMostName).find(']');
    if (!text.starts_with('[') || end == std::string_view::npos) return 0;
    const std::string_view inner = text.substr(1, end - 1);
    const std::string words = lower(inner);
    if (words.starts_with("pod/") || words.starts_with("rank ") || words.starts_with("pid ")) return end + 1;
    const bool counts = inner.find('/') != std::string_view::npos && all_of(inner, "0123456789/");
    const bool place = inner.find(".py:") != std::string_view::npos || inner.find(".cpp:") != std::string_view::npos;
    const bool time = all_of(inner, "0123456789-:.TZ+ ") && inner.find_first_of(":-") != std::string_view::npos;
    if (inner.empty() || !has_digit(inner) || inner.find(' ') != std::string_view::npos || counts || place || time ||
        inner.ends_with('%') || inner.starts_with("0x"))
        return 0;
    return end + 1;
}

// Of "(Worker_TP1 pid=301) ".
size_t in_parentheses(std::string_view text) {
    const size_t end = text.substr(0, kMostHead).find(')');
    if (!text.starts_with('(') || end == std::string_view::npos) return 0;
    const std::string_view inner = text.substr(0, end);
    return inner.find("pid=") != std::string_view::npos || inner.find("rank=") != std::string_view::npos ? end + 1 : 0;
}

// Of "rank3: ", "worker 3 says: ", "web-1  | ", "3: ", "app[77]: ".
size_t named(std::string_view text) {
    size_t end = 0;
    while (end < std::min(text.size(), kMostName) && (is_word(text[end]) || text[end] == '-' || text[end] == '.'))
        ++end;
    if (end == 0) return 0;
    static constexpr auto kNames =
        std::to_array<std::string_view>({"rank", "worker", "process", "proc", "replica", "task"});
    const std::string word = lower(text.substr(0, end));
    std::string_view rest = text.substr(end);
    const bool is_name = std::ranges::any_of(kNames, [&](auto name) { return word == name; });
    if (is_name && rest.starts_with(' ')) {  // its number is the next word
        size_t digits = 1;
        while (digits < rest.size() && is_digit(rest[digits])) ++digits;
        if (digits == 1) return 0;
        end += digits;
        rest.remove_prefix(digits);
        return rest.starts_with(": ") || rest.starts_with(" says: ") || rest.starts_with(" |") ? end : 0;
    }
    if (rest.starts_with('[')) {
        const size_t close = rest.find("]: ");
        return close != std::string_view::npos && close > 1 && all_of(rest.substr(1, close - 1), "0123456789")
                   ? end + close + 1
                   : 0;
    }
    const bool number = all_of(word, "0123456789");
    const bool numbered =
        std::ranges::any_of(kNames, [&](auto name) { return word.starts_with(name) && has_digit(word); });
    if (rest.starts_with(": ") && (number || numbered)) return end;
    // docker compose: "name-1  | "
    const size_t bar = rest.find_first_not_of(' ');
    const bool service =
        bar != std::string_view::npos && bar > 0 && rest[bar] == '|' && is_digit(word.back()) && !number;
    return service && word.find_first_of("-_abcdefghijklmnopqrstuvwxyz") == 0 ? end : 0;
}

// Of `"rank": 3` in a line of JSON and of `rank=3` in one of logfmt: key and value.
std::string field(std::string_view line) {
    static constexpr auto kKeys = std::to_array<std::string_view>(
        {"rank", "local_rank", "pid", "process", "pod", "container", "container_name", "worker", "host"});
    std::string found;
    const bool json = line.starts_with('{');
    for (const std::string_view key : kKeys) {
        const std::string wanted = json ? "\"" + std::string(key) + "\":" : std::string(key) + "=";
        const size_t at = line.find(wanted);
        if (at == std::string_view::npos || (!json && at > 0 && line[at - 1] != ' ')) continue;
        const std::string_view value = line.substr(at + wanted.size(), kMostName);
        const size_t begin = value.find_first_not_of(" \"");
        if (begin == std::string_view::npos) continue;
        found += std::string(key) + "=" +
                 std::string(value.substr(begin, value.find_first_of(" \",}\n", begin) - begin)) + " ";
    }
    return found;
}

// After "Jul 06 01:00:03 " and "stderr F ", and what else tells no one apart.
size_t skip_common(std::string_view text) {
    static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    size_t at = 0;
    while (at < text.size() && is_blank(text[at])) ++at;
    for (const std::string_view words : {"stderr F ", "stdout F ", "stderr P ", "stdout P "}) {
        if (text.substr(at).starts_with(words)) return at + words.size();
    }
    if (const size_t month = kMonths.find(text.substr(at, 3));
        text.size() > at + 7 && month != std::string_view::npos && month % 3 == 0 && text[at + 3] == ' ') {
        size_t day = at + 4;
        while (day < text.size() && (is_digit(text[day]) || is_blank(text[day]))) ++day;
        // The hour was taken with the day.
        if (day < text.size() && text[day] == ':') {
            while (day < text.size() && !is_blank(text[day])) ++day;
            return day;
        }
    }
    if (text.substr(at).starts_with('[')) {  // a time
        const size_t end = text.find(']', at);
        const std::string_view inner = text.substr(at + 1, end == std::string_view::npos ? 0 : end - at - 1);
        const bool time = inner.find_first_of(":-") != std::string_view::npos && all_of(inner, "0123456789-:., TZ+");
        if (time && inner.size() > 4) return end + 1;
    }
    size_t digits = at;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    const bool rank = digits > at && text.substr(digits).starts_with(": ");
    return rank ? 0 : skip_times(text, at);
}

}  // namespace

std::string speaker_of(std::string_view line) {
    if (line.starts_with('{') || line.find("level=") < kMostHead) {
        return field(line.substr(0, std::min({line.size(), kMostFields, line.find('\n')})));
    }
    if (line.substr(0, kMostName).find_first_of("[(|:") == std::string_view::npos) return "";
    const std::string head = without_escapes(line.substr(0, std::min(kMostHead, line.find('\n'))));
    std::string_view rest(head);
    std::string speaker;
    bool first_word = true;
    for (size_t parts = 0; parts < 6 && !rest.empty(); ++parts) {
        if (const size_t skipped = skip_common(rest); skipped != 0) {
            rest.remove_prefix(skipped);
            continue;
        }
        size_t end = bracketed(rest);
        if (end == 0) end = in_parentheses(rest);
        if (end == 0) end = named(rest);
        if (end == 0 && first_word && speaker.empty()) {  // "host app[77]: "
            const size_t blank = rest.find(' ');
            if (blank == std::string_view::npos || blank > kMostName) break;
            const size_t process = named(rest.substr(blank + 1));
            if (process == 0 || !rest.substr(blank + 1, process).ends_with(']')) break;
            end = blank + 1 + process;
        }
        if (end == 0) break;
        first_word = false;
        speaker += std::string(rest.substr(0, end)) + " ";
        rest.remove_prefix(end);
        for (const std::string_view mark : {"<stderr>", "<stdout>", ":", " says:"}) {
            if (rest.starts_with(mark)) rest.remove_prefix(mark.size());
        }
    }
    return speaker;
}

size_t OwnLines::place_in_bytes(size_t at) const {
    size_t place = at;
    for (const auto& [begin, in_bytes] : runs) {
        if (begin > at) break;
        place = in_bytes + (at - begin);
    }
    return place;
}

OwnLines own_lines(std::string_view bytes, const std::string& speaker) {
    struct Line {
        size_t begin, end;
        std::string speaker;
    };
    std::vector<Line> lines;
    std::unordered_map<std::string, size_t> seen;
    for (size_t at = 0; at < bytes.size();) {
        const size_t end = std::min(bytes.find('\n', at), bytes.size() - 1) + 1;
        std::string named = lines.empty() ? speaker : speaker_of(bytes.substr(at, end - at));
        if (named.empty() && !lines.empty() && !speaker.empty()) named = lines.back().speaker;
        ++seen[named];
        lines.push_back({at, end, std::move(named)});
        at = end;
    }
    OwnLines own;
    bool begins_run = true;
    for (const Line& line : lines) {
        const bool is_own = line.speaker == speaker;
        const bool of_other = !is_own && (seen[line.speaker] > 1 || (!speaker.empty() && seen[speaker] > 1));
        if (of_other) {
            own.of_several = begins_run = true;
            if (speaker.empty()) break;  // whose the unnamed lines below are, nothing tells
            continue;
        }
        if (std::exchange(begins_run, false)) own.runs.emplace_back(own.text.size(), line.begin);
        own.text += bytes.substr(line.begin, line.end - line.begin);
        if (own.text.size() > kMostOwn) break;
    }
    return own;
}

}  // namespace ttmem
