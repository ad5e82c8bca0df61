#include "src/importers/captured_graph/errors.h"

#include "src/importers/failure_message/failure_scanner.h"

namespace ttmem {

void add_failure(FailureTally& tally, std::string_view message, std::string_view operation, const std::string& where,
                 bool failed_alone) {
    FailureScanner scanner;
    scanner.feed(message);
    for (FoundFailure& found : scanner.finish().failures) {
        FoundFailure* failure =
            tally.add(std::move(found.message), 0, 0, std::nullopt, failed_alone ? where : std::string());
        if (failure != nullptr && failure->where.empty()) failure->where = where;
        if (failure == nullptr || !failure->operation.empty()) continue;
        failure->operation = operation.empty() ? found.operation : std::string(operation);
        failure->of_output = operation.empty() && found.of_output;
    }
}

void GraphErrors::add(const GraphNode& node, const GraphOperations& operations) {
    const std::string_view operation = node.error_operation.empty() ? operations.operation() : node.error_operation;
    add_failure(tally_, node.error_message, operation,
                node.counter ? "node " + std::to_string(*node.counter) : std::string("an error node"));
}

}  // namespace ttmem
