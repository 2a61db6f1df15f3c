#include "task_reader.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <stentor/formats/gateway.hpp>

namespace demo {
namespace {

using stentor::formats::gateway::new_task_view;

struct field {
    std::string_view name;
    std::string crawl_task::* member;
};

constexpr std::array<field, 4> fields{{{"taskId", &crawl_task::task_id},
                                       {"userEmail", &crawl_task::user_email},
                                       {"query", &crawl_task::query},
                                       {"originalUrl", &crawl_task::original_url}}};

// A member's name as a JSON pointer (RFC 6901).
std::string pointer_to(std::string_view name) {
    std::string pointer = "/";
    for (const char c : name) {
        pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return pointer;
}

std::string_view kind_of(const boost::json::value& v) {
    switch (v.kind()) {
        case boost::json::kind::null: return "null";
        case boost::json::kind::bool_: return "a boolean";
        case boost::json::kind::string: return "a string";
        case boost::json::kind::array: return "an array";
        case boost::json::kind::object: return "an object";
        default: return "a number";
    }
}

// "/pointer: reason", or nothing when it is a task.
std::string read_members(const boost::json::value& json, crawl_task& task) {
    if (!json.is_object()) {
        return std::string{"must be an object, not "}.append(kind_of(json));
    }
    for (const auto& member : json.get_object()) {
        const std::string_view name{member.key().data(), member.key().size()};
        const auto known = std::find_if(fields.begin(), fields.end(), [&](const field& f) { return f.name == name; });
        if (known == fields.end()) {
            return pointer_to(name) + ": is no field of a task";
        }
        if (!member.value().is_string()) {
            return pointer_to(name).append(": must be a string, not ").append(kind_of(member.value()));
        }
        const boost::json::string& text = member.value().get_string();
        (task.*(known->member)).assign(text.data(), text.size());
    }
    for (const field& f : fields) {
        if (!json.get_object().contains(f.name)) {
            return pointer_to(f.name) + ": is missing";
        }
    }
    return {};
}

// An id that ends as this program makes the ids of repeats: "~2".
bool looks_repeated(std::string_view id) {
    const std::size_t tilde = id.rfind('~');
    return tilde != std::string_view::npos && tilde + 1 != id.size() &&
           id.find_first_not_of("0123456789", tilde + 1) == std::string_view::npos;
}

}  // namespace

std::vector<crawl_task> read_tasks(std::istream& input, bool repeated, const std::function<void(const std::string&)>& complain) {
    std::vector<crawl_task> tasks;
    std::unordered_map<std::string, std::size_t> line_of;
    std::string line;
    for (std::size_t number = 1; std::getline(input, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) {
            continue;
        }
        const auto reject = [&](const std::string& why) { complain("line " + std::to_string(number) + ": " + why); };
        boost::json::error_code wrong;
        const boost::json::value json = boost::json::parse(line, wrong);
        if (wrong) {
            reject("is not JSON: " + wrong.message());
            continue;
        }
        crawl_task task;
        if (const std::string why = read_members(json, task); !why.empty()) {
            reject(why);
            continue;
        }
        const new_task_view message{task.task_id, task.user_email, task.query, task.original_url};
        if (const stentor::fault rule = stentor::message_traits<new_task_view>::validate(message)) {
            reject(std::string{rule.text()});
        } else if (repeated && looks_repeated(task.task_id)) {
            reject("/taskId: ends as the ids of repeats do (~2): send this file without --repeat");
        } else if (const auto [first, fresh] = line_of.emplace(task.task_id, number); !fresh) {
            reject("/taskId: is already used on line " + std::to_string(first->second));
        } else {
            tasks.push_back(std::move(task));
        }
    }
    return tasks;
}

}  // namespace demo
