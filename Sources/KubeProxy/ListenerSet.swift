import Listening
import Logging
import NIOCore
import NIOPosix

/// Carries out a plan's steps: opens, changes and closes listeners, and tries again what could not be opened.
actor ListenerSet {
    private struct Open {
        var target: TrafficTarget
        var rule: TrafficRule
        /// nil while the address cannot be had.
        var channel: (any Channel)?
        /// Why it could not be had when that was logged last.
        var told: ListenFailure?
    }
    private let group: any EventLoopGroup
    private let logger: Logger
    private let explained: @Sendable (ListenFailure) -> ListenFailure
    private let streams = Quota(Limits.streams)
    private var open: [Listener: Open] = [:]

    init(
        group: any EventLoopGroup, logger: Logger,
        explained: @escaping @Sendable (ListenFailure) -> ListenFailure = { $0 }
    ) {
        self.group = group
        self.logger = logger
        self.explained = explained
    }

    /// Whether some listener could not be opened and is to be tried again.
    var isIncomplete: Bool { open.values.contains { $0.channel == nil } }
    var listening: Set<Listener> { Set(open.filter { $0.value.channel != nil }.keys) }

    func carryOut(_ steps: [ProxyPlan.Step]) async {
        for step in steps {
            switch step {
            case .open(let listener, let rule):
                guard open.count < Limits.listeners else {
                    logger.error("Too many listeners, one is left out", metadata: ["listener": "\(listener)"])
                    continue
                }
                open[listener] = Open(target: TrafficTarget(rule), rule: rule, channel: nil)
                await bind(listener)
            case .change(let listener, let rule):
                open[listener]?.rule = rule
                open[listener]?.target.ruleChanged(to: rule)
                // Flows to backends that went are ended by the channel itself (streams are left to finish).
                open[listener]?.channel?.pipeline.fireUserInboundEventTriggered(BackendsChanged())
            case .close(let listener):
                // Existing streams go on, as they do when kube-proxy takes a rule away.
                await close(open.removeValue(forKey: listener)?.channel)
            }
        }
    }

    /// Until the task is cancelled: an address may come (a load balancer's, after its interface) or be let go by whoever
    /// had it.
    func retry() async {
        var failures = 0
        while (try? await Task.sleep(for: Limits.rebinding.delay(afterFailures: failures))) != nil {
            guard isIncomplete else {
                failures = 0
                continue
            }
            await tryAgain()
            failures += 1
        }
    }

    func tryAgain() async {
        for (listener, state) in open where state.channel == nil { await bind(listener) }
    }

    func closeAll() async {
        for state in open.values { await close(state.channel) }
        open = [:]
    }

    private func close(_ channel: (any Channel)?) async {
        // A channel that is closed already is what we want.
        try? await channel?.close()
    }

    private func bind(_ listener: Listener) async {
        guard let state = open[listener] else { return }
        do {
            let channel =
                switch listener.transport {
                case .tcp:
                    try await StreamListener(target: state.target, quota: streams, logger: logger)
                        .bind(listener, on: group)
                case .udp: try await DatagramListener(target: state.target).bind(listener, on: group)
                }
            open[listener]?.channel = channel
            open[listener]?.told = nil
        } catch let error as IOError {
            let purpose = "service \(state.rule.service)"
            let failure = explained(ListenFailure(listener, for: purpose, errno: error.errnoCode))
            // It is tried again and again, and said once.
            guard state.told != failure else { return }
            open[listener]?.told = failure
            logger.warning("A service is not served, will try again", metadata: ["error": "\(failure)"])
        } catch {
            logger.warning(
                "A service is not served, will try again",
                metadata: ["listener": "\(listener)", "service": "\(state.rule.service)", "error": "\(error)"])
        }
    }
}

/// Told to a datagram listener's pipeline when its backends are others now.
struct BackendsChanged: Sendable {}
