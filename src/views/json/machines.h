// The machines that a program can be run on without having them (schema "ttmem.machines/1").
#pragma once

#include <span>

#include "src/model/mock_machine.h"
#include "src/views/json/json.h"

namespace ttmem {

Json machines_json(std::span<const MockMachine> machines, WallTime generated_at);

}  // namespace ttmem
