// Made by single_include/generate.py from include/stentor/detail/simulation/story.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/stentor.hpp>
#include <stentor/detail/simulation/action.hpp>
#include <stentor/detail/simulation/messages.hpp>

namespace stentor::inline v0::detail::simulation {

// Tells a run in words: time, event, decision. Nothing when there is nobody to tell it to.
class narrator {
public:
    narrator(std::string* to, const memory_broker& broker) noexcept : to_(to), broker_(&broker) {}

    // What follows is of no interest; answers who listened. Null from then on, until somebody listens again.
    [[nodiscard]] std::string* pause() noexcept { return std::exchange(to_, nullptr); }
    void go_on(std::string* to) noexcept { to_ = to; }
    void say(std::string_view what) {
        if (to_ != nullptr) {
            line(what);
        }
    }
    void publish(std::uint32_t n, std::uint32_t life, const action& a) {
        if (to_ != nullptr) {
            line(message(n) + (a.key == no_key ? " (no key)" : " (key " + std::to_string(a.key) + ")") +
                 (a.what == deed::erase ? " is erased by publisher " : " is published by publisher ") + std::to_string(life) +
                 ", within " + length(a.span));
        }
    }
    void refused(std::uint32_t n, const error& e) {
        if (to_ != nullptr) {
            line(message(n) + " is refused: " + std::string(to_string(e.condition())) + " (" + e.cause + ")");
        }
    }
    void fault(std::uint32_t n, std::uint32_t attempt, const memory_fault& f) {
        if (to_ != nullptr && f.what != memory_fault::kind::none) {
            line("  what will happen to " + message(n) + ", try " + std::to_string(attempt) + ": " + words(f));
        }
    }
    // `before`: what was known of it until now, or null.
    void note(std::uint32_t n, const notice& what, const simulation::message* before) {
        if (to_ == nullptr) {
            return;
        }
        if (what.what == happening::down || what.what == happening::up) {
            line(what.what == happening::down ? "the broker is down" : "the broker is up");
        } else if (what.which != nullptr) {
            line("  " + message(n) + " " +
                 (what.what == happening::submit && before != nullptr ? way(what, *before) : words(what)));
        }
    }
    void circuit(std::uint32_t life, stentor::circuit before, stentor::circuit now) {
        if (to_ != nullptr && before != now) {
            line("the circuit of publisher " + std::to_string(life) + " is " + std::string(to_string(now)));
        }
    }
    void told(std::uint32_t n, const result<receipt>& r) {
        if (to_ == nullptr) {
            return;
        }
        if (r) {
            line(message(n) + " is persisted at offset " + std::to_string(r->offset) + ", tries: " + std::to_string(r->attempts));
        } else {
            line(message(n) + " is " + std::string(to_string(r.error().outcome)) + ": " +
                 std::string(to_string(r.error().condition())) + " (" + r.error().cause + ")");
        }
    }
    void disturbance(const action& a, std::string_view topic) {
        if (to_ == nullptr) {
            return;
        }
        switch (a.what) {
            case deed::down: return line("the broker goes down for " + length(a.span));
            case deed::announce: return line("the client has news of its brokers");
            case deed::brown_out: return line("for " + length(a.span) + " the broker answers every try with an error");
            case deed::throttle: return line("for " + length(a.span) + " the broker is slow with all answers");
            case deed::no_leader: return line("for " + length(a.span) + " some partitions have no leader");
            case deed::silence: return line("for " + length(a.span) + " some partitions answer nothing");
            case deed::isolate: return line("the circuit of process " + std::to_string(a.who) + " is isolated by hand");
            case deed::reset: return line("the circuit of process " + std::to_string(a.who) + " is reset by hand");
            case deed::deny: return line("topic " + std::string(topic) + " is denied");
            case deed::allow: return line("topic " + std::string(topic) + " is allowed");
            case deed::remove_topic: return line("topic " + std::string(topic) + " is deleted");
            case deed::create_topic: return line("topic " + std::string(topic) + " is created");
            default: return line("the wall clock jumps by " + length(a.span));
        }
    }

private:
    [[nodiscard]] static std::string message(std::uint32_t n) {
        return n == 0xffffffffU ? "a record" : "message " + std::to_string(n);
    }
    [[nodiscard]] static std::string length(nanoseconds d) {
        const auto us = d.count() / 1'000;
        std::string fraction = std::to_string((us < 0 ? -us : us) % 1'000'000);
        fraction.insert(0, 6 - fraction.size(), '0');
        return std::string(us < 0 ? "-" : "") + std::to_string((us < 0 ? -us : us) / 1'000'000) + "." + fraction + " s";
    }
    void line(std::string_view what) { to_->append("+").append(length(broker_->elapsed())).append("  ").append(what).append("\n"); }

    [[nodiscard]] static std::string number(std::int32_t native) {
        return std::string(native_name(native)) + " (" + std::to_string(native) + ")";
    }
    [[nodiscard]] static std::string words(const memory_fault& f) {
        using kind = memory_fault::kind;
        switch (f.what) {
            case kind::refuse: return "the client refuses it, " + number(f.native);
            case kind::queue_full: return "the client's queue is full for " + length(f.after);
            case kind::answer: return "the broker answers " + number(f.native);
            case kind::time_out: return "it is never sent";
            case kind::lost_request: return "the request is lost";
            case kind::late_write:
                return "the client gives it up, " + number(f.native) + ", and it is written " + length(f.after) + " later";
            case kind::lost_acknowledgement: return "it is written, and the acknowledgement is lost";
            case kind::slow_acknowledgement: return "it is acknowledged after " + length(f.after);
            case kind::duplicate: return "it is written twice";
            case kind::broker_down: return "the broker goes down under it";
            case kind::none: break;
        }
        return "nothing";
    }
    [[nodiscard]] static std::string words(const notice& what) {
        switch (what.what) {
            case happening::submit: return "is handed over, to " + std::string(what.which->topic);
            case happening::again: return "cannot be handed over now, " + number(what.native);
            case happening::refuse: return "is refused by the client, " + number(what.native);
            case happening::log:
                return "is in the log of " + std::string(what.which->topic) + ", partition " + std::to_string(what.partition) +
                       ", offset " + std::to_string(what.offset);
            case happening::report:
                return "is reported " + std::string(to_string(what.outcome)) + (what.native == 0 ? "" : ", " + number(what.native));
            case happening::taken_back: return "is taken back, unsent";
            case happening::dropped: return "has nobody left to be reported to";
            default: return "";
        }
    }

    // What the publisher has decided, as far as it shows from outside.
    [[nodiscard]] static std::string way(const notice& what, const simulation::message& before) {
        if (before.handed && what.which->headers.find("stentor-dlq-original-topic").data() != nullptr) {
            return "becomes a dead letter, to " + std::string(what.which->topic);
        }
        if (before.tries == 0) {
            return words(what);
        }
        return "is tried again, try " + std::to_string(before.tries + 1) + ", " + length(what.at - before.back_at) + " later";
    }

    std::string* to_;
    const memory_broker* broker_;
};

}  // namespace stentor::inline v0::detail::simulation
