#include "src/model/process_note.h"

namespace ttmem {

std::string process_note(uint32_t pid, const std::string& sentence) {
    return "process " + std::to_string(pid) + ": " + sentence;
}

}  // namespace ttmem
