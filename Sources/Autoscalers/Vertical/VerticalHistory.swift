import APIMachinery
import Basics
import KubeAPI

/// What is remembered for one autoscaler: how its target's containers were used; a value.
struct VerticalHistory: Sendable {
    private struct Place: Hashable, Sendable {
        var uid: String
        var container: String
    }
    /// What this is the history of.
    let target: JSON?
    private(set) var aggregates: [String: ContainerAggregate] = [:]
    private var tracks: [Place: ContainerTrack] = [:]
    /// Ends for want of memory before this were counted before a restart.
    private var countedUntil: Instant?

    init(target: JSON?) { self.target = target }

    /// Takes what was remembered of a container before a restart.
    mutating func load(_ checkpoint: JSON, _ now: Instant) throws(CheckpointError) {
        guard let name = checkpoint["spec", "containerName"]?.string, let status = checkpoint["status"] else {
            throw CheckpointError(description: "the checkpoint tells nothing of a container")
        }
        aggregates[name] = try ContainerAggregate(checkpoint: status, now)
        if let written = Instant(status["lastUpdateTime"]) { countedUntil = max(countedUntil ?? written, written) }
    }

    /// What a pod's containers use.
    mutating func used(_ uid: String, _ use: UsageTable.PodRates, _ now: Instant, _ settings: VerticalSettings) {
        for (name, rate) in use.containers {
            edit(uid, name, now) { track, aggregate in
                track.used(
                    cores: Double(rate.nanocores) / 1e9, bytes: Double(rate.bytes), measured: rate.time, now,
                    &aggregate, settings)
            }
        }
    }

    /// Ends for want of memory, as a pod's status tells of them.
    mutating func look(at pod: JSON, _ now: Instant, _ settings: VerticalSettings) {
        for status in pod["status", "containerStatuses"]?.elements ?? [] {
            let name = status["name"]?.string ?? ""
            for field in ["lastState", "state"] {
                guard let end = status[field]?["terminated"], end["reason"]?.string == "OOMKilled" else { continue }
                let death = "\(end["containerID"]?.string ?? "") \(end["finishedAt"]?.string ?? "")"
                let place = Place(uid: pod.uid, container: name)
                if let until = countedUntil, let time = Instant(end["finishedAt"]), time <= until {
                    tracks[place, default: ContainerTrack()].skip(death: death)
                    continue
                }
                let asked = PodRecommendation.held(name, pod).requests["memory"]?.value ?? 0
                edit(pod.uid, name, now) { track, aggregate in
                    track.ranOutOfMemory(death, asked: Double(asked), now, &aggregate, settings)
                }
            }
        }
    }

    private mutating func edit(
        _ uid: String, _ name: String, _ now: Instant,
        _ body: (inout ContainerTrack, inout ContainerAggregate) -> Void
    ) {
        let place = Place(uid: uid, container: name)
        var track = tracks[place] ?? ContainerTrack()
        var aggregate = aggregates[name] ?? ContainerAggregate(now)
        body(&track, &aggregate)
        tracks[place] = track
        aggregates[name] = aggregate
    }

    /// Forgets pods that are gone, and containers that were not measured for long.
    mutating func keep(only uids: Set<String>, _ now: Instant, _ settings: VerticalSettings) {
        tracks = tracks.filter { uids.contains($0.key.uid) }
        aggregates = aggregates.filter { !$0.value.isExpired(now, settings) }
    }

    /// By container, in the order of names; without those that are left alone.
    func recommendations(
        _ policy: VerticalPolicy, _ settings: VerticalSettings
    ) -> [(name: String, amounts: ContainerAggregate.Recommendation)] {
        let names = aggregates.keys.filter { !policy.isOff($0) }.sorted()
        return names.compactMap { name in
            aggregates[name].map { (name, $0.recommendation(settings, containers: names.count)) }
        }
    }

    /// The least of its containers'; nil when nothing was measured.
    func confidence(_ policy: VerticalPolicy, _ settings: VerticalSettings) -> Double? {
        aggregates.filter { !policy.isOff($0.key) }.map { $0.value.confidence(settings) }.min()
    }

    /// By container, as the status of a VerticalPodAutoscalerCheckpoint; intervals that still run are left out.
    func checkpoints(_ now: Instant) -> [String: JSON] {
        var aggregates = aggregates
        for (place, track) in tracks {
            guard let end = track.windowEnd, now < end else { continue }
            aggregates[place.container]?.takeBack(peak: track.peak, until: end)
        }
        return aggregates.mapValues { $0.checkpoint(now) }
    }
}
