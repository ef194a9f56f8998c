import CProcess
import FoundationEssentials
import Glibc

/// One connection to a supervisor: an exec with its program, an attached client, or a signal to pass on.
final class SupervisorSession {
    /// A program's output waits in its pipe while the client has this much to take.
    static let highWater = 1 << 20

    private(set) var connection: Int32
    private(set) var child = Child(process: 0)
    private(set) var isAttached = false
    private var decoder = SupervisorMessage.Decoder()
    private var outgoing: [UInt8] = []
    private var pendingInput: [UInt8] = []
    private var inputEnds = false
    private var exitCode: Int32?
    private var closesWhenSent = false

    init(_ connection: Int32) { self.connection = connection }

    var isClosed: Bool { connection < 0 }
    /// Nothing more will come from it of its own.
    var isDone: Bool { isClosed || isAttached || (child.process == 0 && outgoing.isEmpty) }

    func addInterests(_ want: (Int32, Int32) -> Void) {
        guard !isClosed else { return }
        var events: Int32 = outgoing.isEmpty ? 0 : POLLOUT
        if pendingInput.count < Self.highWater { events |= POLLIN }
        want(connection, events)
        if child.terminal >= 0 {
            var wanted: Int32 = outgoing.count < Self.highWater ? POLLIN : 0
            if !pendingInput.isEmpty { wanted |= POLLOUT }
            if wanted != 0 { want(child.terminal, wanted) }
        } else {
            if outgoing.count < Self.highWater {
                want(child.output, POLLIN)
                want(child.errorOutput, POLLIN)
            }
            if !pendingInput.isEmpty { want(child.input, POLLOUT) }
        }
    }

    func handle(_ events: [Int32: Int32], _ loop: SupervisorLoop) {
        if child.output >= 0, events[child.output] != nil, outgoing.count < Self.highWater {
            if let bytes = SupervisorLoop.read(&child.output) {
                if !bytes.isEmpty { send(.output(Array(bytes))) }
            } else {
                (child.input, child.terminal) = child.terminal >= 0 ? (-1, -1) : (child.input, -1)
                finishIfEnded()
            }
        }
        if child.errorOutput >= 0, events[child.errorOutput] != nil, outgoing.count < Self.highWater {
            if let bytes = SupervisorLoop.read(&child.errorOutput) {
                if !bytes.isEmpty { send(.errorOutput(Array(bytes))) }
            } else {
                finishIfEnded()
            }
        }
        if !pendingInput.isEmpty { writeInput() }
        guard let happened = events[connection], !isClosed else { return }
        if happened & POLLOUT != 0 { flush() }
        if happened & (POLLIN | POLLHUP | POLLERR) != 0 { readConnection(loop) }
    }

    private func readConnection(_ loop: SupervisorLoop) {
        guard !isClosed else { return }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = buffer.withUnsafeMutableBytes { (try? SystemCall.read(connection, into: $0)) ?? 0 }
        if count < 0 { return }
        guard count > 0 else { return closeConnection() }
        decoder.append(buffer[..<count])
        do {
            while let message = try decoder.next() { handle(message, loop) }
        } catch {
            closeConnection()
        }
    }

    private func handle(_ message: SupervisorMessage, _ loop: SupervisorLoop) {
        switch message {
        case .exec(let json): exec(json, loop)
        case .attach: isAttached = true
        case .signal(let number):
            if loop.child.process > 0, loop.outcome.finishedAt == nil { kill(loop.child.process, number) }
            send(.exited(code: 0))
        case .input(let bytes):
            if isAttached {
                loop.input(bytes)
            } else if child.input >= 0 {
                pendingInput.append(contentsOf: bytes)
                writeInput()
            }
        case .inputEnded:
            if isAttached {
                loop.inputEnded()
            } else {
                inputEnds = true
                writeInput()
            }
        case .resize(let rows, let columns):
            let terminal = isAttached ? loop.child.terminal : child.terminal
            if terminal >= 0 { _ = cprocess_set_window_size(terminal, rows, columns) }
        case .output, .errorOutput, .exited, .failed: closeConnection()
        }
    }

    private func exec(_ json: [UInt8], _ loop: SupervisorLoop) {
        guard child.process == 0, let request = try? JSONDecoder().decode(ExecRequest.self, from: Data(json)),
            !request.command.isEmpty, loop.outcome.finishedAt == nil
        else { return send(.failed(code: 128, why: "container is not running")) }
        do {
            child = try Child.start(
                request.command, record: loop.record, doors: loop.doors, hasInput: request.hasStandardInput,
                hasTerminal: request.hasTerminal, isFirst: false)
        } catch let failure as Child.Failure {
            send(.failed(code: failure.code, why: failure.why))
        } catch {
            send(.failed(code: 128, why: "\(error)"))
        }
    }

    func ended(code: Int32) {
        exitCode = code
        // A program in the background may hold the streams for ever; what is in the pipes now still goes out.
        finishIfEnded()
        if child.output >= 0 || child.errorOutput >= 0 { drainRest() }
    }
    private func drainRest() {
        while child.output >= 0, let bytes = SupervisorLoop.read(&child.output), !bytes.isEmpty {
            send(.output(Array(bytes)))
        }
        while child.errorOutput >= 0, let bytes = SupervisorLoop.read(&child.errorOutput), !bytes.isEmpty {
            send(.errorOutput(Array(bytes)))
        }
        child.closeAll()
        finishIfEnded()
    }
    private func finishIfEnded() {
        guard let exitCode, child.output < 0, child.errorOutput < 0 else { return }
        child.process = 0
        self.exitCode = nil
        closesWhenSent = true
        send(.exited(code: exitCode))
    }

    private func writeInput() {
        while !pendingInput.isEmpty, child.input >= 0 {
            guard let count = try? SystemCall.write(child.input, pendingInput[...]) else {
                pendingInput = []
                child.closeInput()
                return
            }
            if count == 0 { return }
            pendingInput.removeFirst(count)
        }
        if inputEnds, pendingInput.isEmpty { child.closeInput() }
    }

    func send(_ message: SupervisorMessage) {
        guard !isClosed else { return }
        outgoing.append(contentsOf: message.bytes)
        flush()
        if outgoing.count > SupervisorLoop.maximumBacklog { closeConnection() }
    }
    private func flush() {
        while !outgoing.isEmpty {
            guard let count = try? SystemCall.write(connection, outgoing[...]) else { return closeConnection() }
            if count == 0 { return }
            outgoing.removeFirst(count)
        }
        if closesWhenSent { closeConnection() }
    }
    /// At the very end: what is left goes out if the client takes it at once.
    func flushBlocking() {
        guard !isClosed else { return }
        let flags = fcntl(connection, F_GETFL)
        _ = fcntl(connection, F_SETFL, flags & ~O_NONBLOCK)
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        flush()
        closeConnection()
    }

    private func closeConnection() {
        guard connection >= 0 else { return }
        close(connection)
        connection = -1
        // Nobody waits for the command any more.
        if child.process > 0 { kill(child.process, SIGKILL) }
        child.closeAll()
    }
}
