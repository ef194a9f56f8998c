import Basics
import CProcess
import Foundation

/// Tells when whoever wanted an ephemeral cluster is gone: its end of our standard input is closed, or our parent has ended,
/// however it ended. A file or `/dev/null` as standard input says nothing.
struct Lifeline: Sendable {
    private let end = Gate<Void>()

    /// Begins to watch; the parent is who it is now.
    init() {
        var watched: [pollfd] = []
        var information = stat()
        if fstat(STDIN_FILENO, &information) == 0,
            [S_IFIFO, S_IFSOCK].contains(information.st_mode & S_IFMT) || isatty(STDIN_FILENO) != 0
        {
            // Nothing is read, so that a terminal's input stays with whoever wants it.
            watched.append(pollfd(fd: STDIN_FILENO, events: Self.peerClosed, revents: 0))
        }
        let parent = getppid()
        // Process 1 does not end before us, and a parent outside our process namespace is 0.
        if parent > 1 {
            let descriptor = cprocess_pidfd_open(parent)
            guard descriptor >= 0 else {
                end.open(())
                return
            }
            watched.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        }
        guard !watched.isEmpty else { return }
        let (end, descriptors) = (end, watched)
        Thread.detachNewThread {
            var descriptors = descriptors
            while poll(&descriptors, nfds_t(descriptors.count), -1) < 0, errno == EINTR {}
            end.open(())
        }
    }

    /// Returns when nobody wants the cluster any more. Throws `CancellationError`.
    func wait() async throws { try await end.wait() }

    /// POLLRDHUP, for sockets; a pipe's end is told unasked.
    private static let peerClosed: Int16 = 0x2000
}
