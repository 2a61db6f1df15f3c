#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/breaker.hpp>
#include <stentor/detail/circuit_seen.hpp>
#include <stentor/detail/murmur2.hpp>
#include <stentor/detail/spin_lock.hpp>
#include <stentor/version.hpp>

/// @file
/// `per_topic`: a circuit breaker for each topic.

namespace stentor::inline v0 {

/// One `Breaker` a topic, made when the topic is first asked for, so that one sick topic does not stop the others:
/// `per_topic<>{{.failures = 3}}`. The first 1,023 topics have their own; all others share one. `Breaker` must have an aggregate
/// `options`, be constructible from it, and number the slots of its permits below 2^20.
///
/// Any thread. It allocates once a topic, and finds it again without a lock. May be moved before use only.
template <class Breaker = failure_breaker>
class per_topic {
public:
    using options = typename Breaker::options;  ///< those of each topic's breaker
    /// So many topics have a breaker of their own.
    static constexpr std::size_t max_topics = 1023;

    /// Each topic's breaker has the default options.
    per_topic() : per_topic(options{}) {}
    /// Each topic's breaker has these options.
    explicit per_topic(const options& each) : all_(std::make_unique<table>(each)) {}

    /// Asks the topic's own breaker, which is made at its first question.
    [[nodiscard]] std::optional<permit> allow(std::string_view topic, const moment& at) noexcept {
        const std::uint32_t index = all_->index_of(topic);
        std::optional<permit> given = all_->at(index).allow(topic, at);
        if (given) {
            given->slot |= index << slot_bits;
        }
        return given;
    }

    /// Tells the breaker that gave the permit.
    void record(permit p, const call& what, const moment& at) noexcept {
        Breaker& which = all_->at(std::min(p.slot >> slot_bits, all_->count() - 1));
        p.slot &= (std::uint32_t{1} << slot_bits) - 1;
        which.record(p, what, at);
    }

    /// Told to every breaker.
    void on_client(const client_event& what, const moment& at) noexcept {
        if constexpr (requires(Breaker& b) { b.on_client(what, at); }) {
            for (std::uint32_t i = 0; i < all_->count(); ++i) {
                all_->at(i).on_client(what, at);
            }
        }
    }

    /// The worst of all: open, half open, closed. A tracer is told the moves of each, with its topic.
    [[nodiscard]] circuit state() const noexcept {
        return worst([](const Breaker& one) { return one.state(); });
    }
    /// The worst of all at that time; of a `Breaker` without `state_at` its state.
    [[nodiscard]] circuit state_at(instant now) const noexcept {
        return worst([now](const Breaker& one) { return detail::circuit_at(one, now); });
    }
    /// Of one topic; closed, if nobody has asked for it yet.
    [[nodiscard]] circuit state(std::string_view topic) const noexcept { return all_->at(all_->find(topic)).state(); }

    /// The topic's own; only when `Breaker` has it.
    [[nodiscard]] instant probe_at(std::string_view topic) const noexcept
        requires requires(const Breaker& b) { b.probe_at(topic); }
    {
        return all_->at(all_->find(topic)).probe_at(topic);
    }
    /// What opened the topic's own; only when `Breaker` has it.
    void why_open(std::string_view topic, std::string& to) const
        requires requires(const Breaker& b) { b.why_open(topic, to); }
    {
        all_->at(all_->find(topic)).why_open(topic, to);
    }

    /// `look(topic, breaker, seen)` with each; the topic of the shared one is empty. For its publisher's event thread, which keeps
    /// in `seen` what it has told of that circuit.
    template <class Look>
    void each_circuit(Look&& look) noexcept {
        for (std::uint32_t i = 0; i < all_->count(); ++i) {
            entry& e = all_->entry_at(i);
            look(std::string_view(e.name), std::as_const(e.breaker), e.seen);
        }
    }

    /// Opens the circuit of one topic and keeps it open, until `reset`.
    void isolate(std::string_view topic) noexcept { all_->at(all_->index_of(topic)).isolate(); }
    /// Closes the circuit of one topic and forgets its failures.
    void reset(std::string_view topic) noexcept { all_->at(all_->find(topic)).reset(); }
    /// Closes all.
    void reset() noexcept {
        for (std::uint32_t i = 0; i < all_->count(); ++i) {
            all_->at(i).reset();
        }
    }

private:
    static constexpr std::uint32_t slot_bits = 20;

    template <class State>
    [[nodiscard]] circuit worst(State&& state_of) const noexcept {
        circuit so_far = circuit::closed;
        for (std::uint32_t i = 0; i < all_->count() && so_far != circuit::open; ++i) {
            const circuit one = state_of(std::as_const(all_->at(i)));
            so_far = one != circuit::closed ? one : so_far;
        }
        return so_far;
    }

    struct entry {
        entry(std::string_view topic, const options& how) : name(topic), breaker(how) {}
        std::string name;
        Breaker breaker;
        detail::circuit_seen seen{};
    };

    // Entries are only ever added, so readers need no lock: whoever sees an index sees the entry behind it. Entry 0 is the shared
    // one, and in `places` it means "free"; there are twice as many places as entries, so a search always comes to a free one.
    class table {
    public:
        explicit table(const options& each) : each_(each), shared_(std::string_view{}, each) { entries_[0].store(&shared_); }
        ~table() {
            for (std::uint32_t i = 1; i < count(); ++i) {
                delete entries_[i].load(std::memory_order_relaxed);
            }
        }
        table(const table&) = delete;
        table& operator=(const table&) = delete;

        [[nodiscard]] std::uint32_t count() const noexcept { return count_.load(std::memory_order_acquire); }
        [[nodiscard]] entry& entry_at(std::uint32_t index) const noexcept {
            return *entries_[index].load(std::memory_order_relaxed);
        }
        [[nodiscard]] Breaker& at(std::uint32_t index) const noexcept { return entry_at(index).breaker; }

        // 0 when the topic has none of its own.
        [[nodiscard]] std::uint32_t find(std::string_view topic) const noexcept { return search(topic).second; }

        [[nodiscard]] std::uint32_t index_of(std::string_view topic) noexcept {
            const std::uint32_t found = find(topic);
            return found != 0 || count() == entries_.size() ? found : add(topic);
        }

    private:
        [[nodiscard]] std::pair<std::size_t, std::uint32_t> search(std::string_view topic) const noexcept {
            std::size_t place = detail::murmur2(topic) % places_.size();
            for (;; place = (place + 1) % places_.size()) {
                const std::uint32_t index = places_[place].load(std::memory_order_acquire);
                if (index == 0 || entries_[index].load(std::memory_order_relaxed)->name == topic) {
                    return {place, index};
                }
            }
        }

        [[nodiscard]] std::uint32_t add(std::string_view topic) noexcept {
            const detail::spin_guard guard(growing_);
            const auto [place, index] = search(topic);
            const std::uint32_t next = count_.load(std::memory_order_relaxed);
            if (index != 0 || next == entries_.size()) {
                return index;
            }
            try {
                entries_[next].store(new entry(topic, each_), std::memory_order_relaxed);
            } catch (const std::exception&) {
                return 0;  // no memory: share, and try again next time
            }
            count_.store(next + 1, std::memory_order_release);
            places_[place].store(next, std::memory_order_release);
            return next;
        }

        options each_;
        entry shared_;
        std::array<std::atomic<entry*>, max_topics + 1> entries_{};
        std::array<std::atomic<std::uint32_t>, 2 * (max_topics + 1)> places_{};
        std::atomic<std::uint32_t> count_{1};
        detail::spin_lock growing_{};
    };

    std::unique_ptr<table> all_;
};

/// Stands in for a `per_topic` of what is no breaker, so that the publisher can say so in one error.
template <class Breaker>
    requires(!breaker<Breaker>)
class per_topic<Breaker> {
public:
    /// What `per_topic` has.
    /// @{
    using wrong_inside = Breaker;
    per_topic() = default;
    explicit per_topic(const auto&) {}
    [[nodiscard]] std::optional<permit> allow(std::string_view, const moment&) noexcept { return {}; }
    void record(permit, const call&, const moment&) noexcept {}
    [[nodiscard]] circuit state() const noexcept { return circuit::closed; }
    /// @}
};

}  // namespace stentor::inline v0
