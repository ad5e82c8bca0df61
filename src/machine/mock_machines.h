// The machines that a program can be run on without having them (`ttmem run --mock`): those of sim/machines, and any
// that a cluster descriptor describes.
#pragma once

#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/model/mock_machine.h"

namespace ttmem {

// Wormhole first, smaller ones first.
const std::vector<MockMachine>& mock_machines();

// By name or other name, whatever its case and punctuation; with a '/' or a suffix .yaml or .yml it is the file of a
// cluster descriptor.
Result<MockMachine> find_mock_machine(const std::string& name_or_path);

// What a run on a mock cannot tell, as sentences.
std::vector<std::string> unknown_on_a_mock();

// Every name that find_mock_machine() knows, for suggestions.
std::vector<std::string> mock_machine_names();

}  // namespace ttmem
