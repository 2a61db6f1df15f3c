#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/detail/memory/chance.hpp>
#include <stentor/detail/memory/director.hpp>
#include <stentor/error.hpp>
#include <stentor/transport/memory_fault.hpp>

#include "fuzz/memory_log.hpp"
#include "fuzz/must.hpp"

// Sees each step of a memory broker, and draws its faults: so it knows what each promised.

namespace fuzz {

class witness final : public stentor::detail::director {
public:
    witness(const std::vector<sent>& all, std::uint64_t seed, bool idempotent)
        : all_(all), random_(seed), idempotent_(idempotent) {}

    [[nodiscard]] stentor::detail::fault_source& faults() { return faults_; }
    // What is under way now may end in another way than its fault promised.
    void disturb() { ++disturbed_; }

    void told(std::uint64_t number, const stentor::result<stentor::receipt>& r) {
        if (!r && r.error().cause.find("a later record of its key is in the log") != std::string::npos) {
            look_at_overtaken(number);
        }
    }

    [[nodiscard]] stentor::memory_fault fault_for(const stentor::record& r) override {
        return drawn_ = faults_.draw(r.topic, r.key, random_);
    }
    void stepped() override {}
    [[nodiscard]] stentor::instant next_visit() const noexcept override { return stentor::instant::max(); }
    void visit() override {}

    void noted(const stentor::detail::notice& what) override {
        using stentor::detail::happening;
        if (what.which == nullptr) {
            disturbed_ += what.what == happening::down ? 1U : 0U;
            return;
        }
        const std::uint64_t number = number_of(what.which->value, what.which->time);
        lane* const l = lane_of(what);
        switch (what.what) {
            case happening::submit:
                handed_over(number, l);
                flying_[what.submission] = {std::exchange(drawn_, {}), disturbed_, 0, false};
                break;
            case happening::refuse:
                handed_over(number, l);
                if (l != nullptr) {
                    l->back.push_back(number);
                }
                break;
            case happening::log: written(number, l, flying_[what.submission]); break;
            case happening::report: look_at_promise(what, flying_[what.submission]); [[fallthrough]];
            case happening::taken_back:
            case happening::dropped: came_back(number, l, what, flying_[what.submission]); break;
            default: break;
        }
    }

private:
    // The records of one key of one publisher. Numbers plus one; 0: none.
    struct lane {
        std::uint64_t newest = 0;
        std::uint64_t perhaps = 0;  // that is, or may be, in the log
        std::vector<std::uint64_t> back{};
    };
    struct flight {
        stentor::memory_fault plan{};
        std::uint64_t disturbed = 0;
        int copies = 0;
        bool given_up = false;  // by a producer without idempotence
    };

    // Null for what has no key, and for dead letters.
    [[nodiscard]] lane* lane_of(const stentor::detail::notice& what) {
        const stentor::record& r = *what.which;
        return r.key.data() == nullptr || r.topic != "notes" ? nullptr : &lanes_[{what.publisher, std::string(r.key)}];
    }

    void look_at_overtaken(std::uint64_t number) const {
        must(!overtaken_.contains(number), "nothing overtakes what is to go again:", std::to_string(number));
    }

    void handed_over(std::uint64_t number, lane* l) {
        must(all_.at(number).outcomes == 0, "nothing is sent once the outcome was told:", std::to_string(number));
        if (l == nullptr) {
            return;
        }
        look_at_overtaken(number);
        std::erase_if(l->back, [&](std::uint64_t other) { return other == number || all_[other].outcomes != 0; });
        for (const std::uint64_t other : l->back) {
            // Where a later one may be in the log already, it is lost anyway. A dead letter does not come back.
            if (other < number && l->perhaps <= other + 1) {
                overtaken_[other] = number;
            }
        }
    }

    static void written(std::uint64_t number, lane* l, flight& f) {
        ++f.copies;
        if (l == nullptr) {
            return;
        }
        l->perhaps = std::max(l->perhaps, number + 1);
        must(f.given_up || l->newest <= number + 1, "in order inside a key:", std::to_string(number));
        l->newest = std::max(l->newest, number + 1);
    }

    void came_back(std::uint64_t number, lane* l, const stentor::detail::notice& what, flight& f) {
        f.given_up = !idempotent_ && what.outcome == stentor::outcome::unknown;
        if (l == nullptr) {
            return;
        }
        if (what.outcome == stentor::outcome::unknown) {
            l->perhaps = std::max(l->perhaps, number + 1);
        }
        const bool again = what.outcome != stentor::outcome::persisted && what.what != stentor::detail::happening::dropped;
        if (again && all_[number].outcomes == 0) {
            l->back.push_back(number);
        }
    }

    void look_at_promise(const stentor::detail::notice& what, const flight& f) const {
        using kind = stentor::memory_fault::kind;
        must(what.outcome != stentor::outcome::persisted || f.copies > 0, "what the broker acknowledges is in the log");
        must(what.outcome != stentor::outcome::not_persisted || f.copies == 0, "what the broker rejects is not in the log");
        const kind plan = f.plan.what;
        // A topic that went meanwhile has nothing to write to.
        if (f.disturbed != disturbed_ || (what.native == 3 && plan != kind::answer)) {
            return;
        }
        switch (plan) {
            case kind::answer: must(f.copies == 0 && what.native == f.plan.native, "an answer is what was asked for"); break;
            case kind::time_out:
            case kind::lost_request:
            case kind::late_write: must(f.copies == 0, "what is lost is not in the log"); break;
            case kind::lost_acknowledgement: must(f.copies == 1, "what lost its acknowledgement is in the log"); break;
            case kind::slow_acknowledgement: must(f.copies == 1, "what is acknowledged slowly is in the log"); break;
            case kind::duplicate: must(f.copies == 2, "a duplicate is in the log twice"); break;
            default: break;
        }
    }

    const std::vector<sent>& all_;
    stentor::detail::fault_source faults_{};
    stentor::detail::generator random_;
    bool idempotent_;
    stentor::memory_fault drawn_{};
    std::uint64_t disturbed_ = 0;
    std::map<std::uint64_t, flight> flying_{};
    std::map<std::pair<std::uint32_t, std::string>, lane> lanes_{};
    std::map<std::uint64_t, std::uint64_t> overtaken_{};
};

}  // namespace fuzz
