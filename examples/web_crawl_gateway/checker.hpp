#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger.hpp"
#include "plain_consumer.hpp"
#include "plan.hpp"

// Holds what the consumer reads against what was sent: every key, header and byte. It doesn't use stentor.
namespace demo {

/// What came of the comparison. All is well when `wrong()` is zero.
struct findings {
    std::uint64_t read = 0;              ///< messages that the consumer got
    std::uint64_t copies = 0;            ///< of them, seen before: librdkafka's own retries, which the mock broker can't dedupe
    std::uint64_t strangers = 0;         ///< with a key that is none of ours
    std::uint64_t damaged = 0;           ///< key, a header or the value is not what it must be
    std::uint64_t missing = 0;           ///< persisted, but not where the receipt says
    std::uint64_t ghosts = 0;            ///< not persisted, yet in the log
    std::uint64_t unknown_in_log = 0;    ///< unknown, and it is in the log
    std::uint64_t out_of_order = 0;      ///< keys whose messages are not in the order in which they were sent
    std::uint64_t keys_in_order = 0;     ///< keys with more than one message in the log, all in order
    std::uint64_t dead_letters = 0;      ///< read from the dead letter topic
    std::uint64_t letters_missing = 0;   ///< said to be written, but not there
    std::vector<std::string> details{};  ///< the first few things that were wrong, in words

    [[nodiscard]] std::uint64_t wrong() const noexcept {
        return strangers + damaged + missing + ghosts + out_of_order + letters_missing;
    }
};

/// A message as it lay on the wire, kept to be shown.
struct specimen {
    std::string topic{};
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::string key{};
    std::string value{};
    std::vector<std::pair<std::string, std::string>> headers{};
};

class checker {
public:
    /// Both must outlive it. On a shared cluster other people's messages are none of our business.
    checker(const plan& plan, const ledger& ledger, bool shared_cluster);

    /// Checks one message. On the consumer's thread.
    void see(const seen_message& message);
    /// The whole picture. After the consumer has caught up and every outcome is in.
    [[nodiscard]] findings conclude();
    [[nodiscard]] const std::optional<specimen>& example() const noexcept { return example_; }

private:
    struct sighting {
        std::int64_t first = -1;
        std::int64_t last = -1;
        std::int32_t partition = -1;
        std::uint16_t times = 0;
    };

    void complain(std::uint64_t& counter, std::string what);
    std::string check_headers(const message_id& id, const seen_message& message, bool letter) const;
    void see_status(const message_id& id, const seen_message& message);
    void conclude_outcome(std::size_t number);
    void conclude_order(const message_id& first);
    bool was_at(std::size_t number, std::int64_t offset) const;

    const plan& plan_;
    const ledger& ledger_;
    bool shared_;
    std::vector<sighting> seen_;
    std::map<std::size_t, std::vector<std::int64_t>> more_;  // offsets of the third copy on
    std::map<std::size_t, std::int64_t> letters_;            // dead letters: message number -> offset
    findings found_;
    std::optional<specimen> example_;
};

}  // namespace demo
