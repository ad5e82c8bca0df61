// The operation that asked, out of the backtrace that follows a failure message.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ttmem {

struct AskingOperation {
    std::string name;  // "BinaryNgDeviceOperation", "ttnn::prim::permute"
    bool of_output = false;
};

// `rest` is what follows the message, of its process. Nothing is named where frames or messages of another are between,
// or where its frames come twice. Frames may be colored, stand behind a
// prefix each, or be wrapped into several lines; work is bounded, and what begins after the last frame is not taken for
// one.
std::optional<AskingOperation> asking_operation(std::string_view rest);

}  // namespace ttmem
