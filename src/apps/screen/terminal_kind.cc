#include "src/apps/screen/terminal_kind.h"

#include <array>
#include <cstdlib>
#include <utility>

// The last one, for it defines `columns`, `lines` and hundreds of other words as macros.
#include <term.h>

namespace ttmem {
namespace {

std::string capability(const char* name) {
    const char* text = ::tigetstr(const_cast<char*>(name));
    return text == nullptr || text == reinterpret_cast<char*>(-1) ? "" : text;
}

// Without the pauses that old terminals needed: $<5>.
std::string without_padding(std::string text) {
    for (size_t at = text.find("$<"); at != std::string::npos; at = text.find("$<", at)) {
        text.erase(at, text.find('>', at) == std::string::npos ? std::string::npos : text.find('>', at) - at + 1);
    }
    return text;
}

constexpr std::array<std::pair<const char*, tui::Key>, 12> kNames = {{
    {"kcuu1", {tui::KeyKind::kUp}},
    {"kcud1", {tui::KeyKind::kDown}},
    {"kcub1", {tui::KeyKind::kLeft}},
    {"kcuf1", {tui::KeyKind::kRight}},
    {"khome", {tui::KeyKind::kHome}},
    {"kend", {tui::KeyKind::kEnd}},
    {"kpp", {tui::KeyKind::kPageUp}},
    {"knp", {tui::KeyKind::kPageDown}},
    {"kcbt", {tui::KeyKind::kBackTab}},
    {"kf1", {tui::KeyKind::kFunction, 1}},
    {"kf6", {tui::KeyKind::kFunction, 6}},
    {"kf10", {tui::KeyKind::kFunction, 10}},
}};

}  // namespace

Result<TerminalKind> terminal_kind() {
    const char* name = std::getenv("TERM");
    const std::string next = "ttmem top --once prints one frame as text; ttmem status, ps and buffers say the same";
    if (name == nullptr || *name == 0) return Error{"this terminal is of no known kind", "TERM is not set", next};
    int problem = 0;
    if (::setupterm(nullptr, 1, &problem) != 0) {
        return Error{"this terminal is of no known kind", std::string("terminfo does not know TERM=") + name, next};
    }
    if (capability("cup").empty()) {
        return Error{"this terminal cannot move its cursor", std::string("so says terminfo of TERM=") + name, next};
    }
    TerminalKind kind;
    const int colors = ::tigetnum(const_cast<char*>("colors"));
    kind.colors = colors >= 256 ? tui::Colors::kMany : colors >= 8 ? tui::Colors::kFew : tui::Colors::kNone;
    for (const auto& [capability_name, key] : kNames) {
        if (std::string bytes = capability(capability_name); bytes.size() > 1) kind.keys.emplace_back(bytes, key);
    }
    kind.begin = without_padding(capability("smcup") + capability("smkx") + capability("civis"));
    kind.end = without_padding(capability("sgr0") + capability("cnorm") + capability("rmkx") + capability("rmcup"));
    return kind;
}

}  // namespace ttmem
