// From one canvas to the next, as bytes for a terminal: only what differs, within one synchronized update (mode 2026),
// which terminals without it ignore.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/views/tui/canvas.h"

namespace ttmem::tui {

// How many colors a terminal has, as far as that is used. One palette, safe for the color-blind, by class of memory
// (Okabe and Ito); without colors bold, dim and reverse remain, and every meaning also has a word or a shape.
enum class Colors : uint8_t { kNone, kFew, kMany };  // 0, 8 and 256

// What inks look like on the background of the terminal, which nobody can ask it for: light colors on a dark one, dark
// ones on a light one, or none.
enum class Theme : uint8_t { kDark, kLight, kMono };
std::string_view theme_name(Theme theme);  // "dark"
std::optional<Theme> theme_from_name(std::string_view name);
Theme next_theme(Theme theme);

// `before`: null, or of another size: everything is painted, on a cleared screen. "" when nothing differs.
std::string repaint(const Canvas* before, const Canvas& now, Colors colors, Theme theme = Theme::kDark);

}  // namespace ttmem::tui
