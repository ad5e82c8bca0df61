// Whether the tables of a report have the columns that they are read by. A newer schema may call one otherwise: what is
// in such a table cannot be read, which is not that nothing is in it.
#pragma once

#include <string>
#include <vector>

#include "src/importers/ttnn_report/database.h"

namespace ttmem {

struct ReportColumns {
    bool buffers = false, graphs = false;  // the table is there, and can be read
    std::string refusal;                   // why nothing can be read; "" else
    std::vector<std::string> lacks;        // why a table that is there cannot be read
};

ReportColumns columns_of(const ReportDatabase& database);

}  // namespace ttmem
