// The marks of a picture one after the other, and the document around them.
#pragma once

#include <string>
#include <string_view>

namespace ttmem {

class SvgCanvas {
public:
    explicit SvgCanvas(double width) : width_(width) {}

    void text(double x, double y, const std::string& words, const char* style, const char* anchor = "start");
    // `style`: classes of svg_style(). `title` is shown by readers that point at it; "" none.
    void rect(double x, double y, double width, double height, const std::string& style, const std::string& title = "");
    void line(double x1, double y1, double x2, double y2, const char* style);
    // `d`: as SVG has it.
    void path(const std::string& d, std::string_view style, const std::string& title = "");

    std::string document(double height, const std::string& title, const std::string& description) const;

private:
    double width_;
    std::string body_;
};

}  // namespace ttmem
