// Made by single_include/generate.py from include/stentor/detail/simulation/model.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <stentor/stentor.hpp>
#include <stentor/detail/simulation/messages.hpp>
#include <stentor/testing/simulation/report.hpp>
#include <stentor/testing/simulation/workload.hpp>

namespace stentor::inline v0::detail::simulation {

inline constexpr std::string_view number_header = "stentor-simulation";
inline constexpr nanoseconds grace = std::chrono::milliseconds(250);

// What must be true of a run, judged only by what can be seen from outside: what was called, what the broker got and wrote, what
// was told. The first rule that is broken is kept.
class model {
public:
    model(const simulated_rules& rules, const publisher_options& limits, nanoseconds attempt, std::size_t numbers, bool plain)
        : rules_(rules), limits_(limits), attempt_(attempt), plain_(plain), all_(numbers) {}

    [[nodiscard]] bool broken() const noexcept { return stopped_ || !rule_.empty(); }
    [[nodiscard]] const std::string& rule() const noexcept { return rule_; }
    [[nodiscard]] const std::string& why() const noexcept { return why_; }
    void breaks(std::string rule, std::string why) {
        if (rule_.empty()) {
            rule_ = std::move(rule);
            why_ = std::move(why);
        }
    }
    // Nothing more is to be judged.
    void stop() noexcept { stopped_ = true; }
    [[nodiscard]] message& of(std::uint32_t number) noexcept { return all_[number]; }
    [[nodiscard]] std::vector<life>& lives() noexcept { return lives_; }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
    void count(exercised what) noexcept { ++counts[static_cast<std::size_t>(what)]; }

    void called(std::uint32_t n, std::uint32_t who, instant deadline) {
        message& m = all_[n];
        m.at = message::stage::called;
        m.life = who;
        m.begin = ++stamp_;
        m.deadline = deadline;
        m.spent = spent_;
        due_.emplace_back(deadline + grace, n);
        std::push_heap(due_.begin(), due_.end(), later);
    }
    void accepted(std::uint32_t n) {
        message& m = all_[n];
        m.at = message::stage::flying;
        took_its_place(m);
        ++lives_[m.life].books.accepted;
    }
    // They are published by one call.
    void together(std::vector<std::uint32_t> numbers) {
        together_ = std::move(numbers);
        for (const std::uint32_t n : together_) {
            all_[n].together = true;
        }
    }
    void refused(std::uint32_t n) {
        all_[n].at = message::stage::refused;
        ++lives_[all_[n].life].books.refused;
    }
    void told(std::uint32_t n, const result<receipt>& r, instant now);
    // What is said of the records on their way.
    void noted(std::uint32_t n, const notice& what);
    // Between two steps: who is late?
    void look_at_deadlines(instant now);
    void look_at(std::uint32_t who, const account& books, circuit c, instant now);
    // For the next look: the states of the circuits whose transitions are known.
    [[nodiscard]] std::vector<circuit>& circuits() noexcept { return circuits_; }
    void look_at_books(std::uint32_t who, const account& books);
    // A hook for late reports was called.
    void heard(std::uint32_t who, const late_report& late);
    // When the last of its calls before a point of `now` had its outcome.
    [[nodiscard]] instant last_told(std::uint32_t who, std::uint64_t before) const noexcept {
        instant last{};
        for (const message& m : all_) {
            last = m.at == message::stage::told && m.life == who && m.begin <= before ? std::max(last, m.told_at) : last;
        }
        return last;
    }
    void crashed(std::uint32_t who) {
        lives_[who].over = true;
        for (message& m : all_) {
            if (m.life == who && (m.at == message::stage::flying || m.at == message::stage::called)) {
                m.at = message::stage::lost;
            }
        }
    }
    // Of all publishers, or of one the calls before a point of `now`.
    [[nodiscard]] std::uint64_t outstanding() const noexcept { return outstanding(any, stamp_); }
    [[nodiscard]] std::uint64_t outstanding(std::uint32_t who, std::uint64_t before) const noexcept {
        std::uint64_t n = 0;
        for (const message& m : all_) {
            const bool open = m.at == message::stage::flying || m.at == message::stage::called;
            n += open && (who == any || m.life == who) && m.begin <= before ? 1U : 0U;
        }
        return n;
    }
    [[nodiscard]] std::uint64_t now() const noexcept { return stamp_; }
    void broker_is_down(bool is) noexcept { down_ = is; }
    // Handlers take their time, in which nothing else happens.
    void spends(nanoseconds d) noexcept { spent_ += d; }
    [[nodiscard]] nanoseconds spent() const noexcept { return spent_; }

    std::array<std::uint64_t, exercised_count> counts{};

private:
    static constexpr std::uint32_t any = 0xffffffffU;
    using date = std::pair<instant, std::uint32_t>;
    [[nodiscard]] static bool later(const date& a, const date& b) noexcept { return a > b; }
    [[nodiscard]] static std::string name(std::uint32_t n) { return "message " + std::to_string(n); }

    void took_its_place(message& m) noexcept {
        if (m.end == 0) {
            m.end = ++stamp_;
        }
    }
    // What handlers have taken is theirs. A redirect gives more time, and there can be one only after a certain failure.
    [[nodiscard]] instant own_limit_of(const message& m) const noexcept {
        return m.deadline + grace + (spent_ - m.spent) +
               (m.definite && rules_.letter_deadline > nanoseconds{} ? rules_.letter_deadline + grace : nanoseconds{});
    }
    // Of several that were published by one call none is told before all have ended.
    [[nodiscard]] instant limit_of(const message& m) const noexcept {
        instant limit = own_limit_of(m);
        if (m.together) {
            for (const std::uint32_t n : together_) {
                limit = std::max(limit, own_limit_of(all_[n]));
            }
        }
        return limit;
    }
    // When a publisher that is being closed has ended all.
    [[nodiscard]] instant close_limit_of(const life& l) const noexcept {
        return l.close_by > instant::max() - grace ? instant::max() : l.close_by + grace + (spent_ - l.spent_before_close);
    }
    void meets(message& m, memory_fault::kind what, exercised as);
    void submitted(std::uint32_t n, message& m, const notice& what);
    void weigh(std::uint32_t n, const message& m);
    void compare(std::uint32_t n, message& m, const record& again, bool letter);
    void written(std::uint32_t n, message& m, const notice& what);
    void written_late(std::uint32_t n, message& m, const notice& what);
    void reported(std::uint32_t n, message& m, const notice& what);
    void overtakes(std::uint32_t n, const message& m);
    void look_at_overtaken(std::uint32_t n, const message& m);
    void said_persisted(std::uint32_t n, const message& m, const receipt& r);
    void said_otherwise(std::uint32_t n, message& m, const error& e);
    void look_at_letter(std::uint32_t n, message& m, const record& letter);
    void letter_written(std::uint32_t n, message& m, const notice& what);
    void told_of_letter(std::uint32_t n, message& m, const error& e);

    const simulated_rules& rules_;
    const publisher_options& limits_;
    nanoseconds attempt_;  // the broker's own time-out of a try
    bool plain_;           // producers without idempotence
    std::vector<message> all_;
    std::vector<life> lives_;
    std::unordered_map<std::uint64_t, lane_log> lanes_;
    std::vector<date> due_;
    std::vector<std::uint32_t> together_;
    std::unordered_set<std::uint64_t> given_up_;  // submissions of plain producers that were reported `unknown`
    std::uint32_t late_ = nobody;                 // whose late report must be told before the step is over
    std::uint32_t maybe_late_ = nobody;           // whose may be: its caller waits for others
    std::vector<circuit> circuits_;
    std::uint64_t stamp_ = 0;
    nanoseconds spent_{};
    bool down_ = false;
    bool stopped_ = false;
    std::string rule_{};
    std::string why_{};
};

inline void model::look_at_deadlines(instant now) {
    if (const std::uint32_t late = std::exchange(late_, nobody); late != nobody) {
        breaks("each late report is told", "that of " + name(late) + " was not");
    }
    maybe_late_ = nobody;
    while (!due_.empty() && due_.front().first < now) {
        std::pop_heap(due_.begin(), due_.end(), later);
        const std::uint32_t n = due_.back().second;
        due_.pop_back();
        const message& m = all_[n];
        if (m.at != message::stage::called && m.at != message::stage::flying) {
            continue;
        }
        if (const instant limit = limit_of(m); limit >= now) {
            due_.emplace_back(limit, n);
            std::push_heap(due_.begin(), due_.end(), later);
        } else {
            breaks("every outcome by its deadline + 250 ms", name(n) + " has none");
        }
    }
}

inline void model::look_at_books(std::uint32_t who, const account& books) {
    const life& l = lives_[who];
    const std::uint64_t one = std::min(l.calling, 1U);
    const auto fits = [](std::uint64_t is, std::uint64_t should, std::uint64_t slack) {
        return is >= should && is <= should + slack;
    };
    const account& b = l.books;
    if (!fits(books.accepted, b.accepted, one) || !fits(books.persisted, b.persisted, l.calling) ||
        !fits(books.not_persisted, b.not_persisted, l.calling) || !fits(books.unknown, b.unknown, l.calling) ||
        !fits(books.refused, b.refused, one) ||
        books.accepted != books.persisted + books.not_persisted + books.unknown + books.in_flight) {
        breaks("the account is what callers were told",
               "publisher " + std::to_string(who) + " has accepted " + std::to_string(books.accepted) + ", persisted " +
                   std::to_string(books.persisted) + ", not_persisted " + std::to_string(books.not_persisted) + ", unknown " +
                   std::to_string(books.unknown) + ", refused " + std::to_string(books.refused) + "; told were " +
                   std::to_string(b.accepted) + ", " + std::to_string(b.persisted) + ", " + std::to_string(b.not_persisted) + ", " +
                   std::to_string(b.unknown) + ", " + std::to_string(b.refused));
    }
}

inline void model::look_at(std::uint32_t who, const account& books, circuit c, instant now) {
    life& l = lives_[who];
    look_at_books(who, books);
    if (books.in_flight != 0 && now > close_limit_of(l)) {
        breaks("after close nothing is in flight", "publisher " + std::to_string(who));
    }
    if (l.isolated && l.by_the_book && c != circuit::open) {
        breaks("a circuit that was isolated by hand stays open", "publisher " + std::to_string(who));
    }
    // While a slow handler runs, one step takes long enough for two transitions.
    const bool free = l.spent != spent_;
    l.circuits.resize(circuits_.size(), circuit::closed);
    for (std::size_t i = 0; i < circuits_.size(); ++i) {
        const circuit was = std::exchange(l.circuits[i], circuits_[i]);
        const bool skips = (was == circuit::closed && circuits_[i] == circuit::half_open) ||
                           (was == circuit::open && circuits_[i] == circuit::closed && !l.reset);
        if (skips && !free) {
            breaks("a circuit goes from closed to open to half_open", "publisher " + std::to_string(who) + ": from " +
                                                                          std::string(to_string(was)) + " to " +
                                                                          std::string(to_string(circuits_[i])));
        }
    }
    if (c != l.seen) {
        l.refusing_since = instant::max();
        if (c == circuit::open) {
            count(exercised::circuit_opened);
        }
        l.seen = c;
    }
    l.reset = false;
    l.spent = spent_;
}

}  // namespace stentor::inline v0::detail::simulation

#include <stentor/detail/simulation/letters.ipp>
#include <stentor/detail/simulation/model.ipp>
#include <stentor/detail/simulation/told.ipp>
