import CProcess
import Glibc
import Synchronization

/// Lets tasks wait for descriptors: one thread in epoll_wait for a whole runtime. One waiter per descriptor and direction.
final class DescriptorWatcher: Sendable {
    enum Direction { case readable, writable }
    private struct Waiters {
        var reader: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?
        var isRegistered = false
    }
    private let waiters = Mutex<[Int32: Waiters]>([:])
    private let epoll: Int32

    static let shared = DescriptorWatcher()

    private init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let failure = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<DescriptorWatcher>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context)
        precondition(epoll >= 0 && failure == 0, "the process has no descriptor or thread left at its start")
        pthread_detach(thread)
    }

    /// Returns when the descriptor is ready, at its end, or when `forget` is called for it.
    func wait(_ descriptor: Int32, _ direction: Direction) async {
        await withCheckedContinuation { continuation in
            waiters.withLock { waiters in
                var entry = waiters[descriptor] ?? Waiters()
                switch direction {
                case .readable:
                    entry.reader?.resume()
                    entry.reader = continuation
                case .writable:
                    entry.writer?.resume()
                    entry.writer = continuation
                }
                if !arm(descriptor, &entry) {
                    entry.reader?.resume()
                    entry.writer?.resume()
                    waiters[descriptor] = nil
                } else {
                    waiters[descriptor] = entry
                }
            }
        }
    }

    /// Must be called before a descriptor is closed; wakes who waits for it.
    func forget(_ descriptor: Int32) {
        waiters.withLock { waiters in
            guard let entry = waiters.removeValue(forKey: descriptor) else { return }
            epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
            entry.reader?.resume()
            entry.writer?.resume()
        }
    }

    private func arm(_ descriptor: Int32, _ entry: inout Waiters) -> Bool {
        var event = epoll_event()
        event.data.fd = descriptor
        event.events =
            EPOLLONESHOT.rawValue | (entry.reader == nil ? 0 : EPOLLIN.rawValue)
            | (entry.writer == nil ? 0 : EPOLLOUT.rawValue)
        let result = epoll_ctl(epoll, entry.isRegistered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event)
        entry.isRegistered = true
        return result == 0
    }

    private func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            let count = epoll_wait(epoll, &events, Int32(events.count), -1)
            guard count > 0 else { continue }
            for event in events[..<Int(count)] {
                let descriptor = event.data.fd
                let ended = event.events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
                waiters.withLock { waiters in
                    guard var entry = waiters[descriptor] else { return }
                    if ended || event.events & EPOLLIN.rawValue != 0 {
                        entry.reader?.resume()
                        entry.reader = nil
                    }
                    if ended || event.events & EPOLLOUT.rawValue != 0 {
                        entry.writer?.resume()
                        entry.writer = nil
                    }
                    if entry.reader != nil || entry.writer != nil { _ = arm(descriptor, &entry) }
                    waiters[descriptor] = entry
                }
            }
        }
    }
}

/// A descriptor with async reads and writes; closed by `cancel` or when nobody holds it.
final class AsyncDescriptor: Sendable {
    private struct State {
        var descriptor: Int32
        var users = 0
        var isCancelled = false
    }
    private let state: Mutex<State>

    init(_ descriptor: Int32) { state = Mutex(State(descriptor: descriptor)) }
    deinit { cancel() }

    /// The descriptor stays open while `body` uses it, even if it is cancelled meanwhile.
    private func use<T>(_ body: (Int32) async throws -> T) async throws -> T? {
        let descriptor: Int32? = state.withLock { state in
            guard !state.isCancelled else { return nil }
            state.users += 1
            return state.descriptor
        }
        guard let descriptor else { return nil }
        defer { release() }
        return try await body(descriptor)
    }
    private func release() {
        let closing: Int32? = state.withLock { state in
            state.users -= 1
            return state.isCancelled && state.users == 0 ? state.descriptor : nil
        }
        if let closing { close(closing) }
    }
    private var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// nil at the end or after `cancel`.
    func read() async throws -> [UInt8]? {
        try await use { descriptor -> [UInt8]? in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while !isCancelled {
                let count = try buffer.withUnsafeMutableBytes { try SystemCall.read(descriptor, into: $0) }
                if count == 0 { return nil }
                if count > 0 { return Array(buffer[..<count]) }
                await DescriptorWatcher.shared.wait(descriptor, .readable)
            }
            return nil
        } ?? nil
    }
    /// Waits until all is taken.
    func write(_ bytes: [UInt8]) async throws {
        _ = try await use { descriptor in
            var rest = bytes[...]
            while !rest.isEmpty, !isCancelled {
                let count = try SystemCall.write(descriptor, rest)
                rest = rest.dropFirst(count)
                if count == 0 { await DescriptorWatcher.shared.wait(descriptor, .writable) }
            }
        }
    }
    /// Waits until it is readable (a pidfd: the process has ended).
    func becameReadable() async {
        _ = try? await use { await DescriptorWatcher.shared.wait($0, .readable) }
    }
    func shutdownWrite() {
        state.withLock { if !$0.isCancelled { _ = shutdown($0.descriptor, Int32(SHUT_WR)) } }
    }
    func cancel() {
        let (descriptor, closes): (Int32, Bool) = state.withLock { state in
            guard !state.isCancelled else { return (-1, false) }
            state.isCancelled = true
            return (state.descriptor, state.users == 0)
        }
        guard descriptor >= 0 else { return }
        DescriptorWatcher.shared.forget(descriptor)
        if closes { close(descriptor) }
    }
}
