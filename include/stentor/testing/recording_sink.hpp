#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/detail/spin_lock.hpp>
#include <stentor/log/sink.hpp>
#include <stentor/version.hpp>

/// @file
/// `recording_sink`: a log_sink that remembers its lines, for tests.

namespace stentor::inline v0 {

/// Remembers every line, in order. Copies share one memory, so keep one and give the tracer the other: `recording_sink seen;
/// log_tracer log{seen};`. Any thread. Without memory it ends the program.
class recording_sink {
public:
    /// One line.
    struct entry {
        log_level level = log_level::debug;  ///< as it was written
        std::string line{};                  ///< without a newline
    };

    /// Remembers it.
    void write(log_level level, std::string_view line) noexcept {
        const detail::spin_guard guard(kept_->lock);
        kept_->entries.push_back({level, std::string(line)});
    }

    /// Everything so far.
    [[nodiscard]] std::vector<entry> entries() const {
        const detail::spin_guard guard(kept_->lock);
        return kept_->entries;
    }
    /// The lines alone.
    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> all;
        for (entry& e : entries()) {
            all.push_back(std::move(e.line));
        }
        return all;
    }
    /// Forgets everything.
    void clear() noexcept {
        const detail::spin_guard guard(kept_->lock);
        kept_->entries.clear();
    }

private:
    struct memory {
        mutable detail::spin_lock lock{};
        std::vector<entry> entries{};
    };
    std::shared_ptr<memory> kept_ = std::make_shared<memory>();
};

}  // namespace stentor::inline v0
