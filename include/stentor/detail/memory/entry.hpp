#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>

#include <stentor/detail/copy.hpp>
#include <stentor/detail/memory/arena.hpp>
#include <stentor/detail/memory/topics.hpp>
#include <stentor/record.hpp>
#include <stentor/transport.hpp>
#include <stentor/transport/memory_fault.hpp>
#include <stentor/transport/memory_record.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

inline constexpr instant never = instant::max();

// One attached transport, as the world knows it. Stays until the world goes, so that nothing in the calendar can dangle.
struct port {
    events* core = nullptr;
    std::uint32_t id = 0;
    bool gone = false;        // what is still inside is dropped, not reported
    bool told_again = false;  // waits for `resumed` because the queue was full
    std::size_t inside = 0;   // submitted and not reported
    instant alarm = never;
    std::uint64_t alarm_order = 0;
    instant purge_at = never;  // retired: when to stop waiting for reports
    std::shared_ptr<void> keep{};
};

// One record inside the broker, with its bytes behind it in the arena. What is stored is handed out by reference, so it is here
// too.
struct entry {
    memory_record stored{};
    memory_topic* topic = nullptr;
    port* from = nullptr;
    completion* which = nullptr;
    arena::chunk* home = nullptr;
    entry* previous = nullptr;  // in the waiting room
    entry* next = nullptr;
    instant submitted{};
    std::uint64_t content = 0;  // for the hash of the trace
    memory_fault plan{};
    std::int32_t asked_partition = -1;
    bool unsent = false;  // the broker went down before it was on the wire
    bool logged = false;

    [[nodiscard]] record as_submitted() const noexcept {
        return {stored.topic, stored.key, stored.value, stored.headers, stored.time, asked_partition};
    }
};

// The bytes of a view, copied to `to`, which moves on. Null stays null.
[[nodiscard]] inline std::string_view copy_bytes(std::string_view from, char*& to) noexcept {
    if (from.data() == nullptr) {
        return {};
    }
    if (from.empty()) {
        return {"", 0};
    }
    copy_short(to, from.data(), from.size());
    const std::string_view copy{to, from.size()};
    to += from.size();
    return copy;
}

// Copies a record into the arena. Throws std::bad_alloc.
[[nodiscard]] inline entry* store(arena& memory, const record& r, bool keep) {
    std::size_t bytes = r.key.size() + r.value.size();
    for (const header& h : r.headers) {
        bytes += h.fixed ? 0 : h.name.size() + h.value.size();
    }
    const std::size_t count = r.headers.size();
    std::byte* const block = memory.take(sizeof(entry) + count * sizeof(header) + bytes, keep);
    auto* const e = ::new (block) entry;
    auto* const headers = reinterpret_cast<header*>(block + sizeof(entry));
    char* to = reinterpret_cast<char*>(headers + count);
    e->home = memory.where();
    e->stored.key = copy_bytes(r.key, to);
    e->stored.value = copy_bytes(r.value, to);
    for (std::size_t i = 0; i < count; ++i) {
        const header& h = r.headers[i];
        ::new (headers + i) header(h.fixed ? h : header{copy_bytes(h.name, to), copy_bytes(h.value, to), false});
    }
    e->stored.headers = header_view(headers, count);
    e->stored.time = r.time;
    e->asked_partition = r.partition;
    return e;
}

// Entries with no answer under way, in the order of their submit: the broker is down, or completion is manual.
class waiting_room {
public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] entry* front() const noexcept { return first_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    void add(entry& e) noexcept {
        entry* before = last_;
        while (before != nullptr && before->stored.submission > e.stored.submission) {
            before = before->previous;
        }
        e.previous = before;
        e.next = before != nullptr ? before->next : first_;
        (before != nullptr ? before->next : first_) = &e;
        (e.next != nullptr ? e.next->previous : last_) = &e;
        ++size_;
    }
    void remove(entry& e) noexcept {
        (e.previous != nullptr ? e.previous->next : first_) = e.next;
        (e.next != nullptr ? e.next->previous : last_) = e.previous;
        e.previous = e.next = nullptr;
        --size_;
    }

private:
    entry* first_ = nullptr;
    entry* last_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace stentor::inline v0::detail
