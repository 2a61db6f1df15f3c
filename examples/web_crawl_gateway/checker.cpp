#include "checker.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "expected.hpp"

namespace demo {
namespace {

constexpr std::size_t details_kept = 8;
constexpr std::string_view letter_prefix = "stentor-dlq-";

std::int64_t wall_now() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

// https://www.w3.org/TR/trace-context/: version 00, 55 characters, no id of zeros only.
bool is_traceparent(std::string_view t) {
    return t.size() == 55 && t.starts_with("00-") && t[35] == '-' && t[52] == '-' && is_hex(t.substr(3, 32)) &&
           is_hex(t.substr(36, 16)) && is_hex(t.substr(53)) && t.substr(3, 32).find_first_not_of('0') != std::string_view::npos &&
           t.substr(36, 16).find_first_not_of('0') != std::string_view::npos;
}

// The set of headers that a message must have, no more and no less; each is asked for once.
class header_set {
public:
    explicit header_set(const seen_message& message) : left_(message.headers) {}

    std::optional<std::string_view> take(std::string_view name) {
        const auto it = std::find_if(left_.begin(), left_.end(), [&](const auto& h) { return h.first == name; });
        if (it == left_.end()) {
            return std::nullopt;
        }
        const std::string_view value = it->second;
        left_.erase(it);
        return value;
    }
    void must(std::string_view name, std::string_view value) {
        const auto there = take(name);
        if (!there) {
            fail(std::string{"has no header "}.append(name));
        } else if (*there != value) {
            fail(std::string{"header "}
                     .append(name)
                     .append(" is \"")
                     .append(*there)
                     .append("\", not \"")
                     .append(value)
                     .append("\""));
        }
    }
    std::size_t take_letter_headers() {
        return std::erase_if(left_, [](const auto& h) { return h.first.starts_with(letter_prefix); });
    }
    void fail(std::string why) {
        if (why_.empty()) {
            why_ = std::move(why);
        }
    }
    std::string end() && {
        if (!left_.empty()) {
            fail(std::string{"has a header that it should not have: "}.append(left_.front().first));
        }
        return std::move(why_);
    }

private:
    std::vector<std::pair<std::string_view, std::string_view>> left_;
    std::string why_;
};

std::string name_of(const seen_message& m) {
    return std::string{m.topic} + "[" + std::to_string(m.partition) + "]@" + std::to_string(m.offset);
}

}  // namespace

checker::checker(const plan& plan, const ledger& ledger, bool shared_cluster)
    : plan_(plan), ledger_(ledger), shared_(shared_cluster), seen_(plan.size()) {}

void checker::complain(std::uint64_t& counter, std::string what) {
    ++counter;
    if (found_.details.size() < details_kept) {
        found_.details.push_back(std::move(what));
    }
}

std::string checker::check_headers(const message_id& id, const seen_message& message, bool letter) const {
    header_set headers{message};
    const std::string incoming = plan_.traceparent_of(id);
    const std::string_view state = incoming.empty() ? std::string_view{} : plan_.tracestate_of(id);
    const std::string_view traceparent = headers.take("traceparent").value_or(std::string_view{});
    if (incoming.empty() ? !is_traceparent(traceparent) : traceparent != incoming) {
        headers.fail(std::string{"traceparent is \""}.append(traceparent).append("\""));
    }
    const std::string_view published = headers.take("timestamp").value_or(std::string_view{});
    const std::int64_t made = ledger_[plan_.number_of(id)].made.load();
    if (published.size() != 24 || published < iso_time(made) || published > iso_time(wall_now())) {
        headers.fail(std::string{"timestamp is \""}.append(published).append("\""));
    }
    if (id.step == 0) {
        headers.must("tracestate", state);
        headers.must("task-type", "web-crawl");
        headers.must("source-service", "gateway");
    } else {
        if (!state.empty()) {
            headers.must("tracestate", state);
        }
        headers.must("taskId", plan_.key_of(id));
        headers.must("taskType", "web-crawl");
        headers.must("traceId", traceparent.substr(std::min<std::size_t>(3, traceparent.size()), 32));
        headers.must("spanId", traceparent.substr(std::min<std::size_t>(36, traceparent.size()), 16));
    }
    if (letter) {
        headers.must("stentor-dlq-original-topic", plan_.topic_of(id.task));
        if (headers.take_letter_headers() == 0) {
            headers.fail("says nothing about why it is a dead letter");
        }
    }
    return std::move(headers).end();
}

void checker::see(const seen_message& message) {
    ++found_.read;
    const auto first = message.key.data() == nullptr ? std::nullopt : plan_.find(message.key);
    if (!first) {
        if (!shared_) {
            complain(found_.strangers, name_of(message) + " has a key that nobody sent");
        }
        return;
    }
    message_id id = *first;
    const std::size_t steps = plan_.steps_of(id.task);
    while (id.step != steps && message.value != expected_value(plan_, id, ledger_[plan_.number_of(id)].made.load())) {
        ++id.step;
    }
    if (id.step == steps) {
        complain(found_.damaged, name_of(message) + ": its value is none that was sent under its key: " +
                                     std::string{message.value.substr(0, 200)});
        return;
    }
    const bool letter = message.topic == dead_letter_topic;
    if (const std::string why = check_headers(id, message, letter); !why.empty()) {
        complain(found_.damaged, name_of(message) + " " + why);
    } else if (!letter && message.topic != plan_.topic_of(id.task)) {
        complain(found_.damaged, name_of(message) + " belongs to topic " + std::string{plan_.topic_of(id.task)});
    }
    if (letter) {
        ++found_.dead_letters;
        letters_[plan_.number_of(id)] = message.offset;
        return;
    }
    see_status(id, message);
    if (!example_ && id.task % 6 == 0 && id.step == 0 && message.value.size() < 400) {
        example_ =
            specimen{std::string{message.topic}, message.partition,          message.offset,
                     std::string{message.key},   std::string{message.value}, {message.headers.begin(), message.headers.end()}};
    }
}

void checker::see_status(const message_id& id, const seen_message& message) {
    const std::size_t number = plan_.number_of(id);
    sighting& s = seen_[number];
    if (s.times != 0) {
        ++found_.copies;
        if (s.partition != message.partition) {
            complain(found_.damaged, name_of(message) + " was in partition " + std::to_string(s.partition) + " before");
        }
    }
    if (++s.times > 2) {
        more_[number].push_back(s.last);
    }
    s.partition = message.partition;
    s.first = s.times == 1 ? message.offset : s.first;
    s.last = message.offset;
}

bool checker::was_at(std::size_t number, std::int64_t offset) const {
    const sighting& s = seen_[number];
    if (s.times == 0 || offset < 0 || s.first == offset || s.last == offset) {
        return s.times != 0;
    }
    const auto more = more_.find(number);
    return more != more_.end() && std::find(more->second.begin(), more->second.end(), offset) != more->second.end();
}

void checker::conclude_outcome(std::size_t number) {
    const entry& e = ledger_[number];
    const sighting& s = seen_[number];
    const std::string key = plan_.key_of(plan_.at(number));
    switch (e.fate.load()) {
        case fate::persisted:
            if (!was_at(number, e.offset) || s.partition != e.partition) {
                complain(found_.missing, key + " was persisted at offset " + std::to_string(e.offset) + ", but isn't there");
            }
            break;
        case fate::unknown: found_.unknown_in_log += s.times != 0 ? 1U : 0U; break;
        case fate::not_persisted:
        case fate::not_sent:
        case fate::in_flight:
            if (s.times != 0) {
                complain(found_.ghosts, key + " was not persisted, but is in the log at offset " + std::to_string(s.first));
            }
            break;
    }
    if (e.letter == letter::written && letters_.find(number) == letters_.end()) {
        complain(found_.letters_missing, "the dead letter of " + key + " was written, but isn't there");
    }
}

void checker::conclude_order(const message_id& first) {
    const std::size_t from = plan_.number_of(first);
    std::size_t there = 0;
    std::int64_t first_before = -1;
    std::int64_t last_before = -1;
    bool good = true;
    for (std::size_t number = from; number != from + plan_.steps_of(first.task); ++number) {
        if (const sighting& s = seen_[number]; s.times != 0) {
            ++there;
            good = good && s.first > first_before && s.last > last_before;
            first_before = s.first;
            last_before = s.last;
        }
    }
    if (!good) {
        complain(found_.out_of_order, "the messages of " + plan_.key_of(first) + " are not in the order in which they were sent");
    } else if (there > 1) {
        ++found_.keys_in_order;
    }
}

findings checker::conclude() {
    for (std::size_t number = 0; number != plan_.size(); ++number) {
        conclude_outcome(number);
    }
    for (std::size_t round = 0; round != plan_.rounds(); ++round) {
        for (std::size_t task = 0; task != plan_.tasks().size(); ++task) {
            if (plan_.steps_of(task) > 1) {
                conclude_order({task, round, 0});
            }
        }
    }
    return found_;
}

}  // namespace demo
