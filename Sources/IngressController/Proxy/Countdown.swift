import NIOCore

/// A time limit that is moved often and seldom runs out: moving it costs a clock reading, not a timer.
final class Countdown {
    private let eventLoop: any EventLoop
    private var deadline: NIODeadline?
    private var scheduled: (task: Scheduled<Void>, at: NIODeadline)?
    private var expired: (() -> Void)?

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Calls `expired` when `seconds` have passed without another call.
    func restart(seconds: Int64, _ expired: @escaping () -> Void) {
        self.expired = expired
        let deadline = NIODeadline.now() + .seconds(seconds)
        self.deadline = deadline
        if let scheduled, scheduled.at <= deadline { return }
        scheduled?.task.cancel()
        schedule(deadline)
    }

    /// Stops counting; the timer that may be left does nothing.
    func pause() {
        deadline = nil
        expired = nil
    }

    func cancel() {
        pause()
        scheduled?.task.cancel()
        scheduled = nil
    }

    private func schedule(_ time: NIODeadline) {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        scheduled = (eventLoop.scheduleTask(deadline: time) { bound.value.fired() }, time)
    }

    private func fired() {
        scheduled = nil
        guard let deadline else { return }
        guard deadline <= .now() else { return schedule(deadline) }
        let action = expired
        pause()
        action?()
    }
}
