// The options that say in which characters curves are drawn.
#pragma once

#include <memory>
#include <optional>

#include "src/apps/options/option_list.h"
#include "src/views/text/chart.h"

namespace ttmem {

struct FormOptions {
    std::optional<ChartForm> form;
    bool ascii = false;
};

// --form, --ascii.
void add_form_options(OptionList& options, std::shared_ptr<FormOptions> form);

// As was asked; else braille where the locale is UTF-8, and ASCII where it is not.
ChartForm form_of(const FormOptions& options);

}  // namespace ttmem
