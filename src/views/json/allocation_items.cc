#include "src/views/json/allocation_items.h"

#include <charconv>
#include <concepts>
#include <string_view>

#include "src/analysis/snapshot/verdicts.h"
#include "src/base/text.h"
#include "src/views/json/json.h"
#include "src/views/json/list_document.h"

namespace ttmem {
namespace {

// The members of an object as they stand in an item, without its brackets.
std::string members(const Json& object) {
    std::string text = item_text(object);
    const size_t begin = text.find('{') + 2, end = text.rfind('\n');
    return text.substr(begin, end - begin);
}

// Values as they stand in JSON.
class Writer {
public:
    explicit Writer(std::string& text) : text_(text) {}

    Writer& operator<<(std::string_view text) {
        text_ += text;
        return *this;
    }
    Writer& operator<<(std::unsigned_integral auto number) { return number_of(number, 10); }
    Writer& hex(uint64_t id) {
        text_ += "\"0x";
        number_of(id, 16);
        text_ += '"';
        return *this;
    }
    // A name of ours, which has nothing to escape.
    Writer& name(std::string_view text) {
        text_ += '"';
        text_ += text;
        text_ += '"';
        return *this;
    }

private:
    Writer& number_of(uint64_t number, int base) {
        char digits[20];
        text_.append(digits, std::to_chars(digits, digits + sizeof digits, number, base).ptr);
        return *this;
    }

    std::string& text_;
};

}  // namespace

AllocationItems::AllocationItems(const Snapshot& snapshot) : snapshot_(snapshot) {
    const auto value = [](std::string_view text) { return escaped_controls(text_or_null(text).dump()); };
    for (const Process& process : snapshot.processes) processes_.push_back(members(process_id_json(process)));
    for (const Place& place : snapshot.places) {
        Json json;
        add_place(json, place);
        places_.push_back(members(json));
    }
    for (const std::string& text : snapshot.texts) texts_.push_back(value(text));
    for (const Program& program : snapshot.programs) programs_.push_back(value(program_name(program)));
}

void AllocationItems::append(std::string& text, const Allocation& a) const {
    constexpr std::string_view kNull = "null";
    const std::optional<Verdict> verdict = verdict_of(snapshot_, a);
    Writer out(text);
    out << "\n    {\n      \"id\": ";
    out.hex(a.handle) << ",\n" << processes_[a.process.value] << ",\n" << places_[a.place.value];
    out << ",\n      \"pool\": ";
    out.name(pool_name(a.pool)) << ",\n      \"address\": " << a.address.value;
    out << ",\n      \"requested_bytes\": " << a.requested_bytes;
    out << ",\n      \"reserved_bytes\": " << a.reserved_bytes() << ",\n      \"class\": ";
    out.name(class_name(a.allocation_class)) << ",\n      \"op\": " << texts_[a.op];
    out << ",\n      \"tag\": " << texts_[a.tag];
    out << ",\n      \"program\": " << (a.program != 0 ? programs_[a.program - 1] : kNull);
    out << ",\n      \"holder_ended\": " << (a.holder_ended ? "true" : "false");
    out << ",\n      \"thread\": ";
    a.thread != 0 ? out << a.thread : out << kNull;
    out << ",\n      \"since\": ";
    a.since != 0 ? out.name(rfc3339(a.since)) : out << kNull;
    out << ",\n      \"verdict\": ";
    verdict ? out.name(verdict_name(*verdict)) : out << kNull;
    out << ",\n      \"unique_id\": ";
    a.unique_id != 0 ? out.hex(a.unique_id) : out << kNull;
    out << ",\n      \"persistent\": " << (a.persistent ? "true" : "false");
    if (a.stack != 0) out << ",\n" << members({{"stack", stack_json(snapshot_, a.stack)}});
    out << "\n    }";
}

}  // namespace ttmem
