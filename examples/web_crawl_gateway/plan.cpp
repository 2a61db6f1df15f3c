#include "plan.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

namespace demo {

plan::plan(std::vector<crawl_task> tasks, std::size_t rounds, bool use_partner_topic)
    : tasks_(std::move(tasks)), rounds_(rounds), a_round_(0), use_partner_topic_(use_partner_topic) {
    for (std::size_t task = 0; task != tasks_.size(); ++task) {
        by_id_.emplace(tasks_[task].task_id, task);
        first_.push_back(a_round_);
        task_of_.insert(task_of_.end(), steps_of(task), task);
        a_round_ += steps_of(task);
    }
}

message_id plan::at(std::size_t number) const noexcept {
    const std::size_t within = number % a_round_;
    const std::size_t task = task_of_[within];
    return {task, number / a_round_, within - first_[task]};
}

std::size_t plan::number_of(const message_id& id) const noexcept { return id.round * a_round_ + first_[id.task] + id.step; }

std::string plan::key_of(const message_id& id) const {
    const std::string& base = tasks_[id.task].task_id;
    return id.round == 0 ? base : base + "~" + std::to_string(id.round + 1);
}

std::optional<message_id> plan::find(std::string_view key) const {
    if (const auto whole = by_id_.find(key); whole != by_id_.end()) {
        return message_id{whole->second, 0, 0};
    }
    const std::size_t tilde = key.rfind('~');
    if (tilde == std::string_view::npos) {
        return std::nullopt;
    }
    std::size_t round = 0;
    const auto [end, error] = std::from_chars(key.data() + tilde + 1, key.data() + key.size(), round);
    const auto base = by_id_.find(key.substr(0, tilde));
    if (error != std::errc{} || end != key.data() + key.size() || base == by_id_.end() || round < 2 || round > rounds_) {
        return std::nullopt;
    }
    return message_id{base->second, round - 1, 0};
}

std::string plan::traceparent_of(const message_id& id) const {
    if (id.task % 3 != 0) {
        return {};
    }
    std::array<char, 64> text{};
    const auto length = std::snprintf(text.data(), text.size(), "00-%016zx%016zx-%016zx-%s", id.round + 1, id.task + 1, id.task + 1,
                                      id.task % 2 == 0 ? "01" : "00");
    return {text.data(), static_cast<std::size_t>(length)};
}

std::string_view plan::tracestate_of(const message_id& id) const noexcept {
    return id.task % 6 == 0 ? std::string_view{"gateway=demo,vendor=t61rcWkgMzE"} : std::string_view{};
}

std::string plan::worker_text(const message_id& id) const {
    if (id.step == 3) {
        return "Found " + std::to_string(id.task % 40) + " products matching \"" + tasks_[id.task].user_email + "\"'s criteria";
    }
    return "Try " + std::to_string(id.step) + " of 3: HTTP " + (id.step == 1 ? "503" : "429") + ",\n\twill try again";
}

}  // namespace demo
