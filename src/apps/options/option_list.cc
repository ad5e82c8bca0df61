#include "src/apps/options/option_list.h"

#include "src/base/text.h"

namespace ttmem {

void OptionList::text(const std::string& names, std::string& target, const std::string& values,
                      const std::string& description) {
    parsed(names, values, description, [&target](const std::string& text) {
        target = text;
        return "";
    });
}

void OptionList::number(const std::string& names, std::optional<size_t>& target, const std::string& values,
                        const std::string& description) {
    parsed(names, values, description, [&target](const std::string& text) {
        target = parse_number(text);
        return target ? "" : "`" + text + "` is not a number";
    });
}

std::string not_one_of(const std::string& text, const std::string& values) {
    const bool is_choice = values.find('|') != std::string::npos;
    return "`" + text + (is_choice ? "` is not one of: " : "` is not a ") + values;
}

}  // namespace ttmem
