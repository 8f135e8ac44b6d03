#pragma once

#include <nanobind/nanobind.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace thalweg::python {

/// Runs work on a thread of its own, without the GIL, while the calling thread listens for Ctrl-C: Python
/// tells the main thread alone of signals, and only where it asks. Then `stop` becomes true, and work should
/// come to an end soon. Returns whether it was interrupted. What work throws is thrown here; so is what
/// another signal's handler raises.
inline bool run_interruptibly(const std::function<void()>& work, std::atomic<bool>& stop) {
    constexpr auto kAttention = std::chrono::milliseconds(50);
    std::exception_ptr failure, raised;
    bool interrupted = false, done = false;
    {
        const nanobind::gil_scoped_release released;
        std::mutex mutex;
        std::condition_variable finished;
        std::thread worker([&] {
            try {
                work();
            } catch (...) {
                failure = std::current_exception();
            }
            const std::lock_guard lock(mutex);
            done = true;
            finished.notify_one();
        });
        std::unique_lock lock(mutex);
        while (!finished.wait_for(lock, kAttention, [&] { return done; })) {
            lock.unlock();
            {
                const nanobind::gil_scoped_acquire held;
                if (PyErr_CheckSignals() != 0) {
                    stop = true;
                    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0) {
                        interrupted = true;
                        PyErr_Clear();
                    } else {
                        raised = std::make_exception_ptr(nanobind::python_error());
                    }
                }
            }
            lock.lock();
        }
        lock.unlock();
        worker.join();
    }
    if (failure) std::rethrow_exception(failure);
    if (raised) std::rethrow_exception(raised);
    return interrupted;
}

}  // namespace thalweg::python
