#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

// What the demo itself wrote down about each message: the book that the library's account and the consumer are held against.
namespace demo {

enum class fate : std::uint8_t {
    not_sent,   ///< never tried, or refused: the library owes nothing
    in_flight,  ///< accepted, no outcome yet
    persisted,
    not_persisted,
    unknown,
};

/// What became of a message's dead letter.
enum class letter : std::uint8_t {
    none,
    written,
    failed,
    unknown
};

/// One message. The sender fills in `made` first, then `fate`; whoever learns the outcome fills in the rest and then `fate`.
struct entry {
    std::atomic<std::int64_t> made{0};  ///< the timestamp in its value, milliseconds since 1970
    std::int64_t offset = -1;           ///< of the record, or of its dead letter
    std::int32_t partition = -1;
    std::atomic<demo::fate> fate{fate::not_sent};
    demo::letter letter = letter::none;
    bool answered_twice = false;
};

/// One entry a message of the plan. Entries of different messages may be written at the same time.
class ledger {
public:
    explicit ledger(std::size_t messages) : entries_(messages) {}

    [[nodiscard]] entry& operator[](std::size_t number) noexcept { return entries_[number]; }
    [[nodiscard]] const entry& operator[](std::size_t number) const noexcept { return entries_[number]; }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    /// How many messages were tried at least once.
    [[nodiscard]] std::size_t tried() const noexcept {
        std::size_t n = 0;
        for (const entry& e : entries_) {
            n += e.made.load() != 0 ? 1U : 0U;
        }
        return n;
    }
    /// How many messages have that fate.
    [[nodiscard]] std::size_t count(fate f) const noexcept {
        std::size_t n = 0;
        for (const entry& e : entries_) {
            n += e.fate.load() == f ? 1U : 0U;
        }
        return n;
    }

private:
    std::vector<entry> entries_;
};

}  // namespace demo
