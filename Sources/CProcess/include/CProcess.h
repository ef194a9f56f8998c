#ifndef CPROCESS_H
#define CPROCESS_H
// What Swift cannot say: code that runs between fork and exec, and system calls that glibc declares variadic or not at all.

#include <spawn.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

/// One process to start; every pointer must stay valid during the call.
struct cprocess_request {
    char *const *arguments;
    char *const *environment;
    const char *directory;
    /// Descriptors that become 0, 1 and 2; not used with a terminal.
    int standard_input, standard_output, standard_error;
    /// Path of the terminal that becomes 0, 1, 2 and the controlling terminal; NULL for none.
    const char *terminal;
    /// Mounts a proc file system of the caller's new process namespace on /proc first.
    int mounts_proc;
    /// Hides and protects those files of /proc and /sys through which a container's root could reach the host.
    int masks_host;
    /// Keeps only those capabilities whose bits are set (linux/capability.h).
    int restricts_capabilities;
    unsigned long long kept_capabilities;
    int forbids_new_privileges;
    /// Below -1000 leaves it as it is; refused values are clamped to what the kernel takes.
    int oom_score_adjustment;
    int changes_user;
    uid_t user;
    gid_t group;
    const gid_t *groups;
    size_t group_count;
    /// Open files `cgroup.procs` of the cgroup that the process is to be in, which it then sees as the root of all.
    const int *cgroups;
    size_t cgroup_count;
};

/// Where a child failed before its program ran.
enum cprocess_stage { CPROCESS_FORK = 1, CPROCESS_SETUP, CPROCESS_DIRECTORY, CPROCESS_USER, CPROCESS_EXECUTE };

/// Starts a process as the leader of a new session. Returns 0, or an errno with the stage that failed. The caller must be single-threaded.
int cprocess_spawn(const struct cprocess_request *request, pid_t *process, int *stage);

/// Gives the caller its own mount, host name, IPC and process namespaces (flags of cprocess_namespace). 0 or errno.
int cprocess_unshare(int namespaces);
enum cprocess_namespace { CPROCESS_MOUNTS = 1, CPROCESS_HOSTNAME = 2, CPROCESS_IPC = 4, CPROCESS_PROCESSES = 8 };

/// Network namespaces held by files (as `ip netns` has them in /run/netns). All but the second work on a thread of their
/// own, so that the caller's namespace stays what it is.
/// Makes one and binds it to the file `path`, which is there. 0 or errno.
int cprocess_make_network(const char *path);
/// Moves the caller, which has one thread, into one. 0 or errno.
int cprocess_enter_network(const char *path);
/// A socket of one, close-on-exec and non-blocking; -1 and errno.
int cprocess_socket_in_network(const char *path, int family, int type);
/// Writes a file of /proc/sys/net as one sees it. 0 or errno.
int cprocess_write_in_network(const char *path, const char *file, const char *text);

/// The caller's children to come are in the process namespace of another process. 0 or errno.
int cprocess_join_processes(pid_t process);
/// Starts the first process of a new process namespace, which only reaps what is left to it, without rights and with
/// nothing but `root` in sight, until it is killed. Its number, or -1 and errno. The caller must be single-threaded.
pid_t cprocess_hold_processes(const char *root);

/// Makes `directory` the root and drops the old one. 0 or errno.
int cprocess_enter_root(const char *directory);

/// A copy of what is mounted at a path and below it, not yet anywhere, which is told of what is mounted there later. -1 and errno.
int cprocess_clone_tree(const char *path);
/// Mounts such a copy. 0 or errno.
int cprocess_attach_tree(int tree, const char *target);
/// Makes what is mounted at a path and below it read-only. 0 or errno.
int cprocess_make_tree_read_only(const char *path);
/// Opens what is below a directory, following no links, for its place alone (O_PATH). -1 and errno.
int cprocess_open_beneath(int directory, const char *path);

/// A descriptor that becomes readable when the process ends; -1 and errno.
int cprocess_pidfd_open(pid_t process);
/// Forks a process that outlives the caller: in a session of its own, deaf to signals that ask for an end, with nothing open but descriptor
/// 0, which ends when the caller closes `*lifeline` or ends, however it ends. Returns its number to the caller, 0 to itself, -1 and errno.
/// The caller must be single-threaded.
pid_t cprocess_fork_caretaker(int *lifeline);
/// Orphans below the caller become its children. 0 or errno.
int cprocess_become_subreaper(void);
/// A new terminal: the master's descriptor, and the slave's path in `path`. -1 and errno.
int cprocess_open_terminal(char *path, size_t capacity);
int cprocess_set_window_size(int terminal, unsigned short rows, unsigned short columns);
int cprocess_exit_code(int wait_status);
int cprocess_exit_signal(int wait_status);


/// Starts a program of our own in a session of its own, with the environment that we have. It inherits no descriptor
/// whatever: its input is empty, `output` and `errors` are files that are written anew (NULL is nowhere), and `report`
/// becomes its descriptor 3 unless it is -1. 0 and the process, or errno.
int cprocess_start(
    const char *program, char *const arguments[], const char *output, const char *errors, int report, pid_t *process);

/// A child that is spawned so has none of our descriptors from `first` on. 0 or errno.
int cprocess_close_from(posix_spawn_file_actions_t *actions, int first);

/// O_PATH, which glibc hides from Swift.
extern const int cprocess_open_path;
/// pipe2 and accept4 with close-on-exec; an accepted connection is also non-blocking. -1 and errno.
int cprocess_pipe(int ends[2]);
int cprocess_accept(int listener);

#endif
