// librdkafka uses C11 threads, which ThreadSanitizer does not intercept: it sees threads without a beginning and locks that never
// synchronise, and crashes in rd_kafka_new. These definitions, found before libc's (link with -rdynamic), forward them to pthreads,
// which it does intercept.

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <new>

namespace {

struct start {
    thrd_start_t body;
    void* argument;
};

void* run(void* p) {
    const start s = *static_cast<start*>(p);
    delete static_cast<start*>(p);
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(s.body(s.argument)));
}

int told(int code) {
    switch (code) {
        case 0: return thrd_success;
        case ENOMEM: return thrd_nomem;
        case ETIMEDOUT: return thrd_timedout;
        case EBUSY: return thrd_busy;
        default: return thrd_error;
    }
}

pthread_mutex_t* native(mtx_t* m) { return reinterpret_cast<pthread_mutex_t*>(m); }
pthread_cond_t* native(cnd_t* c) { return reinterpret_cast<pthread_cond_t*>(c); }
static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t) && sizeof(cnd_t) >= sizeof(pthread_cond_t));

}  // namespace

extern "C" {

int thrd_create(thrd_t* made, thrd_start_t body, void* argument) {
    auto* const s = new (std::nothrow) start{body, argument};
    if (s == nullptr) {
        return thrd_nomem;
    }
    const int failed = pthread_create(made, nullptr, &run, s);
    if (failed != 0) {
        delete s;
    }
    return told(failed);
}
int thrd_join(thrd_t which, int* result) {
    void* value = nullptr;
    const int failed = pthread_join(which, &value);
    if (result != nullptr) {
        *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
    }
    return told(failed);
}
int thrd_detach(thrd_t which) { return told(pthread_detach(which)); }
thrd_t thrd_current() { return pthread_self(); }

int mtx_init(mtx_t* m, int type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, (type & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
    const int failed = pthread_mutex_init(native(m), &attributes);
    pthread_mutexattr_destroy(&attributes);
    return told(failed);
}
int mtx_lock(mtx_t* m) { return told(pthread_mutex_lock(native(m))); }
int mtx_trylock(mtx_t* m) { return told(pthread_mutex_trylock(native(m))); }
int mtx_timedlock(mtx_t* m, const timespec* until) { return told(pthread_mutex_timedlock(native(m), until)); }
int mtx_unlock(mtx_t* m) { return told(pthread_mutex_unlock(native(m))); }
// For the same reason as with pthread_rwlock_destroy below.
void mtx_destroy(mtx_t* m) {
    pthread_mutex_lock(native(m));
    pthread_mutex_unlock(native(m));
    pthread_mutex_destroy(native(m));
}

int cnd_init(cnd_t* c) { return told(pthread_cond_init(native(c), nullptr)); }
int cnd_signal(cnd_t* c) { return told(pthread_cond_signal(native(c))); }
int cnd_broadcast(cnd_t* c) { return told(pthread_cond_broadcast(native(c))); }
int cnd_wait(cnd_t* c, mtx_t* m) { return told(pthread_cond_wait(native(c), native(m))); }
int cnd_timedwait(cnd_t* c, mtx_t* m, const timespec* until) { return told(pthread_cond_timedwait(native(c), native(m), until)); }
void cnd_destroy(cnd_t* c) { pthread_cond_destroy(native(c)); }

void call_once(once_flag* flag, void (*body)()) { pthread_once(reinterpret_cast<pthread_once_t*>(flag), body); }

// librdkafka destroys a lock when its own reference count, which is not instrumented, says that nobody uses it any more. Taking it
// once more shows ThreadSanitizer the order that the count has ensured.
int pthread_rwlock_destroy(pthread_rwlock_t* l) {
    using function = int (*)(pthread_rwlock_t*);
    static const function next = reinterpret_cast<function>(dlsym(RTLD_NEXT, "pthread_rwlock_destroy"));
    pthread_rwlock_wrlock(l);
    pthread_rwlock_unlock(l);
    return next(l);
}

// Of librdkafka's consumer only: it frees what was fetched by such a count, on another thread than the reader's.
const char* __tsan_default_suppressions() { return "race:stentor::v0::topic_reader\n"; }

}  // extern "C"
