#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <stentor/breaker/per_topic.hpp>
#include <stentor/circuit.hpp>
#include <stentor/error.hpp>
#include <stentor/message.hpp>
#include <stentor/options.hpp>
#include <stentor/publisher.hpp>
#include <stentor/testing/simulation/process.hpp>
#include <stentor/testing/simulation/workload.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::simulation {

class stage;

// The handler of one message.
struct listener {
    stage* to = nullptr;
    std::uint32_t number = 0;
    void operator()(const result<receipt>& r) const;
};

// The same, too large for the place that a publisher has for small ones.
struct large_listener {
    listener inner{};
    std::array<std::uint64_t, 12> more{};

    large_listener(stage* to, std::uint32_t number) : inner{to, number} { more.fill(number); }
    void operator()(const result<receipt>& r) const;
};

// The messages of one publish_all, made when their turn comes: `next` hears of that first.
template <class Make>
class made_in_turn {
public:
    using value_type = std::remove_cvref_t<std::invoke_result_t<const Make&, const simulated_call&>>;
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = made_in_turn::value_type;
        using difference_type = std::ptrdiff_t;
        using pointer = const value_type*;
        using reference = value_type;

        iterator(const made_in_turn& all, std::size_t at) noexcept : all_(&all), at_(at) {}
        [[nodiscard]] value_type operator*() const {
            all_->next_(at_);
            return all_->make_(all_->calls_[at_]);
        }
        iterator& operator++() noexcept {
            ++at_;
            return *this;
        }
        [[nodiscard]] friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.at_ == b.at_; }

    private:
        const made_in_turn* all_;
        std::size_t at_;
    };

    made_in_turn(const Make& make, const std::vector<simulated_call>& calls, const std::function<void(std::size_t)>& next) noexcept
        : make_(make), calls_(calls), next_(next) {}
    [[nodiscard]] iterator begin() const noexcept { return {*this, 0}; }
    [[nodiscard]] iterator end() const noexcept { return {*this, calls_.size()}; }

private:
    const Make& make_;
    const std::vector<simulated_call>& calls_;
    const std::function<void(std::size_t)>& next_;
};

// A publisher, whatever its type.
class player {
public:
    player() = default;
    virtual ~player() = default;
    player(const player&) = delete;
    player& operator=(const player&) = delete;
    [[nodiscard]] virtual result<receipt> publish(const simulated_call& c, const publish_options& o) = 0;
    [[nodiscard]] virtual result<receipt> erase(const simulated_call& c, const publish_options& o) = 0;
    [[nodiscard]] virtual std::vector<result<receipt>> publish_all(const std::vector<simulated_call>& calls,
                                                                   const publish_options& o,
                                                                   const std::function<void(std::size_t)>& next) = 0;
    [[nodiscard]] virtual result<void> async(const simulated_call& c, const publish_options& o, stage* to, std::uint32_t number,
                                             bool may_wait) = 0;
    [[nodiscard]] virtual result<void> flush(nanoseconds within) = 0;
    [[nodiscard]] virtual result<void> close(nanoseconds within) = 0;
    [[nodiscard]] virtual account books() const noexcept = 0;
    [[nodiscard]] virtual stentor::circuit circuit() noexcept = 0;
    // Of what state is the circuit that a publish to this topic asks? None if we do not know its transitions: a user's breaker may
    // be a switch.
    [[nodiscard]] virtual std::optional<stentor::circuit> circuit_for(std::string_view topic) noexcept = 0;
    // The states of all whose transitions we know, always in the same order; there may be more of them than before.
    virtual void circuits(std::vector<stentor::circuit>& to) = 0;
    // It is one circuit for all that is published, and we know its transitions.
    [[nodiscard]] virtual bool by_the_book() const noexcept = 0;
    // Permits that are out, if the breaker counts them.
    [[nodiscard]] virtual std::int64_t permits_out() noexcept = 0;
    // What the breaker has against itself, if it says so.
    [[nodiscard]] virtual std::string complaint() = 0;
    virtual void crash() noexcept = 0;
    virtual void isolate() noexcept = 0;
    virtual void reset() noexcept = 0;
};

template <class Publisher, class Make>
class player_of final : public player {
public:
    template <class Factory>
    player_of(Factory& factory, simulated_process& here, const Make& make) : publisher_(factory(here)), make_(make) {}

    [[nodiscard]] result<receipt> publish(const simulated_call& c, const publish_options& o) override {
        return publisher_.publish(make_(c), o);
    }
    // Of the key that the message would have; without one there is nothing to erase, and it is published.
    [[nodiscard]] result<receipt> erase(const simulated_call& c, const publish_options& o) override {
        using made = std::remove_cvref_t<std::invoke_result_t<const Make&, const simulated_call&>>;
        const auto& what = make_(c);
        if constexpr (requires { message_traits<made>::key(what); }) {
            constexpr bool has_topic = requires { std::string_view(message_traits<made>::topic); };
            if (!o.key && (has_topic || !o.topic.empty())) {
                return publisher_.template erase<made>(std::string_view(message_traits<made>::key(what)), o);
            }
        }
        return publisher_.publish(what, o);
    }
    [[nodiscard]] std::vector<result<receipt>> publish_all(const std::vector<simulated_call>& calls, const publish_options& o,
                                                           const std::function<void(std::size_t)>& next) override {
        return publisher_.publish_all(made_in_turn<Make>(make_, calls, next), o);
    }
    [[nodiscard]] result<void> async(const simulated_call& c, const publish_options& o, stage* to, std::uint32_t number,
                                     bool may_wait) override {
        return number % 4 == 0 ? send(c, o, large_listener(to, number), may_wait) : send(c, o, listener{to, number}, may_wait);
    }
    [[nodiscard]] result<void> flush(nanoseconds within) override { return publisher_.flush(within); }
    [[nodiscard]] result<void> close(nanoseconds within) override { return publisher_.close(within); }
    [[nodiscard]] account books() const noexcept override { return publisher_.account(); }
    [[nodiscard]] stentor::circuit circuit() noexcept override { return publisher_.breaker().state(); }
    [[nodiscard]] std::optional<stentor::circuit> circuit_for(std::string_view topic) noexcept override {
        if constexpr (one_circuit) {
            return publisher_.breaker().state();
        } else if constexpr (one_for_each_topic) {
            return topic.empty() ? std::nullopt : std::optional(publisher_.breaker().state(topic));
        } else {
            return std::nullopt;
        }
    }
    void circuits(std::vector<stentor::circuit>& to) override {
        to.clear();
        if constexpr (one_circuit) {
            to.push_back(publisher_.breaker().state());
        } else if constexpr (one_for_each_topic) {
            publisher_.breaker().each_circuit(
                [&](std::string_view, const failure_breaker& one, auto&) { to.push_back(one.state()); });
        }
    }
    [[nodiscard]] bool by_the_book() const noexcept override { return one_circuit; }
    [[nodiscard]] std::int64_t permits_out() noexcept override {
        if constexpr (requires(Publisher& p) { static_cast<std::int64_t>(p.breaker().permits_out()); }) {
            return static_cast<std::int64_t>(publisher_.breaker().permits_out());
        } else {
            return 0;
        }
    }
    [[nodiscard]] std::string complaint() override {
        if constexpr (requires(Publisher& p) { std::string(p.breaker().complaint()); }) {
            return std::string(publisher_.breaker().complaint());
        } else {
            return {};
        }
    }
    void crash() noexcept override { publisher_.transport().crash(); }
    void isolate() noexcept override {
        if constexpr (requires(Publisher& p) { p.breaker().isolate(), p.breaker().reset(); }) {
            publisher_.breaker().isolate();
        }
    }
    void reset() noexcept override {
        if constexpr (requires(Publisher& p) { p.breaker().reset(); }) {
            publisher_.breaker().reset();
        }
    }

private:
    using circuit_of_it = decltype(&failure_breaker::state);
    using breaker_type = std::remove_cvref_t<decltype(std::declval<Publisher&>().breaker())>;
    // One with a `state` of its own is another breaker, and so is one with an `allow` of its own, unless it judges itself.
    static constexpr bool judges_itself = requires(breaker_type& b) { std::string(b.complaint()); };
    static constexpr bool one_circuit = requires {
        requires std::is_same_v<decltype(&breaker_type::state), circuit_of_it>;
        requires judges_itself || std::is_same_v<decltype(&breaker_type::allow), decltype(&failure_breaker::allow)>;
    };
    static constexpr bool one_for_each_topic =
        requires(breaker_type& b) { b.each_circuit([](std::string_view, const failure_breaker&, auto&) {}); };

    template <class Listener>
    [[nodiscard]] result<void> send(const simulated_call& c, const publish_options& o, const Listener& to, bool may_wait) {
        return may_wait ? publisher_.async_publish(make_(c), to, o) : publisher_.try_async_publish(make_(c), to, o);
    }

    Publisher publisher_;
    const Make& make_;
};

}  // namespace stentor::inline v0::detail::simulation
