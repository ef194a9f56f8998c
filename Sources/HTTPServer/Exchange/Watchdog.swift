import NIOCore

/// One deadline of one connection. Moving it costs a look at the clock: the timer is set anew only when it fires early.
struct Watchdog {
    private final class Timer {
        var deadline: NIODeadline?
        var scheduled: Scheduled<Void>?
        var loop: (any EventLoop)?
        var bark: (() -> Void)?

        func schedule(at time: NIODeadline) {
            guard let loop else { return }
            let bound = NIOLoopBound(self, eventLoop: loop)
            scheduled = loop.scheduleTask(deadline: time) { bound.value.fired() }
        }
        func fired() {
            scheduled = nil
            guard let deadline else { return }
            if deadline <= .now() { bark?() } else { schedule(at: deadline) }
        }
    }
    private let timer = Timer()

    func start(after seconds: Int, on context: ChannelHandlerContext, bark: @escaping () -> Void) {
        timer.loop = context.eventLoop
        timer.bark = bark
        expect(within: seconds)
    }
    /// Something must happen within this time.
    func expect(within seconds: Int) {
        let deadline = NIODeadline.now() + .seconds(Int64(seconds))
        timer.deadline = deadline
        if timer.scheduled == nil { timer.schedule(at: deadline) }
    }
    /// Nothing is due.
    func relax() { timer.deadline = nil }
    func stop() {
        timer.deadline = nil
        timer.scheduled?.cancel()
        timer.scheduled = nil
        timer.bark = nil
        timer.loop = nil
    }
}
