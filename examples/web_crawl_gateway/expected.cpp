#include "expected.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <string_view>

namespace demo {
namespace {

void append_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\b': out += "\\b"; break;
            case '\f': out += "\\f"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    std::array<char, 8> escape{};
                    std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
                    out += escape.data();
                } else {
                    out += c;
                }
        }
    }
    out += '"';
}

class object {
public:
    void field(std::string_view name, std::string_view value) {
        text_ += text_.empty() ? '{' : ',';
        append_string(text_, name);
        text_ += ':';
        append_string(text_, value);
    }
    std::string end() && { return std::move(text_) + '}'; }

private:
    std::string text_;
};

}  // namespace

std::string iso_time(std::int64_t milliseconds) {
    const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::array<char, 8> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(milliseconds % 1000));
    return std::string{text.data()} + fraction.data();
}

std::string expected_value(const plan& plan, const message_id& id, std::int64_t made) {
    const crawl_task& task = plan.tasks()[id.task];
    object json;
    json.field("taskId", plan.key_of(id));
    if (id.step == 0) {
        json.field("userEmail", task.user_email);
        json.field("query", task.query);
        json.field("originalUrl", task.original_url);
        json.field("timestamp", iso_time(made));
        json.field("status", "new");
    } else {
        json.field("status", id.step == 3 ? "completed" : "error");
        json.field(id.step == 3 ? "result" : "error", plan.worker_text(id));
        json.field("finishedAt", iso_time(made));
    }
    return std::move(json).end();
}

}  // namespace demo
