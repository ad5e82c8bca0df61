#include "src/views/json/list_document.h"

#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr size_t kPiece = 1 << 16;

}  // namespace

std::string item_text(const Json& item) {
    std::string text = "\n    ";
    for (const char c : escaped_controls(item.dump(2))) {  // no text in it has a newline of its own
        text += c;
        if (c == '\n') text += "    ";
    }
    return text;
}

bool write_text(const ListDocument& document, const std::function<bool(const std::string&)>& write) {
    std::string piece = escaped_controls(document.before.dump(2));
    piece.resize(piece.size() - 2);  // "\n}"
    piece += ",\n  " + Json(document.name).dump() + ": [";
    for (size_t i = 0; i < document.count; ++i) {
        if (i != 0) piece += ',';
        document.append_item(i, piece);
        if (piece.size() < kPiece) continue;
        if (!write(piece)) return false;
        piece.clear();
    }
    piece += document.count != 0 ? "\n  ]" : "]";
    piece += document.after.empty() ? "\n}" : "," + escaped_controls(document.after.dump(2)).substr(1);  // "{"
    return write(piece + "\n");
}

std::string to_text(const ListDocument& document) {
    std::string text;
    write_text(document, [&](const std::string& piece) {
        text += piece;
        return true;
    });
    return text;
}

}  // namespace ttmem
