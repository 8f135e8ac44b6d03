#include "cli/signals.h"

#include <signal.h>
#include <unistd.h>

#include <initializer_list>

#include "core/file.h"

namespace thalweg::cli {
namespace {

std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may touch it");

void exit_at_once(int) {
    remove_unfinished_files();
    _exit(kInterrupted);
}

void ask_to_stop(int) {
    if (stop_asked.exchange(true)) exit_at_once(0);
}

void handle_with(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

}  // namespace

StopOnSignal::StopOnSignal() {
    stop_asked = false;
    handle_with(ask_to_stop);
}

StopOnSignal::~StopOnSignal() {
    handle_with(exit_at_once);
}

const std::atomic<bool>* StopOnSignal::flag() {
    return &stop_asked;
}

void exit_on_signals() {
    handle_with(exit_at_once);
}

}  // namespace thalweg::cli
