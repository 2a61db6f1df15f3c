#pragma once

// How a record is handed to librdkafka, and what is answered when it is not.

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <string_view>

#include <stentor/detail/kafka/engine.hpp>
#include <stentor/detail/words.hpp>

namespace stentor::inline v0::detail::kafka {

inline rd_kafka_resp_err_t engine::produce(const topic_entry& topic, const record& r, completion& c) noexcept {
    recycled_headers* mine = nullptr;
    rd_kafka_headers_t* list = nullptr;
    if (recycle_) {
        if (!r.headers.empty()) {
            if (!c.attached) {
                c.attached.reset(new (std::nothrow) recycled_headers);
            }
            mine = static_cast<recycled_headers*>(c.attached.get());
            list = mine != nullptr ? mine->lend(r.headers) : new_header_list(r.headers);
        }
    } else {
        list = new_header_list(r.headers);
    }
    // An array and not the variadic call, which takes an eighth more instructions. One list and not single headers: those are freed
    // twice when the partition is unknown.
    std::array<rd_kafka_vu_t, 8> what;
    what[0].vtype = RD_KAFKA_VTYPE_RKT;
    what[0].u.rkt = topic.handle.load(std::memory_order_relaxed);
    what[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    what[1].u.i32 = r.partition;
    what[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    what[2].u.i = RD_KAFKA_MSG_F_COPY;
    what[3].vtype = RD_KAFKA_VTYPE_KEY;
    what[3].u.mem = {const_cast<char*>(r.key.data()), r.key.size()};
    what[4].vtype = RD_KAFKA_VTYPE_VALUE;
    what[4].u.mem = {const_cast<char*>(r.value.data()), r.value.size()};
    what[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    what[5].u.i64 = r.time.time_since_epoch().count();
    what[6].vtype = RD_KAFKA_VTYPE_OPAQUE;
    what[6].u.ptr = &c;
    what[7].vtype = RD_KAFKA_VTYPE_HEADERS;
    what[7].u.headers = list;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (rd_kafka_error_t* const failed = ::rd_kafka_produceva(instance_.client(), what.data(), what.size())) [[unlikely]] {
        // After a fatal error this says the error's cause, where the variadic call says that it was fatal.
        code = ::rd_kafka_error_is_fatal(failed) != 0 ? RD_KAFKA_RESP_ERR__FATAL : ::rd_kafka_error_code(failed);
        ::rd_kafka_error_destroy(failed);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && list != nullptr) {
        if (mine != nullptr) {
            mine->give_back(list);
        } else {
            recycled_headers::discard(list);
        }
    }
    return code;
}

inline fault engine::not_open(const port& p, std::uint32_t shut, std::string_view topic) noexcept {
    if (p.retired.load(std::memory_order_relaxed)) {
        return closed("close() was called");
    }
    if ((shut & gate::closed) != 0) {
        return closed("disconnect() was called");
    }
    // The helper asks for the topic until a broker answers: that also makes librdkafka connect.
    topic_entry* const t = topics_.find(topic.data());
    if (t != nullptr && t->now.load(std::memory_order_acquire) == topic_entry::state::known) {
        helper_.want_broker(*t);
    } else if (fault f = look_up(topic); !f.again) {
        return f;
    }
    return fault::not_now((shut & ~gate::down) == gate::never_up ? never_up_.c_str() : gate::text(shut));
}

inline fault engine::refusal_of(const topic_entry& t) noexcept {
    const auto code = static_cast<rd_kafka_resp_err_t>(t.refusal.load(std::memory_order_relaxed));
    const auto why = static_cast<rd_kafka_resp_err_t>(t.not_created.load(std::memory_order_relaxed));
    fault f = fault_of(code);
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && why != RD_KAFKA_RESP_ERR_NO_ERROR) {
        try {
            f.cause.append(f.name).append(", and it cannot be created: ").append(::rd_kafka_err2name(why));
        } catch (const std::exception&) {
            f.cause.clear();  // the name alone says less
        }
    }
    return f;
}

inline fault engine::look_up(std::string_view name) noexcept {
    try {
        return look_up_or_throw(name);
    } catch (const std::bad_alloc&) {
        fault f;
        f.code = errc::out_of_memory;
        f.name = "while the topic was looked up";
        return f;
    }
}

inline fault engine::look_up_or_throw(std::string_view name) {
    using state = topic_entry::state;
    if (!is_topic_name(name)) {
        fault f = fault_of(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION);
        f.cause = words("a topic's name is 1 to 249 of a-z A-Z 0-9 . _ - (and not . or ..)");
        return f;
    }
    topic_entry& t = topics_.find_or_add(name);
    for (;;) {
        state seen = t.now.load(std::memory_order_acquire);
        if (seen == state::refused && read_clock(CLOCK_MONOTONIC) < t.recheck_at.load(std::memory_order_relaxed)) {
            return refusal_of(t);
        }
        if (seen == state::looking || seen == state::known) {
            break;
        }
        if (t.now.compare_exchange_strong(seen, state::looking, std::memory_order_acq_rel)) {
            try {
                helper_.look_up(t);
            } catch (const std::bad_alloc&) {
                t.now.store(state::fresh, std::memory_order_release);  // who comes next asks
                bell_.ring(bell::resume);                              // and so do those that took it for asked meanwhile
                throw;
            }
            break;
        }
    }
    const std::int32_t delay = t.delay.load(std::memory_order_relaxed);
    return fault::not_now(looking_text(delay), delay);
}

// What librdkafka said at once. None of it is told twice: no report follows.
inline fault engine::refused(rd_kafka_resp_err_t code, std::string_view topic) noexcept {
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        full_.store(true, std::memory_order_seq_cst);
        return fault::not_now("_QUEUE_FULL", static_cast<std::int32_t>(code));
    }
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        gate_.shut(gate::replacing);
        bell_.ring(bell::fatal);
        return fault::not_now(gate::text(gate::replacing), static_cast<std::int32_t>(code));
    }
    if (topic_entry* const t = topics_.find(topic.data())) {
        doubt(*t, code);
    }
    return fault_of(code);
}

// A failure that may mean that the topic is not what it was: the next record asks first.
inline void engine::doubt(topic_entry& t, rd_kafka_resp_err_t code) noexcept {
    switch (code) {
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT: {
            topic_entry::state known = topic_entry::state::known;
            t.now.compare_exchange_strong(known, topic_entry::state::fresh, std::memory_order_acq_rel);
            break;
        }
        default: break;
    }
}

}  // namespace stentor::inline v0::detail::kafka
