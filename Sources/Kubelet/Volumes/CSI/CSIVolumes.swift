import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI
import Logging
import OutboundHTTP

/// Brings volumes of CSI drivers to pods and takes them down again. What is brought is on the disk (`CSIPlaces`), so that any
/// later kubelet takes it down; what is told to a driver may be told twice, as its specification has it.
///
/// **Invariant:** one call about one volume is under way at a time.
actor CSIVolumes {
    /// How often volumes of drivers that want it are published anew.
    static let republishPeriod = Duration.seconds(60)

    let node: String
    let places: CSIPlaces
    nonisolated let drivers: CSIDrivers
    nonisolated let inUse: VolumesInUse
    let world: World
    let api: any ClusterAPI
    private let tokens: PodTokens
    private let events: EventRecorder
    let clock: any TimeSource
    private let logger: Logger

    private let ending = Gate<Void>()
    /// Whether this process takes nothing down any more.
    nonisolated var hasEnded: Bool { ending.isOpen }
    nonisolated func end() { ending.open() }

    /// By pod and volume: when it was published last by this process.
    private var published: [String: Instant] = [:]
    /// By the volume's unique name.
    private var staged: Set<String> = []
    /// The pods that want a volume, whether they have it yet or not.
    private var wanted: [String: Set<String>] = [:]
    private var busy: [String: [CheckedContinuation<Void, Never>]] = [:]

    init(
        node: String, directory: String, world: World, api: any ClusterAPI, tokens: PodTokens, events: EventRecorder,
        http: OutboundClient, clock: any TimeSource, logger: Logger
    ) {
        self.node = node
        places = CSIPlaces(directory: directory)
        drivers = CSIDrivers(http: http)
        let records = places.records().filter { $0.lifecycle == .persistent }
        inUse = VolumesInUse(Set(records.map { CSIVolume.uniqueName($0.driver, $0.handle) }))
        self.world = world
        self.api = api
        self.tokens = tokens
        self.events = events
        self.clock = clock
        self.logger = logger
    }

    // MARK: One at a time

    private func hold(_ name: String) async {
        guard busy[name] != nil else {
            busy[name] = []
            return
        }
        await withCheckedContinuation { busy[name, default: []].append($0) }
    }
    private func letGo(_ name: String) {
        guard busy[name]?.isEmpty == false else {
            busy[name] = nil
            return
        }
        busy[name]?.removeFirst().resume()
    }

    // MARK: Bringing

    /// Where the pod has the volume: a directory, or a device. Does nothing more if it is there already.
    func bring(_ volume: CSIVolume, to pod: Pod) async throws -> String {
        let name = volume.uniqueName
        await hold(name)
        defer { letGo(name) }
        let key = "\(pod.uid)/\(volume.name)"
        let object = world.get(CSIDriver.self, ObjectKey(name: volume.driver))
        let target = places.target(volume, pod.uid)
        let isPublished = published[key] != nil
        if !isPublished || isRepublishDue(key, object) {
            try checkAlone(volume, target)
            wanted[name, default: []].insert(pod.uid)
            try await bring(volume, pod, object, at: target, isPublished: isPublished)
            published[key] = clock.now
        }
        try await expandIfDue(volume, pod, at: target)
        return target
    }

    private func isRepublishDue(_ key: String, _ object: CSIDriver?) -> Bool {
        guard object?.spec.requiresRepublish == true, let at = published[key] else { return false }
        return clock.now >= at + Self.republishPeriod
    }
    /// Whether volumes of a pod are to be published anew, as their drivers want it now and then.
    func isRepublishDue(_ uid: String) -> Bool {
        let prefix = uid + "/"
        let keys = published.keys.filter { $0.hasPrefix(prefix) }
        if keys.isEmpty { return false }
        return places.records(uid).contains { record in
            isRepublishDue(prefix + record.name, world.get(CSIDriver.self, ObjectKey(name: record.driver)))
        }
    }

    /// As if that much time had passed since volumes were published.
    func agePublications(by duration: Duration) {
        published = published.mapValues { $0 - duration }
    }

    private func bring(
        _ volume: CSIVolume, _ pod: Pod, _ object: CSIDriver?, at target: String, isPublished: Bool
    ) async throws {
        let isPersistent = volume.lifecycle == .persistent
        var publishContext: [String: String] = [:]
        if isPersistent, object?.spec.attachRequired != false {
            try await reportInUse(volume)
            publishContext = try await failing("MountVolume.WaitForAttach failed", volume) {
                try await self.attachment(volume)
            }
        }
        let driver: CSIDrivers.Driver
        do { driver = try drivers.driver(volume.driver) } catch {
            throw failure(
                volume.isBlock || !isPersistent ? setUp(volume) : "MountVolume.MountDevice failed", volume,
                "kubernetes.io/csi: "
                    + (volume.isBlock
                        ? "blockMapper.SetUpDevice failed to get CSI client: "
                        : isPersistent
                            ? "attacher.MountDevice failed to create newCsiDriverClient: "
                            : "mounter.SetUpAt failed to get CSI client: ") + "\(error)")
        }
        try checkLifecycle(volume, object)
        let group = pod.spec.securityContext?.fsGroup
        var bringing = CSICalls.Bringing(
            volume: volume,
            capability: volume.capability(
                driver.capabilities, group: driver.capabilities.contains(.mountGroup) ? group : nil),
            publishContext: publishContext, context: volume.attributes)
        let stages = isPersistent && driver.capabilities.contains(.stageUnstage)
        if stages, !staged.contains(volume.uniqueName) { try await stage(bringing, driver) }
        try await failing(volume.isBlock ? "MapVolume.MapPodDevice failed" : setUp(volume), volume) {
            try await self.complete(&bringing, pod, object)
            try self.places.note(volume, pod.uid, node: self.node)
        }
        do {
            try await driver.calls.publish(
                bringing, from: stages ? places.staging(volume) : nil, at: target)
        } catch {
            // What was published stays, as containers are in it.
            if CSICalls.isFinal(error), !isPublished {
                for record in places.records(pod.uid) where record.name == volume.name { try? places.forget(record) }
            }
            throw failure(volume.isBlock ? "MapVolume.MapPodDevice failed" : setUp(volume), volume, "\(error)")
        }
        if volume.isBlock, !isPublished { tellOfDevice(volume, pod, target) }
        guard !volume.isBlock, let group, !driver.capabilities.contains(.mountGroup),
            volume.takesGroup(policy: object?.spec.fsGroupPolicy ?? "ReadWriteOnceWithFSType")
        else { return }
        do {
            let owner = VolumeOwner(group: group, onlyIfRootDiffers: pod.spec.securityContext?.fsGroupChangePolicy)
            try await Task.detached { try owner.own(target, isReadOnly: volume.isReadOnly) }.value
        } catch { throw failure(setUp(volume), volume, "applyFSGroup failed for vol \(volume.handle): \(error)") }
    }

    private func setUp(_ volume: CSIVolume) -> String {
        volume.isBlock ? "MapVolume.SetUpDevice failed" : "MountVolume.SetUp failed"
    }
    private func failure(_ operation: String, _ volume: CSIVolume, _ why: String) -> PodWork.VolumeFailure {
        PodWork.VolumeFailure(
            volume: volume.name, operation: operation, reason: volume.isBlock ? "FailedMapVolume" : "FailedMount",
            description: why)
    }
    private func failing<T>(
        _ operation: String, _ volume: CSIVolume, _ body: () async throws -> T
    ) async throws -> T {
        do { return try await body() } catch let known as PodWork.VolumeFailure { throw known } catch {
            throw failure(operation, volume, "\((error as? StatusError)?.message ?? "\(error)")")
        }
    }

    /// The scheduler sees to it too, but not for pods that name their node.
    private func checkAlone(_ volume: CSIVolume, _ target: String) throws {
        guard volume.accessModes == ["ReadWriteOncePod"] else { return }
        let isElsewhere = places.records().contains {
            $0.driver == volume.driver && $0.handle == volume.handle && $0.target != target
        }
        if isElsewhere {
            throw failure(
                setUp(volume), volume,
                "volume uses the ReadWriteOncePod access mode and is already in use by another pod")
        }
    }

    private func checkLifecycle(_ volume: CSIVolume, _ object: CSIDriver?) throws {
        let mode = volume.lifecycle
        guard let object else {
            if mode == .persistent { return }
            throw lifecycleFailure(volume, "(no CSIDriver object)")
        }
        let modes = object.spec.volumeLifecycleModes
        if modes.contains(mode.rawValue) { return }
        let list = modes.map { "\"\($0)\"" }.joined(separator: " ")
        throw lifecycleFailure(volume, "(only supports [\(list)])")
    }
    private func lifecycleFailure(_ volume: CSIVolume, _ why: String) -> PodWork.VolumeFailure {
        failure(
            setUp(volume), volume,
            "kubernetes.io/csi: mounter.SetupAt failed to check volume lifecycle mode: "
                + "volume mode \"\(volume.lifecycle.rawValue)\" not supported by driver \(volume.driver) \(why)")
    }

    private func stage(_ bringing: CSICalls.Bringing, _ driver: CSIDrivers.Driver) async throws {
        let volume = bringing.volume
        let operation = volume.isBlock ? setUp(volume) : "MountVolume.MountDevice failed"
        var bringing = bringing
        try await failing(operation, volume) {
            if let secret = volume.stageSecret {
                bringing.secrets = try await self.secret(secret, as: "NodeStageSecretRef")
            }
            try self.places.noteStaging(volume)
        }
        do { try await driver.calls.stage(bringing, at: places.staging(volume)) } catch {
            if CSICalls.isFinal(error) { forgetStaging(volume) }
            throw failure(operation, volume, "\(error)")
        }
        staged.insert(volume.uniqueName)
    }
    private func forgetStaging(_ volume: CSIVolume) {
        try? places.forget(
            CSIPlaces.Staged(driver: volume.driver, handle: volume.handle, place: places.staging(volume)))
    }

    /// What the driver is told beside what the volume says: of the pod, its tokens, and the secret.
    private func complete(_ bringing: inout CSICalls.Bringing, _ pod: Pod, _ object: CSIDriver?) async throws {
        let volume = bringing.volume
        bringing.secrets = [:]
        if let secret = volume.publishSecret {
            bringing.secrets = try await self.secret(secret, as: "NodePublishSecretRef")
        }
        if object?.spec.podInfoOnMount == true {
            bringing.context.merge([
                "csi.storage.k8s.io/pod.name": pod.name, "csi.storage.k8s.io/pod.namespace": pod.namespace,
                "csi.storage.k8s.io/pod.uid": pod.uid,
                "csi.storage.k8s.io/serviceAccount.name": pod.spec.serviceAccountName ?? "",
                "csi.storage.k8s.io/ephemeral": volume.lifecycle == .ephemeral ? "true" : "false",
            ]) { $1 }
        }
        guard let object, !object.spec.tokenRequests.isEmpty, !volume.isBlock else { return }
        let requests = object.spec.tokenRequests.map {
            VolumePlanner.TokenRequestKey(audience: $0.audience ?? "", seconds: $0.expirationSeconds ?? 3600)
        }
        let text = ["csi.storage.k8s.io/serviceAccount.tokens": try await tokens.forDriver(pod, requests)]
        if object.spec.serviceAccountTokenInSecrets == true {
            bringing.secrets.merge(text) { $1 }
        } else {
            bringing.context.merge(text) { $1 }
        }
    }

    func secret(_ key: ObjectKey, as what: String) async throws -> [String: String] {
        do {
            let secret = try await api.get(Secret.self, key)
            return secret.data.mapValues { String(decoding: Secret.bytes($0), as: UTF8.self) }
        } catch {
            throw MountFailure(
                description:
                    "fetching \(what) \(key.namespace)/\(key.name) failed: kubernetes.io/csi: failed to find the secret "
                    + "\(key.name) in the namespace \(key.namespace) with error: \((error as? StatusError)?.message ?? "\(error)")"
            )
        }
    }

    private func tellOfDevice(_ volume: CSIVolume, _ pod: Pod, _ target: String) {
        events.record(
            pod.reference(), isWarning: false, reason: "SuccessfulMountVolume",
            message: "MapVolume.MapPodDevice succeeded for volume \"\(volume.name)\" volumeMapPath \"\(target)\"")
    }

    func tellOfExpansion(_ volume: CSIVolume, _ pod: Pod) {
        let what = volume.isBlock ? "MapVolume" : "MountVolume"
        events.record(
            pod.reference(), isWarning: false, reason: "FileSystemResizeSuccessful",
            message: "\(what).NodeExpandVolume succeeded for volume \"\(volume.name)\" \(node)")
    }

    // MARK: Taking down

    /// Takes down what a pod has; the sentences of what could not be. A pod that has none costs a look at its directory.
    func takeDown(_ uid: String) async -> [String] {
        var failures: [String] = []
        for record in places.records(uid) {
            let name = CSIVolume.uniqueName(record.driver, record.handle)
            await hold(name)
            do { try await takeDown(record, uid) } catch { failures.append("\(error)") }
            letGo(name)
        }
        guard failures.isEmpty else { return failures }
        for (name, pods) in wanted where pods.contains(uid) {
            wanted[name]?.remove(uid)
            if wanted[name]?.isEmpty == true { wanted[name] = nil }
        }
        return await unstageUnused()
    }

    private func takeDown(_ record: CSIPlaces.Record, _ uid: String) async throws {
        let operation = record.isBlock ? "blockMapper.unpublishVolumeForBlock" : "Unmounter.TearDownAt"
        let driver: CSIDrivers.Driver
        do { driver = try drivers.driver(record.driver) } catch {
            throw MountFailure(description: "kubernetes.io/csi: \(operation) failed to get CSI client: \(error)")
        }
        do {
            try await driver.calls.unpublish(record.handle, at: record.target)
            try places.forget(record)
        } catch { throw MountFailure(description: "kubernetes.io/csi: \(operation) failed: \(error)") }
        published["\(uid)/\(record.name)"] = nil
    }

    /// What no pod of the node wants any more.
    func unstageUnused() async -> [String] {
        var failures: [String] = []
        for place in places.staged() {
            let name = CSIVolume.uniqueName(place.driver, place.handle)
            await hold(name)
            defer { letGo(name) }
            guard !isUsed(name) else { continue }
            do {
                let driver = try drivers.driver(place.driver)
                if driver.capabilities.contains(.stageUnstage) {
                    try await driver.calls.unstage(place.handle, at: place.place)
                }
                staged.remove(name)
                try places.forget(place)
            } catch { failures.append("kubernetes.io/csi: attacher.UnmountDevice failed: \(error)") }
        }
        let (stagedNow, recorded) = (places.staged(), places.records())
        for name in inUse.current where !isUsed(name) {
            let isHere =
                stagedNow.contains { CSIVolume.uniqueName($0.driver, $0.handle) == name }
                || recorded.contains { CSIVolume.uniqueName($0.driver, $0.handle) == name }
            if !isHere { inUse.remove(name) }
        }
        return failures
    }
    private func isUsed(_ name: String) -> Bool {
        wanted[name] != nil || places.records().contains { CSIVolume.uniqueName($0.driver, $0.handle) == name }
    }

    // MARK: Use

    /// How full a pod's volumes are, by their names in the directory; those of which the drivers tell.
    func usage(_ uid: String) async -> [String: VolumeUsage] {
        var usage: [String: VolumeUsage] = [:]
        for record in places.records(uid) where !record.isBlock {
            guard let driver = drivers[record.driver], driver.capabilities.contains(.volumeStats) else { continue }
            usage[record.name] = try? await driver.calls.stats(
                record.handle, at: record.target,
                staging: driver.capabilities.contains(.stageUnstage) ? record.staging : nil)
        }
        return usage
    }
}
