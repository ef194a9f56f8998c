import Basics

/// Whose turn it is among the endpoints: one after the other, and who failed rests for a while. Times are milliseconds
/// of any clock that is not set back.
struct EndpointRotation: Sendable {
    private struct Place {
        var failures = 0
        var restsUntil: Int64 = .min
    }
    private var places: [Place]
    private var last = -1
    private let rest: Backoff

    init(count: Int, _ limits: EtcdClientLimits) {
        places = Array(repeating: Place(), count: max(1, count))
        rest = Backoff(
            base: .milliseconds(limits.restMilliseconds), limit: .milliseconds(limits.mostRestMilliseconds), jitter: 0.5
        )
    }

    /// The next endpoint, and how long to wait before it is used: nothing as long as one is not at rest.
    mutating func next(now: Int64) -> (index: Int, waitMilliseconds: Int64) {
        for step in 1...places.count {
            let index = (last + step) % places.count
            if places[index].restsUntil <= now {
                last = index
                return (index, 0)
            }
        }
        var soonest = (last + 1) % places.count
        for index in places.indices where places[index].restsUntil < places[soonest].restsUntil { soonest = index }
        last = soonest
        return (soonest, places[soonest].restsUntil - now)
    }

    /// `chance` is from 0 to 1.
    mutating func failed(_ index: Int, now: Int64, chance: Double) {
        let delay = rest.delay(afterFailures: places[index].failures, chance: chance)
        places[index].failures += 1
        places[index].restsUntil = now + Int64(delay / .milliseconds(1))
    }

    mutating func succeeded(_ index: Int) { places[index] = Place() }
}
