#include "src/exports/svg_canvas.h"

#include <fmt/format.h>

#include "src/exports/svg.h"

namespace ttmem {

void SvgCanvas::text(double x, double y, const std::string& words, const char* style, const char* anchor) {
    body_ += fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\" text-anchor=\"{}\">{}</text>\n", svg_number(x),
                         svg_number(y), style, anchor, svg_escaped(words));
}

void SvgCanvas::rect(double x, double y, double width, double height, const std::string& style,
                     const std::string& title) {
    body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{}\"", svg_number(x),
                         svg_number(y), svg_number(width), svg_number(height), style);
    body_ += title.empty() ? "/>\n" : fmt::format("><title>{}</title></rect>\n", svg_escaped(title));
}

void SvgCanvas::line(double x1, double y1, double x2, double y2, const char* style) {
    body_ += fmt::format("<path d=\"M{} {}L{} {}\" class=\"{}\"/>\n", svg_number(x1), svg_number(y1), svg_number(x2),
                         svg_number(y2), style);
}

void SvgCanvas::path(const std::string& d, std::string_view style, const std::string& title) {
    body_ += fmt::format("<path class=\"{}\" d=\"{}\"", style, d);
    body_ += title.empty() ? "/>\n" : fmt::format("><title>{}</title></path>\n", svg_escaped(title));
}

std::string SvgCanvas::document(double height, const std::string& title, const std::string& description) const {
    const std::string w = svg_number(width_), h = svg_number(height);
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
               "role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">{2}</title>\n<desc "
               "id=\"desc\">{3}</desc>\n",
               w, h, svg_escaped(title), svg_escaped(description)) +
           svg_style() + fmt::format("<rect class=\"back\" width=\"{}\" height=\"{}\"/>\n", w, h) + body_ + "</svg>\n";
}

}  // namespace ttmem
