// The errors of operations in a captured graph: each becomes a failure, known by its message or shown as it stands.
#pragma once

#include <string>
#include <string_view>

#include "src/importers/captured_graph/node.h"
#include "src/importers/captured_graph/operations.h"
#include "src/importers/failure_message/failure_tally.h"

namespace ttmem {

class GraphErrors {
public:
    void add(const GraphNode& node, const GraphOperations& operations);
    FailureScan failures() const { return FailureTally(tally_).take(); }

private:
    FailureTally tally_;
};

// Reads the message of an error that a structured source has, and adds what failed. What tells of no memory is left
// out. `failed_alone`: it is no echo of another one of the same words, elsewhere.
void add_failure(FailureTally& tally, std::string_view message, std::string_view operation, const std::string& where,
                 bool failed_alone = false);

}  // namespace ttmem
