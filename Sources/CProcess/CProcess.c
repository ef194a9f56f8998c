#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void restrict_capabilities(unsigned long long kept) {
    for (int capability = 0; capability < 64; capability++) {
        if (kept >> capability & 1) continue;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno == EINVAL) break;
    }
}

// What runc hides of /proc, and what it shows read-only: through these root of a container could reach the host.
static const char *const masked_paths[] = {
    "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
    "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap",
    "/sys/firmware"};
static const char *const read_only_paths[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

static void mask_host(void) {
    for (size_t i = 0; i < sizeof masked_paths / sizeof *masked_paths; i++) {
        struct stat information;
        if (stat(masked_paths[i], &information) != 0) continue;
        if (S_ISDIR(information.st_mode))
            mount("tmpfs", masked_paths[i], "tmpfs", MS_RDONLY, "size=0k");
        else
            mount("/dev/null", masked_paths[i], NULL, MS_BIND, NULL);
    }
    for (size_t i = 0; i < sizeof read_only_paths / sizeof *read_only_paths; i++) {
        const char *path = read_only_paths[i];
        if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) == 0)
            mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    }
}

static void adjust_oom_score(int score) {
    char text[16];
    // Lowering it needs CAP_SYS_RESOURCE; without it the inherited score stays.
    int length = snprintf(text, sizeof text, "%d", score > 1000 ? 1000 : score);
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    if (write(file, text, (size_t)length) < 0) { /* refused: keep what we have */ }
    close(file);
}

// Runs in the child; returns only on failure, with the stage.
static int become(const struct cprocess_request *request) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    umask(022);

    for (size_t i = 0; i < request->cgroup_count; i++)
        if (write(request->cgroups[i], "0", 1) != 1) return CPROCESS_SETUP;
    // An older kernel shows where in the machine's tree it is; nothing else comes of it.
    if (request->cgroup_count) (void)!unshare(CLONE_NEWCGROUP);

    if (request->terminal) {
        // The first terminal a session leader opens becomes its controlling terminal.
        int terminal = open(request->terminal, O_RDWR);
        if (terminal < 0) return CPROCESS_SETUP;
        ioctl(terminal, TIOCSCTTY, 0);
        for (int target = 0; target < 3; target++)
            if (dup2(terminal, target) < 0) return CPROCESS_SETUP;
        if (terminal > 2) close(terminal);
    } else {
        int sources[3] = {request->standard_input, request->standard_output, request->standard_error};
        // Out of the way first: a source may be one of the targets.
        for (int i = 0; i < 3; i++)
            if ((sources[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, 3)) < 0) return CPROCESS_SETUP;
        for (int i = 0; i < 3; i++)
            if (dup2(sources[i], i) < 0) return CPROCESS_SETUP;
    }
    if (request->mounts_proc && mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
        return CPROCESS_SETUP;
    if (request->masks_host) mask_host();
    if (request->oom_score_adjustment >= -1000) adjust_oom_score(request->oom_score_adjustment);
    if (request->restricts_capabilities) restrict_capabilities(request->kept_capabilities);
    if (request->changes_user) {
        if (setgroups(request->group_count, request->groups) != 0) return CPROCESS_USER;
        if (setgid(request->group) != 0 || setuid(request->user) != 0) return CPROCESS_USER;
    }
    if (request->directory && chdir(request->directory) != 0) return CPROCESS_DIRECTORY;
    if (request->forbids_new_privileges) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    environ = (char **)request->environment;
    execvp(request->arguments[0], request->arguments);
    return CPROCESS_EXECUTE;
}

int cprocess_spawn(const struct cprocess_request *request, pid_t *process, int *stage) {
    int report[2];
    *stage = CPROCESS_FORK;
    if (pipe2(report, O_CLOEXEC) != 0) return errno;
    pid_t child = fork();
    if (child < 0) {
        int failure = errno;
        close(report[0]);
        close(report[1]);
        return failure;
    }
    if (child == 0) {
        int words[2];
        close(report[0]);
        // The report must not be where the child's standard streams will be.
        int safe = fcntl(report[1], F_DUPFD_CLOEXEC, 10);
        if (safe >= 0) report[1] = safe;
        words[0] = become(request);
        words[1] = errno;
        if (write(report[1], words, sizeof words) < 0) { /* nobody to tell */ }
        _exit(127);
    }
    close(report[1]);
    int words[2];
    ssize_t count;
    do count = read(report[0], words, sizeof words);
    while (count < 0 && errno == EINTR);
    close(report[0]);
    if (count == (ssize_t)sizeof words) {
        int status;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
        *stage = words[0];
        return words[1] ? words[1] : EIO;
    }
    *process = child;
    *stage = 0;
    return 0;
}

int cprocess_unshare(int namespaces) {
    int flags = 0;
    if (namespaces & CPROCESS_MOUNTS) flags |= CLONE_NEWNS;
    if (namespaces & CPROCESS_HOSTNAME) flags |= CLONE_NEWUTS;
    if (namespaces & CPROCESS_IPC) flags |= CLONE_NEWIPC;
    if (namespaces & CPROCESS_PROCESSES) flags |= CLONE_NEWPID;
    return unshare(flags) == 0 ? 0 : errno;
}

static int enter_network(const char *path) {
    int namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0) return errno;
    int failure = setns(namespace, CLONE_NEWNET) == 0 ? 0 : errno;
    close(namespace);
    return failure;
}
int cprocess_enter_network(const char *path) { return enter_network(path); }

struct network_work {
    const char *path, *file, *text;
    int family, type;
    int result, failure;
};

// A thread that changes its namespace is never used for anything else again.
static int on_a_thread(void *(*body)(void *), struct network_work *work) {
    pthread_t thread;
    int failure = pthread_create(&thread, NULL, body, work);
    if (failure) return failure;
    pthread_join(thread, NULL);
    return work->failure;
}
static void *make_network(void *argument) {
    struct network_work *work = argument;
    if (unshare(CLONE_NEWNET) != 0 || mount("/proc/thread-self/ns/net", work->path, NULL, MS_BIND, NULL) != 0)
        work->failure = errno;
    return NULL;
}
static void *make_socket(void *argument) {
    struct network_work *work = argument;
    if ((work->failure = enter_network(work->path)) != 0) return NULL;
    work->result = socket(work->family, work->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (work->result < 0) work->failure = errno;
    return NULL;
}
static void *write_text(void *argument) {
    struct network_work *work = argument;
    if ((work->failure = enter_network(work->path)) != 0) return NULL;
    int file = open(work->file, O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, work->text, strlen(work->text)) < 0) work->failure = errno;
    if (file >= 0) close(file);
    return NULL;
}
int cprocess_make_network(const char *path) {
    struct network_work work = {.path = path};
    return on_a_thread(make_network, &work);
}
int cprocess_socket_in_network(const char *path, int family, int type) {
    struct network_work work = {.path = path, .family = family, .type = type, .result = -1};
    int failure = on_a_thread(make_socket, &work);
    errno = failure;
    return work.result;
}
int cprocess_write_in_network(const char *path, const char *file, const char *text) {
    struct network_work work = {.path = path, .file = file, .text = text};
    return on_a_thread(write_text, &work);
}

int cprocess_join_processes(pid_t process) {
    char path[48];
    snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return errno;
    int failure = setns(file, CLONE_NEWPID) == 0 ? 0 : errno;
    close(file);
    return failure;
}

pid_t cprocess_hold_processes(const char *root) {
    if (unshare(CLONE_NEWPID) != 0) return -1;
    pid_t child = fork();
    if (child != 0) return child;
    // Nothing of the host is left to whoever finds a way into it.
    setsid();
    if (chdir(root) != 0 || chroot(".") != 0 || setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0)
        _exit(1);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    for (int descriptor = 0; descriptor < 64; descriptor++) close(descriptor);
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    for (;;) {
        while (waitpid(-1, NULL, WNOHANG) > 0) {}
        sigwaitinfo(&children, NULL);
    }
}

int cprocess_enter_root(const char *directory) {
    if (chdir(directory) != 0) return errno;
    // The old root comes to lie over the new one at the same place (pivot_root(2), "pivot_root(".", ".")").
    if (syscall(SYS_pivot_root, ".", ".") != 0) return errno;
    if (umount2(".", MNT_DETACH) != 0) return errno;
    return chdir("/") == 0 ? 0 : errno;
}

int cprocess_clone_tree(const char *path) {
    return (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}
int cprocess_attach_tree(int tree, const char *target) {
    return syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) == 0 ? 0 : errno;
}
int cprocess_make_tree_read_only(const char *path) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    return syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attributes, sizeof attributes) == 0 ? 0 : errno;
}
int cprocess_open_beneath(int directory, const char *path) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int cprocess_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int cprocess_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : errno; }

int cprocess_open_terminal(char *path, size_t capacity) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0) return -1;
    if (grantpt(master) != 0 || unlockpt(master) != 0 || ptsname_r(master, path, capacity) != 0) {
        int failure = errno;
        close(master);
        errno = failure;
        return -1;
    }
    return master;
}

int cprocess_set_window_size(int terminal, unsigned short rows, unsigned short columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(terminal, TIOCSWINSZ, &size);
}

int cprocess_exit_code(int wait_status) {
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}
int cprocess_exit_signal(int wait_status) { return WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0; }

const int cprocess_open_path = O_PATH;

int cprocess_start(
    const char *program, char *const arguments[], const char *output, const char *errors, int report, pid_t *process) {
    const int written = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure) return failure;
    if ((failure = posix_spawnattr_init(&attributes))) {
        posix_spawn_file_actions_destroy(&actions);
        return failure;
    }
    sigemptyset(&none);
    sigfillset(&all);
    failure = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (!failure)
        failure = posix_spawn_file_actions_addopen(&actions, 1, output ? output : "/dev/null", output ? written : O_WRONLY, 0600);
    if (!failure && errors && output && strcmp(errors, output) == 0)
        failure = posix_spawn_file_actions_adddup2(&actions, 1, 2);
    else if (!failure)
        failure = posix_spawn_file_actions_addopen(&actions, 2, errors ? errors : "/dev/null", errors ? written : O_WRONLY, 0600);
    if (!failure && report >= 0) failure = posix_spawn_file_actions_adddup2(&actions, report, 3);
    // Not one by one: others open descriptors while we speak, and libraries of ours make sockets without close-on-exec.
    if (!failure) failure = posix_spawn_file_actions_addclosefrom_np(&actions, report >= 0 ? 4 : 3);
    if (!failure) failure = posix_spawnattr_setsigmask(&attributes, &none);
    if (!failure) failure = posix_spawnattr_setsigdefault(&attributes, &all);
    if (!failure)
        failure = posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    if (!failure) failure = posix_spawn(process, program, &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

int cprocess_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
int cprocess_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
int cprocess_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

pid_t cprocess_fork_caretaker(int *lifeline) {
    int ends[2];
    if (cprocess_pipe(ends) != 0) return -1;
    pid_t process = fork();
    if (process != 0) {
        int failure = errno;
        close(ends[0]);
        if (process < 0) close(ends[1]);
        *lifeline = process < 0 ? -1 : ends[1];
        errno = failure;
        return process;
    }
    setsid();
    const int asking[] = {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGPIPE};
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++) signal(asking[i], SIG_IGN);
    int null = open("/dev/null", O_RDWR);
    dup2(ends[0], 0);
    dup2(null, 1);
    dup2(null, 2);
    closefrom(3);
    prctl(PR_SET_NAME, "skiff-caretaker");
    return chdir("/") == 0 ? 0 : -1;
}
