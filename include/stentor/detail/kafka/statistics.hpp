#pragma once

#include <memory>
#include <new>
#include <string>
#include <utility>

#include <stentor/detail/kafka/sync.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// What librdkafka last said of itself: the event thread keeps it, whoever wants metrics reads it when it wants them.
class last_statistics {
public:
    void keep(const char* json) noexcept {
        if (json == nullptr) {
            return;
        }
        std::shared_ptr<const std::string> fresh;
        try {
            fresh = std::make_shared<const std::string>(json);
        } catch (const std::bad_alloc&) {
            return;  // the one before is better than none
        }
        const guard g(lock_);
        last_.swap(fresh);  // and the old one goes when the lock is open again
    }
    [[nodiscard]] std::shared_ptr<const std::string> last() const noexcept {
        const guard g(lock_);
        return last_;
    }

private:
    mutable mutex lock_;
    std::shared_ptr<const std::string> last_;
};

}  // namespace stentor::inline v0::detail::kafka
