#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/transport/memory.hpp>

#include "fuzz/memory_faults.hpp"
#include "fuzz/memory_log.hpp"
#include "fuzz/memory_witness.hpp"
#include "fuzz/notes.hpp"

// A memory broker with a witness, and what bytes do to the two.

namespace fuzz {

class memory_world {
public:
    memory_world(unsigned how, const std::vector<sent>& all)
        : idempotent_((how & 32U) == 0),
          all_(all),
          broker_(any_broker(how)),
          witness_(all, how, idempotent_),
          // Some worlds have nobody who looks.
          watched_((how & 24U) != 24U) {
        broker_.world()->direct(watched_ ? &witness_ : nullptr);
    }
    ~memory_world() { broker_.world()->direct(nullptr); }
    memory_world(const memory_world&) = delete;
    memory_world& operator=(const memory_world&) = delete;

    [[nodiscard]] stentor::memory_broker& broker() { return broker_; }
    void told(std::uint64_t number, const stentor::result<stentor::receipt>& r) { witness_.told(number, r); }

    void script(stentor::memory_script s) {
        if (!watched_) {
            broker_.script(std::move(s));
        } else if (s.times > 0) {
            witness_.faults().add(std::move(s));
        }
    }
    void random_faults(const stentor::memory_chaos& chaos) {
        broker_.random_faults(chaos);
        witness_.faults().by_chance(chaos);
    }

    void by_hand(int what, bytes& in) {
        witness_.disturb();
        switch (what) {
            case 0: broker_.hold(); break;
            case 1: broker_.release(); break;
            case 2: (void)broker_.complete_next(in.next() % 4U); break;
            default: (void)broker_.complete_next(any_fault(in)); break;
        }
    }

    void topic(bytes& in) {
        static constexpr std::string_view topics[] = {"notes", "letters", ""};
        const unsigned which = in.next() % 3U;
        const std::string_view name = topics[which];
        switch (in.next() % 4) {
            case 0: broker_.create_topic(name, in.next() % 4); break;
            case 1:
                forgotten_[which] = all_.size();
                broker_.delete_topic(name);
                break;
            case 2: broker_.deny_topic(name); break;
            default: broker_.allow_topic(name); break;
        }
    }

    void check() {
        check_log(broker_.records("notes"), all_, idempotent_, forgotten_[0]);
        check_letters(broker_.records("letters"), all_, forgotten_[1]);
    }

private:
    bool idempotent_;
    const std::vector<sent>& all_;
    stentor::memory_broker broker_;
    witness witness_;
    bool watched_;
    std::uint64_t forgotten_[3] = {0, 0, 0};  // of each topic, as far as it was deleted
};

}  // namespace fuzz
