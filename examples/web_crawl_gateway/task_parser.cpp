#include "task_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/parse_options.hpp>
#include <boost/system/error_code.hpp>

#include "text.hpp"

namespace demo {
namespace {

constexpr std::size_t longest_name_shown = 80;

// A member's name as a JSON pointer (RFC 6901), fit for a terminal.
std::string pointer_to(std::string_view name) {
    std::string pointer = "/";
    for (const char c : name) {
        pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return shown(pointer, longest_name_shown);
}

// What Boost.JSON's parser calls as it goes. A document tree would have lost the members that come twice.
class task_handler {
public:
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);

    using view = boost::json::string_view;
    using code = boost::system::error_code;

    explicit task_handler(crawl_task& task) : task_(&task) {}

    [[nodiscard]] std::vector<std::string> end() && {
        if (root_is_object_) {
            for (const field& f : task_fields()) {
                if (!names_.contains(std::string{f.name})) {
                    faults_.push_back(pointer_to(f.name) + ": is missing");
                }
            }
        }
        return std::move(faults_);
    }

    static bool on_document_begin(code&) noexcept { return true; }
    static bool on_document_end(code&) noexcept { return true; }
    bool on_object_begin(code&) {
        root_is_object_ = root_is_object_ || depth_ == 0;
        return value_is("an object"), ++depth_, true;
    }
    bool on_object_end(std::size_t, code&) noexcept { return --depth_, true; }
    bool on_array_begin(code&) { return value_is("an array"), ++depth_, true; }
    bool on_array_end(std::size_t, code&) noexcept { return --depth_, true; }
    bool on_key_part(view s, std::size_t, code&) { return keep(s), true; }
    bool on_key(view s, std::size_t, code&) {
        keep(s);
        if (depth_ == 1) {
            key_is(std::exchange(text_, {}));
        }
        return true;
    }
    bool on_string_part(view s, std::size_t, code&) { return keep(s), true; }
    bool on_string(view s, std::size_t, code&) {
        keep(s);
        return value_is("a string"), text_.clear(), true;
    }
    static bool on_number_part(view, code&) noexcept { return true; }
    bool on_int64(std::int64_t, view, code&) { return value_is("a number"), true; }
    bool on_uint64(std::uint64_t, view, code&) { return value_is("a number"), true; }
    bool on_double(double, view, code&) { return value_is("a number"), true; }
    bool on_bool(bool, code&) { return value_is("a boolean"), true; }
    bool on_null(code&) { return value_is("null"), true; }
    static bool on_comment_part(view, code&) noexcept { return true; }
    static bool on_comment(view, code&) noexcept { return true; }

private:
    void keep(view s) {
        if (depth_ == 1) {
            text_.append(s.data(), s.size());
        }
    }

    void key_is(std::string name) {
        const std::vector<field>& fields = task_fields();
        const auto known = std::find_if(fields.begin(), fields.end(), [&](const field& f) { return f.name == name; });
        member_ = known == fields.end() ? nullptr : &*known;
        if (!names_.insert(name).second) {
            faults_.push_back(pointer_to(name) + ": is there more than once");
            member_ = nullptr;
        } else if (member_ == nullptr) {
            faults_.push_back(pointer_to(name) + ": is no field of a task");
        }
    }

    void value_is(std::string_view kind) {
        if (depth_ == 0 && !root_is_object_) {
            faults_.push_back(std::string{"\"\": must be an object, not "}.append(kind));
        } else if (depth_ == 1 && member_ != nullptr) {
            if (kind == "a string") {
                task_->*(member_->member) = text_;
            } else {
                faults_.push_back(pointer_to(member_->name).append(": must be a string, not ").append(kind));
            }
            member_ = nullptr;
        }
    }

    crawl_task* task_;
    std::size_t depth_ = 0;  // of objects and arrays that are open
    bool root_is_object_ = false;
    const field* member_ = nullptr;  // whose value comes next, if it is one of ours
    std::string text_;
    std::unordered_set<std::string> names_;
    std::vector<std::string> faults_;
};

}  // namespace

const std::vector<field>& task_fields() {
    static const std::vector<field> fields{{"taskId", &crawl_task::task_id, "1"},
                                           {"userEmail", &crawl_task::user_email, "ann@example.com"},
                                           {"query", &crawl_task::query, ""},
                                           {"originalUrl", &crawl_task::original_url, "https://example.com/"}};
    return fields;
}

std::vector<std::string> parse_task(std::string_view json, crawl_task& task) {
    boost::json::basic_parser<task_handler> parser{boost::json::parse_options{}, task};
    boost::system::error_code wrong;
    const std::size_t read = parser.write_some(false, json.data(), json.size(), wrong);
    const std::string where = " at byte " + std::to_string(read);
    if (wrong) {
        return {"is not JSON: " + wrong.message() + where};
    }
    if (json.find_first_not_of(" \t\r", read) != std::string_view::npos) {
        return {"is not JSON: something else follows" + where};
    }
    return std::move(parser.handler()).end();
}

}  // namespace demo
