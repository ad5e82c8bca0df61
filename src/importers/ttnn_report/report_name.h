// The name of a report, which stands beside its database.
#pragma once

#include <string>

namespace ttmem {

// "report_name" of the config.json in the folder of `database`; empty when there is none that can be read.
std::string report_name_beside(const std::string& database);

}  // namespace ttmem
