// Made by single_include/generate.py from include/stentor/detail/simulation/batch.ipp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <utility>

#include <stentor/detail/simulation/numbered.hpp>
#include <stentor/detail/simulation/stage.hpp>

// Several messages by one call: one result for each, in their order, under one deadline.

namespace stentor::inline v0::detail::simulation {

inline void stage::publish_batch() {
    const action& first = actions_[next_main_];
    std::vector<const action*> all{&first};
    std::size_t next = next_main_ + 1;
    for (skip(next, true); next < actions_.size() && actions_[next].what == deed::batch && actions_[next].group == first.group;
         skip(++next, true)) {
        all.push_back(&actions_[next]);
        next_main_ = next;
    }
    player* const p = player_of_process(first.who);
    if (p == nullptr) {
        return;
    }
    const std::uint32_t life = current_[first.who];
    const instant until = broker_.now() + first.span;
    std::vector<simulated_call> calls;
    std::vector<std::uint32_t> numbers;
    for (const action* const a : all) {
        plans_[a->number] = a;
        calls.push_back(call_of(*a, a->number));
        numbers.push_back(a->number);
    }
    model_.together(numbers);
    model_.count(exercised::batch);
    tell_.say("publisher " + std::to_string(life) + " publishes " + std::to_string(all.size()) +
              (all.size() == 1 ? " message by one call" : " messages by one call"));
    numbered_options numbered(filler_);
    describe(first, numbered.options);
    // The call goes to its next message when this one was accepted or refused.
    const auto settle = [&](std::uint32_t number) {
        if (p->books().refused > model_.lives()[life].books.refused) {
            --model_.lives()[life].calling;
            return model_.refused(number);
        }
        ++accepted_;
        model_.accepted(number);
    };
    std::size_t begun = 0;
    const std::vector<result<receipt>> results = p->publish_all(calls, numbered.options, [&](std::size_t i) {
        if (i != begun) {
            model_.breaks("publish_all takes its messages in their order", "publisher " + std::to_string(life));
        }
        if (i > 0) {
            settle(numbers[i - 1]);
        }
        ++begun;
        ++model_.lives()[life].calling;
        numbered.next_is(numbers[i]);
        tell_.publish(numbers[i], life, *all[i]);
        model_.called(numbers[i], life, until);
    });
    if (begun != all.size() || results.size() != all.size()) {
        return model_.breaks("publish_all has one result for each message",
                             std::to_string(results.size()) + " for " + std::to_string(all.size()));
    }
    settle(numbers.back());
    told_of_batch(all, results);
}

inline void stage::told_of_batch(const std::vector<const action*>& all, const std::vector<result<receipt>>& results) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::uint32_t n = all[i]->number;
        if (model_.of(n).at != message::stage::refused) {
            --model_.lives()[model_.of(n).life].calling;
            told(n, results[i]);
            continue;
        }
        if (results[i] || results[i].error().outcome != outcome::not_persisted || results[i].error().attempts != 0) {
            model_.breaks("the results of publish_all are in the order of its messages",
                          "message " + std::to_string(n) + " was refused");
            continue;
        }
        tell_.refused(n, results[i].error());
        if (results[i].error() == errc::deadline_exceeded) {
            model_.count(exercised::batch_cut);
        }
    }
}

}  // namespace stentor::inline v0::detail::simulation
