// A Markdown document as tests read it: sections, tables, and bytes in hex.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ttmem {

struct Section {
    std::string title;  // without the #s
    std::vector<std::vector<std::string>>
        rows;  // of its first table, without head and rule; cells without ` and blanks
};

class Document {
public:
    // Reads <folder>/<name> of the source tree; a test failure and an empty document when it is not there.
    explicit Document(const std::string& name, const std::string& folder = "docs");

    const std::vector<Section>& sections() const { return sections_; }
    // The section whose title begins with `title`; a test failure and an empty section when there is none.
    const Section& section(const std::string& title) const;

    // The bytes of all ```hex blocks: lines of "offset  16 bytes  |text|"; what no line names is 0. `size` is where the
    // last line ends, rounded up by the caller.
    std::vector<uint8_t> bytes(size_t size) const;

private:
    std::vector<Section> sections_;
    std::vector<std::string> hex_lines_;
};

// `bytes` as such lines, those that are all zeros left out.
std::string hex_lines(const std::vector<uint8_t>& bytes);

}  // namespace ttmem
