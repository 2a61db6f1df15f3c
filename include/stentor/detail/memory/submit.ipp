#pragma once

#include <new>

#include <stentor/detail/memory/world.hpp>

namespace stentor::inline v0::detail {

inline void memory_world::note(happening what, const entry* e, std::int32_t native, stentor::outcome o, std::int64_t offset,
                               const port* p) {
    const bool keep = options_.keep_history;
    std::uint64_t content = 0;
    std::uint32_t publisher = p != nullptr ? p->id : 0;
    if (e != nullptr) {
        e->home->kept = e->home->kept || keep;  // `clear` may have forgotten the chunk while this was in flight
        content = e->content;
        publisher = e->stored.publisher;
    }
    history_.add({now_, e != nullptr ? &e->stored : nullptr, offset, native, publisher, what, o}, content, keep);
    if (director_ != nullptr) [[unlikely]] {
        tell_director(what, e, native, o, offset, publisher);
    }
}

inline void memory_world::tell_director(happening what, const entry* e, std::int32_t native, stentor::outcome o,
                                        std::int64_t offset, std::uint32_t publisher) {
    notice n{what, now_, publisher, o, native, -1, offset, 0, nullptr};
    record r;
    if (e != nullptr) {
        r = e->as_submitted();
        n.which = &r;
        n.partition = e->stored.partition;
        n.submission = e->stored.submission;
    }
    director_->noted(n);
}

inline fault memory_world::submit(port& p, const record& r, completion& c) noexcept {
    const guard hold(*this);
    try {
        return try_submit(p, r, c);
    } catch (const std::bad_alloc&) {
        fault f;
        f.code = errc::out_of_memory;
        f.name = "std::bad_alloc";
        return f;
    }
}

inline memory_fault memory_world::plan_for(memory_topic& t, const record& r) {
    memory_fault plan = director_ != nullptr ? director_->fault_for(r)
                        : faults_.idle()     ? memory_fault{}
                                             : faults_.draw(t.name, r.key, random_);
    if (plan.what == memory_fault::kind::none) {
        if (t.denied) {
            plan = memory_fault::answer(29);
        } else if (!t.exists) {
            plan = memory_fault::answer(3);
        } else if (r.partition >= static_cast<std::int32_t>(t.next_offset.size())) {
            plan = memory_fault::answer(-190);
        }
    }
    return plan;
}

inline entry& memory_world::copy_in(port& p, memory_topic& t, const record& r, completion& c) {
    entry& e = *store(memory_, r, options_.keep_history);
    e.stored.topic = t.name;
    e.stored.publisher = p.id;
    if (r.time == timestamp{}) {
        e.stored.time = wall_now();
    }
    e.topic = &t;
    e.content = content_of(t, r, c);
    e.from = &p;
    e.which = &c;
    e.submitted = now_;
    return e;
}

// What was not taken is in the trace, too.
inline void memory_world::note_refused(happening what, port& p, memory_topic& t, const record& r, completion& c,
                                       std::int32_t native) {
    if (options_.keep_history || director_ != nullptr) {
        entry& e = copy_in(p, t, r, c);
        note(what, &e, native, outcome::not_persisted);
        memory_.release(*e.home);
    } else {
        history_.add({now_, nullptr, -1, native, p.id, what, outcome::not_persisted}, content_of(t, r, c), false);
    }
}

inline fault memory_world::try_submit(port& p, const record& r, completion& c) {
    make_room();
    memory_topic& t = topics_.get(r.topic);
    if (!up_) {
        note_refused(happening::again, p, t, r, c, -187);
        return fault::not_now("no broker is up", -187);
    }
    if (inside_ >= options_.queue_limit) {
        p.told_again = again_told_ = true;
        note_refused(happening::again, p, t, r, c, -184);
        return fault::not_now("_QUEUE_FULL", -184);
    }
    if (!t.exists && !t.deleted && options_.auto_create_topics) {
        open_topic(t, options_.partitions);
    }
    // Nearly always nothing is planned; asking costs more than looking.
    const bool plain = faults_.idle() && director_ == nullptr && t.exists && !t.denied &&
                       r.partition < static_cast<std::int32_t>(t.next_offset.size());
    if (plain) {
        (void)take(p, t, r, c);
        return {};
    }
    const memory_fault plan = plan_for(t, r);
    if (plan.what == memory_fault::kind::refuse) {
        note_refused(happening::refuse, p, t, r, c, plan.native);
        return native_fault(plan.native);
    }
    if (plan.what == memory_fault::kind::queue_full) {
        const nanoseconds d = plan.after > options_.latency ? plan.after : options_.latency;
        calendar_.add({at(after(now_, d)), appointment::kind::resume, &p, nullptr, {}});
        note_refused(happening::again, p, t, r, c, -184);
        return fault::not_now("_QUEUE_FULL", -184);
    }
    entry& e = take(p, t, r, c);
    e.plan = plan;
    if (plan.what == memory_fault::kind::broker_down) {
        e.plan = {};
        down_locked(plan.after);
    }
    return {};
}

// The record is inside, and on its way.
inline entry& memory_world::take(port& p, memory_topic& t, const record& r, completion& c) {
    entry& e = copy_in(p, t, r, c);
    e.stored.submission = ++submissions_;
    place(t, e, c);
    if (held_) {
        waiting_.add(e);
    } else {
        calendar_.arrive(at(after(now_, options_.latency)), e);
    }
    ++p.inside;
    ++inside_;
    note(happening::submit, &e);
    return e;
}

// The partition, as Java's producer picks it; for records with no key one after the other.
inline void memory_world::place(memory_topic& t, entry& e, const completion& c) {
    const auto count = static_cast<std::uint32_t>(t.next_offset.size());
    if (count == 0) {
        return;
    }
    if (e.asked_partition >= 0) {
        e.stored.partition = e.asked_partition;
    } else if (count == 1) {
        e.stored.partition = 0;
    } else {
        const std::uint32_t pick = c.keyed ? c.key_hash & 0x7fffffffU : t.turn++;
        e.stored.partition = static_cast<std::int32_t>(pick % count);
    }
}

// The request has come to the broker, and its answer back, unless the plan says otherwise.
inline void memory_world::arrived(entry& e) {
    using kind = memory_fault::kind;
    if (e.logged) {
        return report_to_owner(e, outcome::persisted, 0, false);
    }
    const memory_fault& plan = e.plan;
    if (plan.what != kind::answer && static_cast<std::size_t>(e.stored.partition) >= e.topic->next_offset.size()) {
        // The topic went while this was on its way.
        return report_to_owner(e, outcome::not_persisted, 3, false);
    }
    switch (plan.what) {
        case kind::answer: return report_to_owner(e, plan.outcome, plan.native, false);
        case kind::time_out:
        case kind::lost_request: break;
        case kind::late_write:
            if (plan.native == -195) {
                return give_up(e);
            }
            break;
        case kind::lost_acknowledgement: (void)write_to_log(e); break;
        case kind::slow_acknowledgement:
            if (!write_to_log(e)) {
                return report_no_room(e);
            }
            calendar_.add({at(after(e.submitted, plan.after)), appointment::kind::acknowledge, e.from, &e, {}});
            return;
        case kind::duplicate:
            if (!write_to_log(e)) {
                return report_no_room(e);
            }
            (void)write_to_log(e);
            return report_to_owner(e, outcome::persisted, 0, false);
        default: return write_to_log(e) ? report_to_owner(e, outcome::persisted, 0, false) : report_no_room(e);
    }
    calendar_.add({at(after(e.submitted, options_.attempt_timeout)), appointment::kind::fail, e.from, &e, {}});
}

// The client waits no longer for the answer. What it has sent may be on its way all the same, for as long as it keeps its place in
// the arena.
inline void memory_world::give_up(entry& e) {
    if (e.plan.what == memory_fault::kind::late_write && !options_.idempotence) {
        ++e.home->live;
        calendar_.add({at(after(now_, e.plan.after)), appointment::kind::write, e.from, &e, {}});
    }
    report_to_owner(e, e.plan.outcome, e.plan.native, false);
}

inline void memory_world::write_late(entry& e) {
    if (up_ && static_cast<std::size_t>(e.stored.partition) < e.topic->next_offset.size()) {
        (void)write_to_log(e);
    }
    memory_.release(*e.home);
}

// What no memory was left for is not in the log: KAFKA_STORAGE_ERROR.
inline void memory_world::report_no_room(entry& e) { report_to_owner(e, outcome::not_persisted, 56, false); }

inline bool memory_world::write_to_log(entry& e) noexcept {
    try {
        append(e);
        return true;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

inline void memory_world::append(entry& e) {
    memory_topic& t = *e.topic;
    std::int64_t& offset = t.next_offset[static_cast<std::size_t>(e.stored.partition)];
    if (options_.keep_history) {
        memory_record* kept = &e.stored;
        if (e.logged) {
            // A second time: a record of its own over the same bytes.
            kept = ::new (memory_.take(sizeof(memory_record), true)) memory_record(e.stored);
            memory_.release(*memory_.where());
            kept->offset = offset;
        } else {
            e.stored.offset = offset;
        }
        t.log.add(*kept);
    } else if (!e.logged) {
        e.stored.offset = offset;
    }
    e.logged = true;
    note(happening::log, &e, 0, outcome::persisted, offset);
    ++offset;
}

inline void memory_world::open_topic(memory_topic& t, std::int32_t partitions) {
    t.next_offset.assign(static_cast<std::size_t>(partitions > 0 ? partitions : 1), 0);
    t.exists = true;
}

}  // namespace stentor::inline v0::detail
