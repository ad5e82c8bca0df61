#include "src/apps/options/form_options.h"

#include <cstdlib>
#include <string>

namespace ttmem {
namespace {

constexpr const char* kForms = "braille|blocks|ascii";

// Whether the terminal shows more than ASCII, as the locale says.
bool is_utf8() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* value = std::getenv(name);
        if (value == nullptr || *value == 0) continue;
        const std::string locale(value);
        return locale.find("UTF-8") != std::string::npos || locale.find("utf8") != std::string::npos ||
               locale.find("UTF8") != std::string::npos || locale.find("utf-8") != std::string::npos;
    }
    return false;
}

}  // namespace

void add_form_options(OptionList& options, std::shared_ptr<FormOptions> form) {
    options.parsed("--form", kForms, "How to draw curves (default: braille if the locale is UTF-8, else ascii)",
                   [form](const std::string& name) {
                       if (name == "braille") form->form = ChartForm::kBraille;
                       if (name == "blocks") form->form = ChartForm::kBlocks;
                       if (name == "ascii") form->form = ChartForm::kAscii;
                       return form->form ? "" : not_one_of(name, kForms);
                   });
    options.flag("--ascii", form->ascii, "Same as --form ascii");
}

ChartForm form_of(const FormOptions& options) {
    if (options.ascii) return ChartForm::kAscii;
    return options.form.value_or(is_utf8() ? ChartForm::kBraille : ChartForm::kAscii);
}

}  // namespace ttmem
