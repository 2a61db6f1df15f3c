// Made by single_include/generate.py from include/stentor/testing/scripted_serializer.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/stentor.hpp>

/// @file
/// `scripted_serializer`: a serializer that fails when it was told to, for tests.

namespace stentor::inline v0 {

/// Serializes like `Inner`, but for the calls that it was told to fail: `fail_next(fault)`, `throw_next("what")`, `pass_next()`,
/// used up one a call in that order; after them all calls pass. Copies share one script, so keep one and give the publisher the
/// other. One thread at a time.
template <class Inner = raw_serializer>
class scripted_serializer {
public:
    static constexpr std::string_view content_type = Inner::content_type;  ///< that of `Inner`

    /// Serializes like a default `Inner`.
    scripted_serializer() : scripted_serializer(Inner{}) {}
    /// Serializes like this one.
    explicit scripted_serializer(Inner inner) : inner_(std::move(inner)), script_(std::make_shared<script>()) {}

    /// That call writes half of a message and answers the fault.
    void fail_next(fault f) { script_->steps.push_back({std::move(f), false}); }
    /// That call throws `std::runtime_error` with this text.
    void throw_next(std::string what) {
        fault f;
        f.cause = std::move(what);
        script_->steps.push_back({std::move(f), true});
    }
    /// That call passes.
    void pass_next() { script_->steps.push_back({}); }

    /// What was told for this call.
    template <class T>
        requires serializer_for<Inner, T>
    fault serialize(const T& message, buffer& out) const {
        ++script_->calls;
        step now;
        if (!script_->steps.empty()) {
            now = std::move(script_->steps.front());
            script_->steps.pop_front();
        }
        if (now.throws) {
            throw std::runtime_error(now.answer.cause);
        }
        if (now.answer) {
            out.append("{\"half\":");
            return now.answer;
        }
        return inner_.serialize(message, out);
    }

    /// How often it was called.
    [[nodiscard]] std::size_t calls() const noexcept { return script_->calls; }

private:
    struct step {
        fault answer{};
        bool throws = false;
    };
    struct script {
        std::deque<step> steps{};
        std::size_t calls = 0;
    };
    Inner inner_;
    std::shared_ptr<script> script_;
};

}  // namespace stentor::inline v0
