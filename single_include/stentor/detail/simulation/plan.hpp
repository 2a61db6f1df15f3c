// Made by single_include/generate.py from include/stentor/detail/simulation/plan.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <stentor/stentor.hpp>
#include <stentor/detail/simulation/action.hpp>
#include <stentor/testing/simulation/workload.hpp>

namespace stentor::inline v0::detail::simulation {

// The stage of a run: it stays as it is when the run's schedule is shrunk.
struct setting {
    memory_broker_options broker{};
    publisher_options options{};
    std::uint32_t publishers = 1;
};

// From a seed to all that happens in its run.
class planner {
public:
    // Hashed first: the generator's streams of seeds that are near each other overlap.
    planner(std::uint64_t seed, const simulated_load& load, const simulated_faults& faults)
        : random_(generator(seed).next()), load_(load), faults_(faults) {}

    [[nodiscard]] setting draw_setting() {
        setting s;
        s.broker.seed = random_.next();
        s.broker.partitions = static_cast<std::int32_t>(1 + below(4));
        s.broker.latency = std::array<nanoseconds, 5>{std::chrono::microseconds(100), ms(1), ms(4), ms(20), ms(80)}[below(5)];
        s.broker.attempt_timeout = std::array<nanoseconds, 4>{ms(300), ms(1000), ms(3000), ms(9000)}[below(4)];
        s.broker.on_the_wire = 1 + below(10);
        s.broker.keep_history = false;
        s.broker.idempotence = below(3) != 0;
        if (below(4) == 0) {
            s.broker.queue_limit = 4 + below(60);
        }
        s.publishers = static_cast<std::uint32_t>(1 + below(load_.publishers == 0 ? 1 : load_.publishers));
        s.options.slots = std::size_t{16} << below(5);
        s.options.parked_per_lane = below(3) == 0 ? 1 + below(8) : 1024;
        if (below(4) == 0) {
            s.options.bytes = std::size_t{128} << below(9);
        }
        s.options.deadline = load_.deadline;
        partitions_ = s.broker.partitions;
        plain_ = !s.broker.idempotence;
        publishers_ = s.publishers;
        return s;
    }

    void draw_actions(std::vector<action>& to) {
        to.clear();
        choose_kinds();
        nanoseconds now{};
        const nanoseconds pace = std::array<nanoseconds, 4>{ms(0), ms(1), ms(10), ms(100)}[below(4)];
        std::uint32_t burst = 0;
        for (std::uint32_t n = 0; n < load_.messages; ++n) {
            if (burst > 0) {
                --burst;
            } else {
                now += upto(pace);
                burst = below(20) == 0 ? static_cast<std::uint32_t>(below(60)) : 0;
                now += below(60) == 0 ? upto(ms(3000)) : nanoseconds{};
            }
            to.push_back(message(now, n));
            if (to.back().what == deed::batch) {
                n = rest_of_batch(to, n);
            }
            around(to, now);
        }
        for (std::size_t i = 0; i < to.size(); ++i) {
            to[i].order = static_cast<std::uint32_t>(i);
        }
        std::sort(to.begin(), to.end(),
                  [](const action& a, const action& b) { return a.at != b.at ? a.at < b.at : a.order < b.order; });
    }

private:
    [[nodiscard]] static nanoseconds ms(std::int64_t n) { return std::chrono::milliseconds(n); }
    [[nodiscard]] std::size_t below(std::size_t n) noexcept { return static_cast<std::size_t>(random_.next() % n); }
    [[nodiscard]] nanoseconds upto(nanoseconds most) noexcept {
        return nanoseconds(static_cast<nanoseconds::rep>(random_.next() % (static_cast<std::uint64_t>(most.count()) + 1)));
    }
    [[nodiscard]] bool chance(double p) noexcept { return random_.fraction() < p; }

    // A run with few kinds of faults comes deeper than one with a little of everything.
    void choose_kinds() {
        kinds_ = random_.next();
        tries_ = faults_.tries * random_.fraction();
        outages_ = below(2) == 0 ? faults_.outages * random_.fraction() * 2 : 0;
        crashes_ = below(2) == 0 ? faults_.crashes * random_.fraction() * 4 : 0;
        disturbances_ = below(2) == 0 ? faults_.disturbances * random_.fraction() * 4 : 0;
        handlers_ = faults_.handlers * random_.fraction();
        hot_ = below(4) == 0;
    }

    [[nodiscard]] action message(nanoseconds now, std::uint32_t number) {
        action a;
        a.at = now;
        a.number = number;
        a.who = static_cast<std::uint16_t>(below(publishers_));
        a.key = static_cast<std::uint32_t>(hot_ && below(2) == 0 ? 0 : below(load_.keys == 0 ? 1 : load_.keys));
        a.key = load_.keys == 0 || below(16) == 0 ? no_key : a.key;
        a.topic = static_cast<std::uint16_t>(load_.topics.empty() ? 0 : below(load_.topics.size()));
        a.size = static_cast<std::uint32_t>(below(load_.size + std::size_t{1}));
        a.partition = below(16) == 0 ? static_cast<std::int32_t>(below(static_cast<std::size_t>(partitions_))) : -1;
        const std::size_t form = below(100);
        a.what = form == 0   ? deed::erase
                 : form == 1 ? deed::batch
                 : form < 5  ? deed::publish
                 : form < 13 ? deed::async
                             : deed::try_async;
        a.group = number;
        const nanoseconds most = below(6) == 0 ? std::min<nanoseconds>(load_.deadline, ms(400)) : load_.deadline;
        a.span = std::max<nanoseconds>(upto(most), ms(1));
        if ((a.what == deed::async || a.what == deed::try_async) && chance(handlers_)) {
            a.then = static_cast<aside>(1 + below(4));
        }
        draw_faults(a);
        return a;
    }

    // Of one call: what its options say is the same for all. Answers the number of the last one.
    [[nodiscard]] std::uint32_t rest_of_batch(std::vector<action>& to, std::uint32_t number) {
        for (std::size_t more = below(8); more > 0 && number + 1 < load_.messages; --more) {
            action a = to.back();
            a.number = ++number;
            a.key = a.key == no_key ? no_key : static_cast<std::uint32_t>(below(load_.keys));
            a.size = static_cast<std::uint32_t>(below(load_.size + std::size_t{1}));
            draw_faults(a);
            to.push_back(a);
        }
        return number;
    }

    void draw_faults(action& a) {
        a.faults = {};
        for (memory_fault& f : a.faults) {
            if (!chance(tries_)) {
                break;
            }
            f = fault(a.span);
        }
    }

    [[nodiscard]] memory_fault fault(nanoseconds deadline) {
        constexpr std::array<std::int32_t, 8> transient{19, 19, 6, 5, 56, 14, 9, 89};
        constexpr std::array<std::int32_t, 6> permanent{10, 2, 29, 87, 3, 44};
        constexpr std::array<std::int32_t, 3> doubtful{7, 20, -195};
        std::size_t kind = below(10);
        while ((kinds_ >> kind & 1U) == 0 && kind != 0) {
            --kind;
        }
        switch (kind) {
            case 1: return memory_fault::answer(permanent[below(permanent.size())]);
            case 2: return memory_fault::answer(doubtful[below(doubtful.size())]);
            case 3: return memory_fault::time_out();
            case 4:
                if (plain_ && below(2) == 0) {
                    // One after the other: which argument is worked out first is the compiler's choice.
                    const nanoseconds later = upto(faults_.longest);
                    return memory_fault::late_write(later, below(2) == 0 ? -192 : -195);
                }
                return memory_fault::lost_request();
            case 5: return memory_fault::lost_acknowledgement();
            case 6: return memory_fault::slow_acknowledgement(upto(faults_.longest));
            case 7: return memory_fault::late_acknowledgement(deadline + upto(ms(400)));
            case 8: return below(2) == 0 ? memory_fault::queue_full(upto(ms(200))) : memory_fault::refuse(10);
            case 9: return faults_.duplicates && plain_ ? memory_fault::duplicate() : memory_fault::answer(19);
            default: return memory_fault::answer(transient[below(transient.size())]);
        }
    }

    // What else goes on at about that time.
    void around(std::vector<action>& to, nanoseconds now) {
        action a;
        a.at = now + upto(ms(50));
        a.who = static_cast<std::uint16_t>(below(publishers_));
        a.topic = static_cast<std::uint16_t>(load_.topics.empty() ? 0 : below(load_.topics.size()));
        if (chance(outages_)) {
            a.what = deed::down;
            a.span = upto(faults_.longest);
            to.push_back(a);
        }
        if (chance(crashes_)) {
            pair(to, a, deed::crash, deed::restart);
        }
        if (chance(0.004)) {
            a.what = deed::flush;
            a.span = upto(faults_.longest);
            to.push_back(a);
        }
        if (chance(0.003)) {
            a.what = deed::close;
            a.span = below(3) == 0 ? nanoseconds{} : upto(faults_.longest);
            to.push_back(a);
            close_meanwhile(to, a);
        }
        if (chance(disturbances_)) {
            disturb(to, a);
        }
    }

    // Other threads that close what is being closed, or another publisher, at overlapping times.
    void close_meanwhile(std::vector<action>& to, action a) {
        for (std::size_t more = below(4); more > 0; --more) {
            a.what = deed::close_too;
            a.at += upto(ms(20));
            a.who = static_cast<std::uint16_t>(below(publishers_));
            a.span = below(3) == 0 ? nanoseconds{} : upto(faults_.longest);
            to.push_back(a);
        }
    }

    void disturb(std::vector<action>& to, action a) {
        switch (below(8)) {
            case 0:
                a.what = deed::announce;
                a.number = static_cast<std::uint32_t>(below(4));
                to.push_back(a);
                break;
            case 1: pair(to, a, deed::isolate, deed::reset); break;
            case 2: pair(to, a, deed::deny, deed::allow); break;
            case 3: pair(to, a, deed::remove_topic, deed::create_topic); break;
            case 4:
            case 5:
            case 6:
                a.what = std::array{deed::brown_out, deed::throttle, deed::no_leader, deed::silence}[below(4)];
                a.number = static_cast<std::uint32_t>(below(4));
                a.span = upto(faults_.longest);
                to.push_back(a);
                break;
            default:
                a.what = deed::shift_wall;
                a.span = upto(std::chrono::hours(2)) - std::chrono::hours(1);
                to.push_back(a);
        }
    }

    void pair(std::vector<action>& to, action a, deed first, deed second) {
        a.what = first;
        to.push_back(a);
        a.what = second;
        a.at += upto(faults_.longest);
        to.push_back(a);
    }

    generator random_;
    const simulated_load& load_;
    const simulated_faults faults_;
    std::uint32_t publishers_ = 1;
    std::int32_t partitions_ = 1;
    std::uint64_t kinds_ = 0;
    double tries_ = 0;
    double outages_ = 0;
    double crashes_ = 0;
    double disturbances_ = 0;
    double handlers_ = 0;
    bool hot_ = false;
    bool plain_ = false;  // producers without idempotence
};

}  // namespace stentor::inline v0::detail::simulation
