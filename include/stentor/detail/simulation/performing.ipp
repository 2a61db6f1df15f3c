#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/simulation/numbered.hpp>
#include <stentor/detail/simulation/stage.hpp>

// The actions of a run.

namespace stentor::inline v0::detail::simulation {

inline void stage::run() {
    guarded([this] { play(); });
    if (thrown_ != nullptr) {
        std::rethrow_exception(thrown_);
    }
}

inline void stage::play() {
    start_ = broker_.now();
    if (!script_.where.broker.idempotence) {
        tell_.say("the producers are not idempotent");
    }
    current_.assign(script_.where.publishers, nobody);
    plans_.assign(std::size_t{2} * script_.load->messages, nullptr);
    next_spare_ = 2 * script_.load->messages;
    for (std::uint32_t who = 0; who < script_.where.publishers; ++who) {
        open(who);
    }
    skip(next_ambient_, false);
    for (skip(next_main_, true); next_main_ < actions_.size() && !model_.broken(); skip(++next_main_, true)) {
        const action& a = actions_[next_main_];
        if (time_of(a) > broker_.now()) {
            broker_.advance(time_of(a) - broker_.now());
        }
        perform(a);
    }
    // A slow handler may have jumped over some.
    while (next_ambient_ < actions_.size() && !model_.broken()) {
        const nanoseconds left = time_of(actions_.back()) - broker_.now();
        broker_.advance(left > nanoseconds{} ? left : nanoseconds{});
    }
    let_all_end();
    mix(broker_.trace_hash());
}

inline void stage::open(std::uint32_t who) {
    const auto number = static_cast<std::uint32_t>(players_.size());
    publisher_options options = script_.where.options;
    // Who made the publisher may have left our hook out: it is there as long as somebody holds it.
    const auto held = std::make_shared<char>();
    options.late_outcome = [this, number, held](const late_report& late) {
        if (!over_) {
            model_.heard(number, late);
        }
    };
    life l;
    l.process = who;
    model_.lives().push_back(l);
    {
        simulated_process here(broker_, std::move(options), who);
        options = {};
        players_.push_back(script_.make(here));
    }
    // Not before it is there: to make it may throw.
    current_[who] = number;
    model_.lives().back().hears = held.use_count() > 1;
    model_.lives().back().by_the_book = players_.back()->by_the_book();
}

inline void stage::perform(const action& a) {
    player* const p = player_of_process(a.who);
    switch (a.what) {
        case deed::publish:
        case deed::erase:
        case deed::async:
        case deed::try_async: return publish(a, a.number, a.who, a.what);
        case deed::batch: return publish_batch();
        case deed::flush: return flush(a.who, a.span, false);
        case deed::close:
            if (p != nullptr) {
                close(a.who, a.span);
                open(a.who);
            }
            return;
        case deed::close_too: return close_too(a);
        case deed::crash: return crash(a.who);
        case deed::restart:
            if (p == nullptr) {
                tell_.say("process " + std::to_string(a.who) + " is back");
                open(a.who);
            }
            return;
        default: disturb(a);
    }
}

inline void stage::publish(const action& a, std::uint32_t number, std::uint32_t who, deed form) {
    player* const p = player_of_process(who);
    if (p == nullptr) {
        return;
    }
    numbered_options numbered(filler_);
    numbered.next_is(number);
    publish_options& o = numbered.options;
    describe(a, o);
    if (number < plans_.size()) {
        plans_[number] = &a;
    }
    // Those of the end are all alike.
    const simulated_call c = call_of(a, calm_ ? 2 * script_.load->messages + last_kind_ : number);
    const std::uint32_t life = current_[who];
    const std::optional<stentor::circuit> before = p->circuit_for(o.topic);
    const bool idle = before == stentor::circuit::half_open && model_.outstanding(life, model_.now()) == 0;
    tell_.publish(number, life, a);
    model_.called(number, life, broker_.now() + a.span);
    if (form == deed::publish || form == deed::erase) {
        ++model_.lives()[life].calling;
        const result<receipt> r = form == deed::erase ? p->erase(c, o) : p->publish(c, o);
        --model_.lives()[life].calling;
        if (p->books().refused > model_.lives()[life].books.refused) {
            tell_.refused(number, r.error());
            judge_refusal(number, form, o.topic, before, idle, r.error());
            return model_.refused(number);
        }
        accepted_ += calm_ ? 0 : 1;
        model_.accepted(number);
        return told(number, r);
    }
    const bool waiting = form == deed::async && !on_event_thread();
    const bool closing = model_.lives()[life].close_by != instant::max();
    model_.lives()[life].calling += waiting ? 1 : 0;
    const result<void> r = p->async(c, o, this, number, form == deed::async);
    model_.lives()[life].calling -= waiting ? 1 : 0;
    if (closing) {
        model_.count(exercised::closing_publish);
        if (r || r.error() != errc::closed) {
            model_.breaks("a publisher that is being closed takes nothing more", "publisher " + std::to_string(life));
        }
    }
    if (r) {
        accepted_ += calm_ ? 0 : 1;
        return model_.accepted(number);
    }
    tell_.refused(number, r.error());
    judge_refusal(number, form, o.topic, before, idle, r.error());
    if (r.error() == errc::queue_full) {
        model_.count(r.error().cause.find("places of its key") != std::string::npos ? exercised::lane_full : exercised::slots_full);
    }
    model_.refused(number);
}

inline void stage::describe(const action& a, publish_options& to) const noexcept {
    to.deadline = a.span;
    to.partition = a.partition;
    if (a.key == no_key) {
        to.key = std::string_view{};
    }
    if (!script_.load->topics.empty()) {
        to.topic = script_.load->topics[a.topic];
    }
}

inline void stage::judge_refusal(std::uint32_t number, deed form, std::string_view topic, std::optional<stentor::circuit> before,
                                 bool idle, const error& e) {
    const std::uint32_t life = model_.of(number).life;
    model_.of(number).turned_away = e == errc::circuit_open;
    if (e != errc::circuit_open || !before) {
        return;
    }
    if (form == deed::try_async && before == stentor::circuit::closed) {
        model_.breaks("a closed circuit is in nobody's way", "publisher " + std::to_string(life));
    }
    const nanoseconds longest = script_.rules->half_open;
    auto& l = model_.lives()[life];
    // Who has waited for room may meet another state than he began with; and that a probe was not answered may be seen only by who
    // asks: then it is open again.
    const bool half_open = before == stentor::circuit::half_open && players_[life]->circuit_for(topic) == before;
    l.refusing_since = half_open ? std::min(l.refusing_since, broker_.now()) : instant::max();
    if (longest > nanoseconds{} && l.refusing_since != instant::max() && broker_.now() - l.refusing_since > longest) {
        model_.breaks("no circuit refuses half open for longer than simulated_rules::half_open",
                      "publisher " + std::to_string(life));
    }
    if (idle && half_open) {
        model_.breaks("a half-open circuit with no probe out lets one go", "publisher " + std::to_string(life));
    }
}

inline void stage::flush(std::uint32_t who, nanoseconds within, bool must) {
    player* const p = player_of_process(who);
    if (p == nullptr) {
        return;
    }
    const std::uint32_t life = current_[who];
    const std::uint64_t before = model_.now();
    const instant begun = broker_.now();
    tell_.say("publisher " + std::to_string(life) + " is flushed");
    const nanoseconds spent = model_.spent();
    flushing_ = life;
    const result<void> r = p->flush(within);
    flushing_ = nobody;
    if (broker_.now() > begun + within + (model_.spent() - spent)) {
        model_.breaks("flush returns in time", "publisher " + std::to_string(life));
    }
    const bool all_told = model_.outstanding(life, before) == 0;
    if (r && closing_ == 0 && spent == model_.spent() && broker_.now() > std::max(begun, model_.last_told(life, before))) {
        model_.breaks("flush returns with the last outcome that it waits for", "publisher " + std::to_string(life));
    }
    if (!r && all_told && spent == model_.spent() && model_.last_told(life, before) < begun + within) {
        model_.breaks("flush ends with the last outcome that it waits for", "publisher " + std::to_string(life));
    }
    if (r && !all_told) {
        model_.breaks("after flush all that was accepted before has its outcome", "publisher " + std::to_string(life));
    }
    if (!r && must) {
        model_.breaks("with the broker up and no faults all ends", "publisher " + std::to_string(life) + ": " + r.error().cause);
    }
}

inline void stage::disturb(const action& a) {
    player* const p = player_of_process(a.who);
    const std::string_view topic = topics_.empty() ? std::string_view{} : topics_[a.topic % topics_.size()];
    const bool of_topic = a.what >= deed::deny && a.what <= deed::create_topic;
    if ((of_topic && topic.empty()) || ((a.what == deed::isolate || a.what == deed::reset) && p == nullptr)) {
        return;
    }
    tell_.disturbance(a, topic);
    switch (a.what) {
        case deed::down: return broker_.down(a.span);
        case deed::brown_out: brown_out_until_ = broker_.now() + a.span; return;
        case deed::throttle:
            throttled_until_ = broker_.now() + a.span;
            throttle_ = 1 + a.number;
            return;
        case deed::no_leader: leaderless_ = {broker_.now() + a.span, a.number}; return;
        case deed::silence: silent_ = {broker_.now() + a.span, a.number}; return;
        case deed::isolate: model_.lives()[current_[a.who]].isolated = true; return p->isolate();
        case deed::reset:
            model_.lives()[current_[a.who]].reset = true;
            model_.lives()[current_[a.who]].isolated = false;
            return p->reset();
        case deed::announce: {
            constexpr std::array<client_event, 4> news{
                {{client_event::kind::authentication_failed, errc::authentication, "the password is wrong"},
                 {client_event::kind::fault, errc::dns, "no such host"},
                 {client_event::kind::tls_failed, errc::tls, "the certificate has expired"},
                 {client_event::kind::broker_up, errc::none, {}}}};
            model_.count(exercised::client_news);
            return broker_.announce(news[a.number % news.size()]);
        }
        case deed::deny: model_.count(exercised::topic_trouble); return broker_.deny_topic(topic);
        case deed::allow: return broker_.allow_topic(topic);
        case deed::remove_topic: model_.count(exercised::topic_trouble); return broker_.delete_topic(topic);
        case deed::create_topic: return broker_.create_topic(topic, script_.where.broker.partitions);
        default: model_.count(exercised::clock_jump); broker_.shift_wall(std::chrono::duration_cast<milliseconds>(a.span));
    }
}

}  // namespace stentor::inline v0::detail::simulation
