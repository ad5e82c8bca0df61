// The words of a picture with the room that they take, and whether each can be read.
#pragma once

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

#include "src/exports/svg_words.h"

namespace ttmem {

struct SvgText {
    double left = 0, right = 0, upper = 0, lower = 0;
    std::string words, style;
};

inline std::string svg_unescaped(std::string text) {
    for (const auto& [from, to] : {std::pair("&lt;", "<"), {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}}) {
        for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; ++at)
            text.replace(at, std::char_traits<char>::length(from), to);
    }
    return text;
}

inline std::vector<SvgText> svg_texts(const std::string& svg) {
    static const std::regex kText(
        "<text x=\"([-0-9.]+)\" y=\"([-0-9.]+)\" class=\"(\\w+)\" text-anchor=\"(\\w+)\">([^<]*)</text>");
    std::vector<SvgText> texts;
    for (std::sregex_iterator at(svg.begin(), svg.end(), kText), end; at != end; ++at) {
        SvgText text{.words = svg_unescaped((*at)[5]), .style = (*at)[3]};
        const double x = std::stod((*at)[1]), y = std::stod((*at)[2]);
        const double width = svg_width(text.words, text.style), size = text.style == "head" ? 15 : 12;
        text.left = (*at)[4] == "end" ? x - width : (*at)[4] == "middle" ? x - width / 2 : x;
        text.right = text.left + width;
        text.upper = y - 0.76 * size, text.lower = y + 0.2 * size;
        texts.push_back(text);
    }
    return texts;
}

inline bool svg_has(const std::string& svg, const std::string& words) {
    const std::vector<SvgText> texts = svg_texts(svg);
    return std::any_of(texts.begin(), texts.end(), [&](const SvgText& text) { return text.words == words; });
}

// Lines of a picture that stand for something of their own, not for a name's place: across or upright.
struct SvgRule {
    double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
    std::string style;
};

inline std::vector<SvgRule> svg_rules(const std::string& svg) {
    static const std::regex kRule(
        "<path d=\"M([-0-9.]+) ([-0-9.]+)L([-0-9.]+) ([-0-9.]+)\" class=\"(limit|grid|badline)\"/>");
    std::vector<SvgRule> rules;
    for (std::sregex_iterator at(svg.begin(), svg.end(), kRule), end; at != end; ++at)
        rules.push_back({std::stod((*at)[1]), std::stod((*at)[2]), std::stod((*at)[3]), std::stod((*at)[4]), (*at)[5]});
    return rules;
}

inline bool svg_strikes(const SvgRule& rule, const SvgText& text) {
    return rule.x1 < text.right && text.left < rule.x2 + 0.01 && rule.y1 < text.lower && text.upper < rule.y2 + 0.01;
}

// A sentence for each that lies outside the picture, over another one or under a line; nothing of a picture that can be
// read.
inline std::vector<std::string> svg_unreadable(const std::string& svg) {
    std::smatch box;
    if (!std::regex_search(svg, box, std::regex("viewBox=\"0 0 ([0-9.]+) ([0-9.]+)\""))) return {"no viewBox"};
    const double width = std::stod(box[1]), height = std::stod(box[2]);
    std::vector<std::string> found;
    const std::vector<SvgText> texts = svg_texts(svg);
    const std::vector<SvgRule> rules = svg_rules(svg);
    if (texts.empty()) found.push_back("no words");
    for (size_t i = 0; i < texts.size(); ++i) {
        const SvgText& a = texts[i];
        if (a.left < 0 || a.upper < 0 || a.right > width || a.lower > height) found.push_back("outside: " + a.words);
        for (size_t j = 0; j < i; ++j) {
            const SvgText& b = texts[j];
            if (a.left < b.right && b.left < a.right && a.upper < b.lower && b.upper < a.lower)
                found.push_back("over each other: " + a.words + " | " + b.words);
        }
        for (const SvgRule& rule : rules) {
            if (svg_strikes(rule, a)) found.push_back("struck through by a " + rule.style + ": " + a.words);
        }
    }
    return found;
}

}  // namespace ttmem
