#include "src/importers/captured_graph/reader.h"
#include "src/importers/input/json_window.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <nlohmann/json.hpp>

#include "src/base/text.h"

namespace ttmem {
namespace {

static_assert(JsonWindow::kSlack >= simdjson::SIMDJSON_PADDING);

using simdjson::dom::element;

// First keys of an object that no other format has.
constexpr std::array<std::string_view, 4> kReportKeys = {"\"capture_timestamp_ns\"", "\"buffer_pages\"",
                                                         "\"buffer_chunks\"", "\"graph\""};

std::string_view skip_spaces(std::string_view text) {
    const size_t at = text.find_first_not_of(" \n\r\t");
    return at == std::string_view::npos ? std::string_view() : text.substr(at);
}

// Finds the byte at which a text stops being JSON. nlohmann's parser knows it, simdjson does not; only broken texts
// come here.
class FaultFinder : public nlohmann::json_sax<nlohmann::json> {
public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t byte, const std::string&, const nlohmann::json::exception&) override {
        at = byte == 0 ? 0 : byte - 1;
        return false;
    }

    size_t at = 0;
};

size_t fault_in(std::string_view text) {
    FaultFinder finder;
    nlohmann::json::sax_parse(text, &finder);
    return finder.at;
}

class GraphReader {
public:
    GraphReader(ByteReader bytes, const std::string& source, GraphSink& sink)
        : window_(std::move(bytes)), source_(source), sink_(sink) {}

    Result<GraphFile> read() {
        Result<char> first = window_.peek();
        if (!first) return fail(first.error());
        Result<void> done = Error{};
        if (*first == '[') {
            done = read_nodes();
        } else if (*first == '{') {
            file_.report = true;
            done = read_report();
        } else {
            return fail(*first == '\0' ? "there is nothing in it"
                                       : "an array of nodes or a report object must begin here");
        }
        if (!done) return done.error();
        const Result<char> rest = window_.peek();
        if (!rest) return fail(rest.error());
        if (window_.offset() == 0 || *rest != '\0') return fail("there is more text after the end of the graph");
        if (file_.report && !graph_seen_) return fail("the object has no \"graph\"");
        file_.bytes = window_.offset();
        file_.schema = by_name_ ? GraphSchema::kName : integers_ ? GraphSchema::kIntegers : GraphSchema::kText;
        return file_;
    }

private:
    using OnElement = std::function<Result<void>(const element&)>;

    Error fail_at(uint64_t offset, const std::string& reason) const {
        const std::string node = in_graph_ ? " (node " + std::to_string(file_.nodes) + " of the file)" : "";
        return Error{source_ + " is not a captured graph that can be read",
                     "at byte " + std::to_string(offset) + node + ": " + reason,
                     "capture the graph again, or repair the text at that byte"};
    }
    Error fail(const std::string& reason) const { return fail_at(window_.offset(), reason); }
    // Of the window: what it says, and where.
    Error fail(const Error& error) const {
        return fail(error.why.empty() ? error.what : error.what + " (" + error.why + ")");
    }

    // Takes one value and parses it; what `of` points at lives until the next parse.
    Result<element> parse() {
        const uint64_t began = value_began_ = window_.offset();
        const Result<std::string_view> text = window_.take_value();
        if (!text) return fail(text.error());
        if (text->empty()) return fail("a value is missing");
        if (parser_.capacity() < text->size()) {
            const size_t capacity = std::max<size_t>(std::bit_ceil(text->size()), size_t{1} << 12);
            if (parser_.allocate(capacity) != simdjson::SUCCESS) return fail_at(began, "no memory for this value");
        }
        element json;
        const simdjson::error_code error = parser_.parse(text->data(), text->size(), false).get(json);
        if (error != simdjson::SUCCESS) {
            return fail_at(began + fault_in(*text), std::string("invalid JSON: ") + simdjson::error_message(error));
        }
        return json;
    }

    // "[" element, ... "]". `expected` is the bracket or quote each must begin with, '\0' for anything.
    Result<void> read_array(char expected, const std::string& what, const OnElement& on_element) {
        window_.take();
        for (bool first = true;; first = false) {
            Result<char> next = window_.peek();
            if (!next) return fail(next.error());
            if (*next == ']' && first) break;
            if (expected != '\0' && *next != expected) {
                return fail(*next == '\0' ? "the text ends within the array" : what + " must begin here");
            }
            const Result<element> json = parse();
            if (!json) return json.error();
            if (Result<void> done = on_element(*json); !done) return done;
            next = window_.peek();
            if (!next) return fail(next.error());
            if (*next == ']') break;
            if (*next != ',')
                return fail(*next == '\0' ? "the text ends within the array" : "a comma or ] must stand here");
            window_.take();
        }
        window_.take();
        return {};
    }

    Result<void> read_nodes() {
        graph_seen_ = true;
        in_graph_ = true;
        Result<void> done = read_array('{', "a node (an object)", [&](const element& json) -> Result<void> {
            const Result<GraphNode> node = read_graph_node(json);
            if (!node) return fail_at(value_began_, node.error().why);
            ++file_.nodes;
            by_name_ |= node->by_name;
            integers_ |= node->integers;
            sink_.node(*node);
            return {};
        });
        in_graph_ = false;
        return done;
    }

    Result<void> read_report() {
        window_.take();
        for (bool first = true;; first = false) {
            Result<char> next = window_.peek();
            if (!next) return fail(next.error());
            if (*next == '}' && first) break;
            if (*next != '"') return fail(*next == '\0' ? "the text ends within the report" : "a key must begin here");
            const Result<element> key = parse();
            if (!key) return key.error();
            const std::string name(key->get_string().value_unsafe());
            next = window_.peek();
            if (!next) return fail(next.error());
            if (*next != ':') return fail("a colon must stand here");
            window_.take();
            if (Result<void> done = read_member(name); !done) return done;
            next = window_.peek();
            if (!next) return fail(next.error());
            if (*next == '}') break;
            if (*next != ',')
                return fail(*next == '\0' ? "the text ends within the report" : "a comma or } must stand here");
            window_.take();
        }
        window_.take();
        return {};
    }

    Result<void> read_member(const std::string& key) {
        const Result<char> first = window_.peek();
        if (!first) return fail(first.error());
        if (key == "graph") {
            if (*first != '[') return fail("\"graph\" must be an array of nodes");
            return read_nodes();
        }
        if (*first == '[') {
            return read_array('\0', "", [&](const element& json) -> Result<void> {
                if (key == "devices") read_device(json);
                if (key == "buffer_pages") ++file_.pages;
                return {};
            });
        }
        const Result<element> json = parse();
        if (!json) return json.error();
        uint64_t number = 0;
        if (key == "version" && json->get(number) == simdjson::SUCCESS) file_.version = number;
        return {};
    }

    void read_device(const element& json) {
        const auto number = [&](const char* key) -> std::optional<uint64_t> {
            uint64_t value = 0;
            if (json.at_key(key).get(value) == simdjson::SUCCESS) return value;
            std::string_view text;
            return json.at_key(key).get(text) == simdjson::SUCCESS ? parse_number(text) : std::nullopt;
        };
        GraphDevice device;
        const std::optional<uint64_t> id = number("device_id");
        if (id && *id <= UINT32_MAX) device.device_id = static_cast<uint32_t>(*id);
        std::string_view arch;
        if (json.at_key("arch").get(arch) == simdjson::SUCCESS) device.arch = arch;
        device.l1_banks = number("l1_num_banks");
        device.l1_bytes_per_bank = number("l1_bank_size");
        device.l1_bytes_per_core = number("worker_l1_size");
        device.l1_base = number("address_at_first_l1_cb_buffer");
        device.dram_banks = number("num_dram_channels");
        device.dram_bytes_per_bank = number("dram_size_per_channel");
        device.grid_x = number("num_x_compute_cores");
        device.grid_y = number("num_y_compute_cores");
        sink_.device(device);
    }

    JsonWindow window_;
    const std::string& source_;
    GraphSink& sink_;
    simdjson::dom::parser parser_;
    GraphFile file_;
    uint64_t value_began_ = 0;
    bool graph_seen_ = false;
    bool in_graph_ = false;
    bool by_name_ = false;
    bool integers_ = false;
};

}  // namespace

bool looks_like_captured_graph(std::string_view head) {
    head = skip_spaces(head);
    const auto has = [&](std::string_view key) { return head.find(key) != std::string_view::npos; };
    if (head.starts_with('[')) {
        head = skip_spaces(head.substr(1));
        if (!head.starts_with('{')) return false;
        return has("\"capture_start\"") || has("\"node_type\"") || (has("\"connections\"") && has("\"counter\""));
    }
    if (!head.starts_with('{')) return false;
    if (has("\"graph\"") && (has("\"node_type\"") || has("\"metadata\""))) return true;
    head = skip_spaces(head.substr(1));
    return std::any_of(kReportKeys.begin(), kReportKeys.end(), [&](auto key) { return head.starts_with(key); });
}

Result<GraphFile> read_captured_graph(ByteReader reader, const std::string& source, GraphSink& sink) {
    return GraphReader(std::move(reader), source, sink).read();
}

}  // namespace ttmem
