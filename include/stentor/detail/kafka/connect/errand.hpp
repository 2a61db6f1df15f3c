#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <pthread.h>

#include <stentor/detail/kafka/bell.hpp>
#include <stentor/detail/kafka/clock.hpp>
#include <stentor/detail/kafka/sync.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// Something that takes its time, or never ends, on a thread of its own, for the event thread, which waits for nobody. One at a
// time. Whoever wants the result no more just goes: the thread is left behind with what the work itself owns.
template <class Result>
class errand {
public:
    explicit errand(bell& b) : shared_(std::make_shared<state>()) { shared_->to = &b; }
    ~errand() {
        const guard g(shared_->lock);
        shared_->to = nullptr;
    }
    errand(const errand&) = delete;
    errand& operator=(const errand&) = delete;

    // False: the last result was not taken yet, or there is no thread to be had. `work` must not throw, and own all that it uses.
    template <class Work>
    [[nodiscard]] bool begin(const char* name, Work work) {
        auto mine = std::make_unique<task<Work>>(shared_, std::move(work));
        {
            const guard g(shared_->lock);
            if (std::exchange(shared_->begun, true)) {
                return false;
            }
        }
        pthread_t thread{};
        if (!start_thread(thread, &task<Work>::main, mine.get(), name)) {
            const guard g(shared_->lock);
            shared_->begun = false;
            return false;
        }
        [[maybe_unused]] const auto* const owned_by_the_thread = mine.release();
        ::pthread_detach(thread);
        return true;
    }

    // Nothing was begun since the last result was taken.
    [[nodiscard]] bool idle() const noexcept {
        const guard g(shared_->lock);
        return !shared_->begun;
    }
    // Nobody has come back yet.
    [[nodiscard]] bool under_way() const noexcept {
        const guard g(shared_->lock);
        return shared_->begun && !shared_->brought;
    }
    // What was brought back, once.
    [[nodiscard]] std::optional<Result> take() {
        const guard g(shared_->lock);
        if (shared_->brought) {
            shared_->begun = false;
        }
        return std::exchange(shared_->brought, std::nullopt);
    }

    // Until nothing is under way, or then.
    void wait_until(instant until) const noexcept {
        const guard g(shared_->lock);
        while (shared_->begun && !shared_->brought && monotonic_now() < until) {
            shared_->changed.wait_until(shared_->lock, until);
        }
    }

private:
    struct state {
        mutex lock;
        condition changed;
        bell* to = nullptr;  // null: nobody wants it any more
        bool begun = false;
        std::optional<Result> brought;
    };

    template <class Work>
    struct task {
        task(std::shared_ptr<state> s, Work w) : shared(std::move(s)), work(std::move(w)) {}

        static void* main(void* self) {
            const std::unique_ptr<task> mine(static_cast<task*>(self));
            Result result = mine->work();
            const guard g(mine->shared->lock);
            mine->shared->brought.emplace(std::move(result));
            mine->shared->changed.notify_all();
            if (mine->shared->to != nullptr) {
                mine->shared->to->ring(bell::errand_done);
            }
            return nullptr;
        }

        std::shared_ptr<state> shared;
        Work work;
    };

    std::shared_ptr<state> shared_;
};

}  // namespace stentor::inline v0::detail::kafka
