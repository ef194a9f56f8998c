import CCurl
import Foundation
import Synchronization

/// Sends calls on libcurl's multi interface from one thread of its own.
public final class OutboundClient: Sendable {
    private enum Command {
        case start(Transfer)
        case cancel(Int)
        case resume(Int)
        case stop
    }
    private struct State {
        var commands: [Command] = []
        var next = 0
        var isStopped = false
    }
    private let state = Mutex(State())
    private let multi: MultiHandle

    /// A pointer to libcurl's multi handle. libcurl lets curl_multi_wakeup be called from any thread; all else is done by
    /// the client's thread, which frees it at its end after `isAlive` is false.
    private final class MultiHandle: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer?
        private let isAlive = Mutex(true)
        init() { pointer = curl_multi_init() }
        func wake() { isAlive.withLock { if $0 { curl_multi_wakeup(pointer) } } }
        func free() {
            isAlive.withLock { $0 = false }
            curl_multi_cleanup(pointer)
        }
    }

    private static let isLibraryReady: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    /// At most this many transfers at once; more wait.
    public init(maximumTransfers: Int = 256) {
        _ = Self.isLibraryReady
        multi = MultiHandle()
        let thread = Thread { [self] in run(maximumTransfers) }
        thread.name = "outbound-http"
        thread.stackSize = 512 << 10
        thread.start()
    }

    /// Ends all transfers and the thread. The client cannot be used after.
    public func shutdown() { order(.stop) }

    /// Returns when the answer's head has come. Cancelling the task cancels the call.
    public func send(_ request: OutboundRequest) async throws -> OutboundResponse {
        let transfer: Transfer = state.withLock { state in
            state.next += 1
            return Transfer(request, number: state.next) { [weak self] number in self?.order(.resume(number)) }
        }
        let number = transfer.number
        let head = try await withTaskCancellationHandler {
            order(.start(transfer))
            // A cancellation from before the start has found nothing to cancel.
            if Task.isCancelled { order(.cancel(number)) }
            return try await transfer.head()
        } onCancel: {
            order(.cancel(number))
        }
        let guardian = OutboundBody.Guardian { [weak self] in if !transfer.hasEnded { self?.order(.cancel(number)) } }
        return OutboundResponse(
            status: head.status, headers: head.headers, body: OutboundBody(transfer: transfer, guardian: guardian))
    }

    private func order(_ command: Command) {
        let isStopped = state.withLock { state in
            if !state.isStopped { state.commands.append(command) }
            if case .stop = command { state.isStopped = true }
            return state.isStopped
        }
        if isStopped, case .start(let transfer) = command { transfer.ended(.failure(.cancelled)) }
        multi.wake()
    }

    // MARK: The thread

    private func run(_ maximumTransfers: Int) {
        var active: [Int: (transfer: Transfer, easy: EasyHandle)] = [:]
        var queue: [Transfer] = []
        loop: while true {
            let commands = state.withLock { state in
                defer { state.commands = [] }
                return state.commands
            }
            for command in commands {
                switch command {
                case .start(let transfer): queue.append(transfer)
                case .resume(let number): if let easy = active[number]?.easy { curl_easy_pause(easy.handle, 0) }
                case .cancel(let number):
                    queue.removeAll { transfer in
                        if transfer.number == number { transfer.ended(.failure(.cancelled)) }
                        return transfer.number == number
                    }
                    if let entry = active.removeValue(forKey: number) { end(entry, .failure(.cancelled)) }
                case .stop: break loop
                }
            }
            while active.count < maximumTransfers, !queue.isEmpty {
                let transfer = queue.removeFirst()
                do {
                    let easy = try EasyHandle(transfer)
                    active[transfer.number] = (transfer, easy)
                    curl_multi_add_handle(multi.pointer, easy.handle)
                } catch {
                    transfer.ended(.failure(error))
                }
            }
            var running: Int32 = 0
            curl_multi_perform(multi.pointer, &running)
            var left: Int32 = 0
            while let message = curl_multi_info_read(multi.pointer, &left) {
                guard message.pointee.msg == CURLMSG_DONE, let handle = ccurl_message_handle(message) else { continue }
                let result = ccurl_message_result(message)
                guard let entry = active.first(where: { $0.value.easy.handle == handle }) else { continue }
                active[entry.key] = nil
                end(entry.value, Self.outcome(result))
            }
            if !queue.isEmpty, active.count < maximumTransfers { continue }
            curl_multi_poll(multi.pointer, nil, 0, 60_000, nil)
        }
        for entry in active.values { end(entry, .failure(.cancelled)) }
        for transfer in queue { transfer.ended(.failure(.cancelled)) }
        multi.free()
    }

    private func end(_ entry: (transfer: Transfer, easy: EasyHandle), _ result: Result<Void, OutboundError>) {
        curl_multi_remove_handle(multi.pointer, entry.easy.handle)
        entry.transfer.ended(result)
        entry.easy.free()
    }

    private static func outcome(_ code: CURLcode) -> Result<Void, OutboundError> {
        if code == CURLE_OK { return .success(()) }
        let sentence = String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return .failure(.timedOut)
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST: return .failure(.cannotConnect(sentence))
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .failure(.invalidRequest(sentence))
        default: return .failure(.failed(code: Int(code.rawValue), sentence))
        }
    }
}
