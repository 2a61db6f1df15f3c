#include "task_reader.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <stentor/formats/gateway.hpp>

#include "task_parser.hpp"

namespace demo {
namespace {

using stentor::formats::gateway::new_task_view;

// The message's own validation stops at the first rule that is broken: with that member mended it goes on to the next.
void check_rules(crawl_task task, std::vector<std::string>& faults) {
    for (std::size_t i = 0; i != task_fields().size(); ++i) {
        const new_task_view message{task.task_id, task.user_email, task.query, task.original_url};
        const stentor::fault rule = stentor::message_traits<new_task_view>::validate(message);
        if (!rule) {
            return;
        }
        faults.emplace_back(rule.text());
        for (const field& f : task_fields()) {
            if (rule.text().find(f.name) == 1) {
                task.*(f.member) = f.sample;
            }
        }
    }
}

// An id that ends as this program makes the ids of repeats: "~2".
bool looks_repeated(std::string_view id) {
    const std::size_t tilde = id.rfind('~');
    return tilde != std::string_view::npos && tilde + 1 != id.size() &&
           id.find_first_not_of("0123456789", tilde + 1) == std::string_view::npos;
}

}  // namespace

std::vector<crawl_task> read_tasks(line_source& lines, bool repeated, const std::function<void(const bad_line&)>& complain) {
    std::vector<crawl_task> tasks;
    std::unordered_map<std::string, std::size_t> line_of;
    std::string line;
    for (std::size_t number = 1; lines.next(line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) {
            continue;
        }
        crawl_task task;
        for (const field& f : task_fields()) {
            task.*(f.member) = f.sample;  // what is missing or of the wrong type breaks no rule besides
        }
        std::vector<std::string> faults = parse_task(line, task);
        check_rules(task, faults);
        if (repeated && looks_repeated(task.task_id)) {
            faults.emplace_back("/taskId: ends as the ids of repeats do (~2): send this file without --repeat");
        }
        if (faults.empty()) {
            if (const auto [first, fresh] = line_of.emplace(task.task_id, number); !fresh) {
                faults.push_back("/taskId: is already used on line " + std::to_string(first->second));
            }
        }
        if (faults.empty()) {
            tasks.push_back(std::move(task));
        } else {
            complain({number, std::move(faults)});
        }
    }
    return tasks;
}

}  // namespace demo
