import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI

/// Which images a node can do without when its disk fills: a value. Those that no container uses go, the longest unused
/// first, until there is room again. Source: the kubelet's image garbage collection and its defaults.
struct ImageCollection: Sendable {
    /// Above this share of the disk in use images go, until it is no more than the second.
    static let highThresholdPercent = 85
    static let lowThresholdPercent = 80
    /// A younger image may be about to be used.
    static let minimumAge = Duration.seconds(120)
    static let period = Duration.seconds(300)

    private struct Seen {
        var firstDetected: Instant
        var lastUsed: Instant
        var sizeBytes: Int
        var isInUse: Bool
        var isPinned: Bool
    }
    private var seen: [String: Seen] = [:]

    /// What there is now, and which of it containers use, by references.
    mutating func look(_ images: [RuntimeImage], inUse: Set<String>, now: Instant) {
        var next: [String: Seen] = [:]
        for image in images {
            // The epoch of an image that was never used.
            var entry =
                seen[image.reference]
                ?? Seen(firstDetected: now, lastUsed: .distantPast, sizeBytes: 0, isInUse: false, isPinned: false)
            entry.isInUse = inUse.contains(image.reference) || image.names.contains(where: inUse.contains)
            if entry.isInUse { entry.lastUsed = now }
            entry.sizeBytes = image.sizeBytes
            entry.isPinned = image.isPinned
            next[image.reference] = entry
        }
        seen = next
    }

    struct Plan: Equatable {
        /// To be removed in this order, until `wantedBytes` are free.
        var images: [(reference: String, sizeBytes: Int)] = []
        var wantedBytes = 0
        var isEnough: Bool { images.reduce(0) { $0 + $1.sizeBytes } >= wantedBytes }
        static func == (left: Plan, right: Plan) -> Bool {
            left.wantedBytes == right.wantedBytes && left.images.map(\.reference) == right.images.map(\.reference)
        }
    }

    /// nil while there is room.
    func plan(_ disk: ImageFileSystem, now: Instant) -> Plan? {
        guard disk.capacityBytes > 0 else { return nil }
        let usedPercent = 100 - Int(Double(disk.availableBytes) / Double(disk.capacityBytes) * 100)
        guard usedPercent >= Self.highThresholdPercent else { return nil }
        var plan = Plan()
        plan.wantedBytes = disk.capacityBytes / 100 * (100 - Self.lowThresholdPercent) - disk.availableBytes
        let candidates = seen.filter { !$0.value.isInUse && !$0.value.isPinned }
            .filter { now - $0.value.firstDetected >= Self.minimumAge }
            .sorted {
                ($0.value.lastUsed, $0.value.firstDetected, $0.key) < (
                    $1.value.lastUsed, $1.value.firstDetected, $1.key
                )
            }
        var freed = 0
        for (reference, image) in candidates where freed < plan.wantedBytes {
            plan.images.append((reference, image.sizeBytes))
            freed += image.sizeBytes
        }
        return plan
    }
}

extension NodeAgent {
    /// Removes images when the disk fills, for as long as the kubelet runs.
    func collectImages() async {
        var collection = ImageCollection()
        repeat {
            do { try await collectImages(&collection) } catch {
                logger.warning("Cannot collect images", metadata: ["error": "\(error)"])
            }
        } while (try? await clock.sleep(for: ImageCollection.period)) != nil
    }

    private func collectImages(_ collection: inout ImageCollection) async throws {
        guard let disk = try await runtime.imageFileSystem() else { return }
        let containers = try await runtime.listContainers()
        collection.look(
            try await runtime.listImages(), inUse: Set(containers.map(\.imageReference)), now: clock.now)
        guard let plan = collection.plan(disk, now: clock.now) else { return }
        for image in plan.images {
            logger.info("Removing an image to free space", metadata: ["image": "\(image.reference)"])
            try await runtime.removeImage(image.reference)
        }
        guard !plan.isEnough else { return }
        let found = plan.images.reduce(0) { $0 + $1.sizeBytes }
        let why =
            "Failed to garbage collect required amount of images. Attempted to free \(plan.wantedBytes) bytes, but only found \(found) bytes eligible to free."
        let node = ["kind": "Node", "name": JSON(configuration.nodeName), "uid": JSON(configuration.nodeName)] as JSON
        context.events.record(
            ObjectReference(node), isWarning: true, reason: "FreeDiskSpaceFailed", message: why)
    }
}
