#include "src/views/tui/keys.h"

#include <charconv>
#include <optional>

namespace ttmem::tui {
namespace {

constexpr size_t kLongest = 32;  // bytes of a sequence; what is longer is none

struct Taken {
    Key key;
    size_t bytes = 0;
};

// The numbers of "1;5" or "<0;12;3".
std::vector<size_t> numbers_of(std::string_view text) {
    std::vector<size_t> numbers;
    while (!text.empty()) {
        size_t number = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (problem == std::errc()) numbers.push_back(number);
        const size_t used = static_cast<size_t>(end - text.data());
        text.remove_prefix(used == 0 || (used < text.size() && text[used] == ';') ? used + 1 : used);
    }
    return numbers;
}

Key click_of(const std::vector<size_t>& numbers, bool pressed) {
    if (numbers.size() < 3 || numbers[1] == 0 || numbers[2] == 0 || !pressed) return {};
    Key key{KeyKind::kUnknown, 0, numbers[1] - 1, numbers[2] - 1};
    if (numbers[0] == 0) key.kind = KeyKind::kClick;
    if (numbers[0] == 64) key.kind = KeyKind::kWheelUp;
    if (numbers[0] == 65) key.kind = KeyKind::kWheelDown;
    return key;
}

Key numbered(size_t number) {
    switch (number) {
        case 1:
        case 7:
            return {KeyKind::kHome};
        case 4:
        case 8:
            return {KeyKind::kEnd};
        case 5:
            return {KeyKind::kPageUp};
        case 6:
            return {KeyKind::kPageDown};
        default:
            break;
    }
    // F1 to F12 have numbers with holes.
    constexpr std::string_view kNumbers("\x0b\x0c\x0d\x0e\x0f\x11\x12\x13\x14\x15\x17\x18");
    const size_t place = number < 128 ? kNumbers.find(static_cast<char>(number)) : std::string_view::npos;
    if (place == std::string_view::npos) return {};
    return {KeyKind::kFunction, static_cast<char32_t>(place + 1)};
}

Key lettered(char letter) {
    switch (letter) {
        case 'A':
            return {KeyKind::kUp};
        case 'B':
            return {KeyKind::kDown};
        case 'C':
            return {KeyKind::kRight};
        case 'D':
            return {KeyKind::kLeft};
        case 'H':
            return {KeyKind::kHome};
        case 'F':
            return {KeyKind::kEnd};
        case 'Z':
            return {KeyKind::kBackTab};
        case 'P':
        case 'Q':
        case 'R':
        case 'S':
            return {KeyKind::kFunction, static_cast<char32_t>(letter - 'P' + 1)};
        default:
            return {};
    }
}

// A sequence that begins with ESC [ or ESC O; nothing while its end is missing.
std::optional<Taken> sequence_of(std::string_view bytes) {
    if (bytes[1] == 'O') {
        if (bytes.size() < 3) return std::nullopt;
        return Taken{lettered(bytes[2]), 3};
    }
    if (bytes.size() > 2 && bytes[2] == '[') {  // F1 to F5 of the Linux console
        if (bytes.size() < 4) return std::nullopt;
        const bool known = bytes[3] >= 'A' && bytes[3] <= 'E';
        return Taken{known ? Key{KeyKind::kFunction, static_cast<char32_t>(bytes[3] - 'A' + 1)} : Key{}, 4};
    }
    for (size_t end = 2; end < bytes.size(); ++end) {
        const char last = bytes[end];
        if (last < '@' || last > '~') {
            if (last < ' ' || last > '~' || end >= kLongest) return Taken{{}, end};
            continue;
        }
        const std::vector<size_t> numbers = numbers_of(bytes.substr(2, end - 2));
        if (bytes[2] == '<') return Taken{click_of(numbers, last == 'M'), end + 1};
        return Taken{last == '~' ? numbered(numbers.empty() ? 0 : numbers[0]) : lettered(last), end + 1};
    }
    return std::nullopt;
}

std::optional<Taken> character_of(std::string_view bytes) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    if (first == '\r' || first == '\n') return Taken{{KeyKind::kEnter}, 1};
    if (first == '\t') return Taken{{KeyKind::kTab}, 1};
    if (first == 0x7f || first == 0x08) return Taken{{KeyKind::kBackspace}, 1};
    if (first < 0x80) return Taken{{KeyKind::kCharacter, first}, 1};
    const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
    if (length == 1) return Taken{{}, 1};
    char32_t character = first & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
        if (i >= bytes.size()) return std::nullopt;
        const auto byte = static_cast<unsigned char>(bytes[i]);
        if ((byte & 0xc0) != 0x80) return Taken{{}, i};
        character = character << 6 | (byte & 0x3f);
    }
    return Taken{{KeyKind::kCharacter, character}, length};
}

std::optional<Taken> take(std::string_view bytes, const KeyNames& names, bool waited) {
    bool may_become_one = false;
    for (const auto& [sequence, key] : names) {
        if (sequence.empty()) continue;
        if (bytes.starts_with(sequence)) return Taken{key, sequence.size()};
        may_become_one |= sequence.starts_with(bytes);
    }
    if (may_become_one && !waited) return std::nullopt;
    if (bytes[0] != '\x1b') {
        const std::optional<Taken> character = character_of(bytes);
        return !character && waited ? Taken{{}, 1} : character;
    }
    if (bytes.size() == 1) return waited ? std::optional(Taken{{KeyKind::kEscape}, 1}) : std::nullopt;
    if (bytes[1] != '[' && bytes[1] != 'O') return Taken{{KeyKind::kEscape}, 1};
    const std::optional<Taken> sequence = sequence_of(bytes);
    return !sequence && waited ? Taken{{KeyKind::kEscape}, 1} : sequence;
}

}  // namespace

std::vector<Key> take_keys(std::string& bytes, const KeyNames& names, bool waited) {
    std::vector<Key> keys;
    size_t at = 0;
    while (at < bytes.size()) {
        const std::optional<Taken> taken = take(std::string_view(bytes).substr(at), names, waited);
        if (!taken) break;
        at += taken->bytes;
        if (taken->key.kind != KeyKind::kUnknown) keys.push_back(taken->key);
    }
    bytes.erase(0, at);
    return keys;
}

}  // namespace ttmem::tui
