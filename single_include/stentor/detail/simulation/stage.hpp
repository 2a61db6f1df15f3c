// Made by single_include/generate.py from include/stentor/detail/simulation/stage.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/stentor.hpp>
#include <stentor/detail/simulation/action.hpp>
#include <stentor/detail/simulation/model.hpp>
#include <stentor/detail/simulation/plan.hpp>
#include <stentor/detail/simulation/player.hpp>
#include <stentor/detail/simulation/story.hpp>
#include <stentor/testing/simulation/process.hpp>

namespace stentor::inline v0::detail::simulation {

// What a run is made of, apart from its actions.
struct script {
    setting where{};
    const simulated_load* load = nullptr;
    const simulated_rules* rules = nullptr;
    std::function<std::unique_ptr<player>(simulated_process&)> make{};
};

// One run: the real publishers on a world of their own, the actions at their times, the rules looked at after each step. The main
// thread does what may wait, and the world does the rest at its very time, also while the main thread waits.
class stage final : public director {
public:
    stage(const script& what, const std::vector<action>& actions, std::string* story)
        : script_(what),
          actions_(actions),
          broker_(what.where.broker),
          model_(*what.rules, script_.where.options, what.where.broker.attempt_timeout, numbers(what),
                 !what.where.broker.idempotence),
          tell_(story, broker_) {
        broker_.world()->direct(this);
    }
    ~stage() override {
        over_ = true;
        broker_.world()->direct(nullptr);
        players_.clear();
    }
    stage(const stage&) = delete;
    stage& operator=(const stage&) = delete;

    void run();
    void told(std::uint32_t n, const result<receipt>& r);
    void look_at_handler(bool whole) {
        if (!whole) {
            model_.breaks("a handler is called as it was given", "one is not");
        }
    }
    [[nodiscard]] const simulation::model& model() const noexcept { return model_; }
    [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
    [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }

    [[nodiscard]] memory_fault fault_for(const record& r) override;
    void noted(const notice& what) override;
    void stepped() override;
    [[nodiscard]] instant next_visit() const noexcept override;
    void visit() override;

private:
    // How many messages there may be: each one's handler may publish another, and in the end what should be free is looked at.
    [[nodiscard]] static std::size_t numbers(const script& what) noexcept {
        return std::size_t{2} * what.load->messages +
               what.where.publishers * rounds * (what.where.options.slots + 1 + knocks + answers);
    }
    static constexpr std::size_t largest_filler = 65536;
    static constexpr int rounds = 3;     // of looking for leaks, should a circuit open once more
    static constexpr int knocks = 17;    // that are in vain, until it is said so; the last is hours after the first
    static constexpr int answers = 100;  // at most, until a circuit has closed

    void skip(std::size_t& cursor, bool waits) const noexcept {
        while (cursor < actions_.size() && may_wait(actions_[cursor].what) != waits) {
            ++cursor;
        }
    }
    [[nodiscard]] instant time_of(const action& a) const noexcept { return start_ + a.at; }
    [[nodiscard]] player* player_of_process(std::uint32_t who) const noexcept {
        return current_[who] == nobody ? nullptr : players_[current_[who]].get();
    }
    void play();
    void open(std::uint32_t who);
    void perform(const action& a);
    void publish(const action& a, std::uint32_t number, std::uint32_t who, deed form);
    void publish_batch();
    void told_of_batch(const std::vector<const action*>& all, const std::vector<result<receipt>>& results);
    void flush(std::uint32_t who, nanoseconds within, bool must);
    void close(std::uint32_t who, nanoseconds within);
    void close_too(const action& a);
    void crash(std::uint32_t who);
    void disturb(const action& a);
    void calm_down();
    void let_all_end();
    void look_for_leaks(std::uint32_t who);
    [[nodiscard]] bool gets_through(std::uint32_t who);
    [[nodiscard]] bool fill(std::uint32_t who, std::uint32_t weight);
    [[nodiscard]] const message& fill_one(std::uint32_t who);
    void wait_in_handler(std::uint32_t n);
    void judge_refusal(std::uint32_t number, deed form, std::string_view topic, std::optional<stentor::circuit> before, bool idle,
                       const error& e);
    // Of a partition.
    struct outage {
        instant until{};
        std::uint32_t which = 0;  // modulo their number
    };
    [[nodiscard]] bool reaches(const record& r, const outage& one) const noexcept;
    [[nodiscard]] memory_fault fault_of_the_times(const record& r);
    [[nodiscard]] action probe() const noexcept;
    void look_at_first(std::uint32_t n, const action& a, const record& r);
    void describe(const action& a, publish_options& to) const noexcept;
    [[nodiscard]] simulated_call call_of(const action& a, std::uint32_t number) const noexcept {
        return {number, a.key == no_key ? 0 : a.key, a.size, script_.where.broker.seed ^ number * 0x9e3779b97f4a7c15ULL};
    }
    void mix(std::uint64_t word) noexcept {
        hash_ = (hash_ ^ word) * 0x100000001b3ULL;
        hash_ ^= hash_ >> 29U;
    }
    // Users' code that makes messages and publishers may throw, also where the publisher's own frames must not be passed.
    template <class F>
    void guarded(F&& what) noexcept {
        try {
            what();
        } catch (...) {
            thrown_ = thrown_ != nullptr ? thrown_ : std::current_exception();
            model_.stop();
        }
    }
    // Which message a record is, or `nobody`.
    [[nodiscard]] std::uint32_t number_of(const record& r) const noexcept;

    const script& script_;
    const std::vector<action>& actions_;
    memory_broker broker_;
    simulation::model model_;
    narrator tell_;
    std::vector<std::unique_ptr<player>> players_;  // by life; of the dead ones until the run is over
    std::vector<std::uint32_t> current_;            // life of each process
    std::vector<const action*> plans_;              // by number of the message
    std::vector<std::string_view> topics_;
    instant start_{};
    instant brown_out_until_{};
    instant throttled_until_{};
    outage leaderless_{};
    outage silent_{};
    std::uint32_t throttle_ = 0;  // in 200 ms
    std::size_t next_main_ = 0;
    std::size_t next_ambient_ = 0;
    std::uint32_t next_spare_ = 0;
    std::uint32_t last_kind_ = 0;  // of the messages of the end: one that is not refused for what is in it
    std::uint64_t hash_ = 0xcbf29ce484222325ULL;
    std::uint64_t accepted_ = 0;
    std::string filler_{};  // makes a message large
    bool calm_ = false;
    std::uint32_t closing_ = 0;        // threads that wait for the end of a close, each for that of the next
    instant held_until_{};             // when the last of these returned
    std::uint32_t flushing_ = nobody;  // which life, by the main thread
    bool over_ = false;
    std::exception_ptr thrown_;
};

}  // namespace stentor::inline v0::detail::simulation

#include <stentor/detail/simulation/batch.ipp>
#include <stentor/detail/simulation/closing.ipp>
#include <stentor/detail/simulation/ending.ipp>
#include <stentor/detail/simulation/performing.ipp>
#include <stentor/detail/simulation/watching.ipp>
