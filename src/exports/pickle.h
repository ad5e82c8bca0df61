// Python's pickle, protocol 2, as far as a memory snapshot needs it: dicts, lists, text, numbers, and things that are
// written once and named again. The viewer of PyTorch reads these opcodes, and no others are written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ttmem {

// Writes to a string that its owner takes away now and then.
class Pickle {
public:
    std::string out = std::string("\x80\x02", 2);

    void stop() { out += '.'; }
    void empty_dict() { out += '}'; }
    void empty_list() { out += ']'; }
    void mark() { out += '('; }
    void set_items() { out += 'u'; }   // what came since the mark, into the dict before it
    void append_all() { out += 'e'; }  // likewise, to the list
    void number(uint64_t value) {
        if (value <= INT32_MAX) {
            out += 'J';
            little_endian(value, 4);
            return;
        }
        const int bytes = value > INT64_MAX ? 9 : 8;  // signed
        out += '\x8a';
        out += static_cast<char>(bytes);
        little_endian(value, 8);
        if (bytes == 9) out += '\0';
    }
    void text(std::string_view utf8) {
        out += 'X';
        little_endian(utf8.size(), 4);
        out += utf8;
    }
    void remember(uint32_t number) { memo('r', number); }  // the value on top
    void again(uint32_t number) { memo('j', number); }

private:
    void little_endian(uint64_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
    }
    void memo(char opcode, uint32_t number) {
        out += opcode;
        little_endian(number, 4);
    }
};

}  // namespace ttmem
