#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <stentor/retry.hpp>
#include <stentor/version.hpp>

/// @file
/// `scripted_retry`: a retry policy that answers what it was told to, for tests.

namespace stentor::inline v0 {

/// Answers the verdicts of its list, one a call, then `give_up`: `scripted_retry{retry_in(1s), redirect_to("dlq", 5s)}`. Copies
/// share one script and one memory, so keep one and give the publisher the other. One thread at a time.
class scripted_retry {
public:
    /// A failure that it was asked about.
    struct asked {
        std::uint32_t attempt = 0;                             ///< the try that failed: 1, 2, …
        nanoseconds elapsed{};                                 ///< since `publish`
        nanoseconds remaining{};                               ///< until the deadline
        errc code = errc::none;                                ///< the condition
        std::string cause{};                                   ///< the cause's own name
        stentor::outcome outcome = stentor::outcome::unknown;  ///< of the message so far
        bool transient = false;                                ///< a retry may help
    };

    bool allow_duplicates = false;  ///< retry an `unknown` outcome, too

    /// Topics of redirects must outlive the publisher: string literals do.
    scripted_retry(std::initializer_list<verdict> answers) : script_(std::make_shared<script>()) { script_->answers = answers; }

    /// Remembers the question and answers the next verdict.
    [[nodiscard]] verdict next(const failure& f) const noexcept {
        script_->questions.push_back({f.attempt, f.elapsed, f.remaining, f.code, std::string(f.cause), f.outcome, f.transient});
        const std::size_t i = script_->questions.size() - 1;
        return i < script_->answers.size() ? script_->answers[i] : give_up();
    }

    /// What it was asked, in order.
    [[nodiscard]] const std::vector<asked>& questions() const noexcept { return script_->questions; }

private:
    struct script {
        std::vector<verdict> answers{};
        std::vector<asked> questions{};
    };
    std::shared_ptr<script> script_;
};

}  // namespace stentor::inline v0
