import Basics
import ControlLoops

/// A pod's sandbox. Each exit is a method, which does nothing in a state that it does not lead out of.
package enum SandboxState: Sendable, Equatable {
    case absent
    case starting
    case ready(id: String, ip: String)
    /// It ended by itself; another takes its place when its containers have ended too.
    case lost(id: String, ip: String)
    case failed(why: String, retryAt: Instant)
    case stopping(id: String, ip: String)
    /// Its containers' logs stay until it is removed.
    case stopped(id: String, ip: String)
    case removing
    case removed

    var isReady: Bool { if case .ready = self { true } else { false } }

    /// absent, failed, lost → starting
    mutating func start() {
        switch self {
        case .absent, .failed, .lost: self = .starting
        default: break
        }
    }
    /// starting → ready
    mutating func started(id: String, ip: String) { if self == .starting { self = .ready(id: id, ip: ip) } }
    /// starting → failed
    mutating func failed(why: String, retryAt: Instant) {
        if self == .starting { self = .failed(why: why, retryAt: retryAt) }
    }
    /// ready → lost, if it is this one
    mutating func lost(id: String) {
        if case .ready(id, let ip) = self { self = .lost(id: id, ip: ip) }
    }
    /// ready, lost → stopping; the id to stop.
    mutating func stop() -> String? {
        switch self {
        case .ready(let id, let ip), .lost(let id, let ip):
            self = .stopping(id: id, ip: ip)
            return id
        default: return nil
        }
    }
    /// stopping → stopped
    mutating func stopped() { if case .stopping(let id, let ip) = self { self = .stopped(id: id, ip: ip) } }
    /// absent, failed, stopped → removing
    mutating func remove() {
        switch self {
        case .absent, .failed, .stopped: self = .removing
        default: break
        }
    }
    /// removing → removed
    mutating func wasRemoved() { if self == .removing { self = .removed } }
}

/// A pod's volumes, all together.
package enum VolumeState: Sendable, Equatable {
    case absent
    case preparing
    case ready
    case failed(why: String, retryAt: Instant)

    /// absent, failed → preparing
    mutating func prepare() {
        switch self {
        case .absent, .failed: self = .preparing
        default: break
        }
    }
    /// preparing → ready
    mutating func prepared() { if self == .preparing { self = .ready } }
    /// preparing → failed
    mutating func failed(why: String, retryAt: Instant) {
        if self == .preparing { self = .failed(why: why, retryAt: retryAt) }
    }
    /// failed → failed, to be tried again at once
    mutating func hasten(_ now: Instant) {
        if case .failed(let why, _) = self { self = .failed(why: why, retryAt: now) }
    }
}

/// The pod's object, after nothing of the pod is left on the node.
enum ObjectDeletion: Sendable, Equatable {
    case due
    case underWay
    case failed(retryAt: Instant)
    case done

    /// due, failed → underWay
    mutating func begin() {
        switch self {
        case .due, .failed: self = .underWay
        default: break
        }
    }
    /// underWay → failed
    mutating func failed(retryAt: Instant) { if self == .underWay { self = .failed(retryAt: retryAt) } }
    /// any → done: it may go by another hand
    mutating func ended() { self = .done }
}
