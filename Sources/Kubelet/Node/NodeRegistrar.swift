import APIMachinery
import ContainerRuntime
import ControlLoops
import KubeAPI
import Logging

/// Registers the node, renews its Lease every quarter of its duration, and writes its status every five minutes or when
/// it changed.
struct NodeRegistrar: Sendable {
    let context: PodContext

    static let statusInterval = Duration.seconds(300)
    private var node: String { context.node }

    func run() async {
        await register()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await keepLease() }
            group.addTask { await keepStatus() }
            group.addTask { await tellPressures() }
            group.addTask { await tellVolumes() }
            await group.waitForAll()
        }
    }

    private func register() async {
        let images = (try? await context.runtime.listImages()) ?? []
        while !Task.isCancelled {
            do {
                let description = NodeDescription(
                    context.configuration, context.runtime.information.text, images,
                    pressures: context.pressures.current, runtime: context.runtime.information,
                    volumesInUse: context.csi.inUse.current)
                do {
                    let before = try await context.api.get(Node.self, ObjectKey(name: node))
                    let after = description.updated(before, now: context.clock.now)
                    if after.json != before.json {
                        if after.metadata.json != before.metadata.json || after.spec.json != before.spec.json {
                            let written = try await context.api.update(after)
                            var withStatus = written
                            withStatus.status = after.status
                            _ = try await context.api.updateStatus(withStatus)
                        } else {
                            _ = try await context.api.updateStatus(after)
                        }
                    }
                } catch let error as StatusError where error.code == 404 {
                    var new = Node { $0.metadata.name = node }
                    let taints = context.configuration.taints
                    if !taints.isEmpty { new.json["spec", "taints"] = JSON(taints) }
                    let wanted = description.updated(new, now: context.clock.now)
                    let created = try await context.api.create(wanted)
                    // A server takes no status with a new object of kinds whose status is apart.
                    var withStatus = created
                    withStatus.status = wanted.status
                    if created.status.json != wanted.status.json { _ = try await context.api.updateStatus(withStatus) }
                }
                context.events.record(reference, isWarning: false, reason: "Starting", message: "Starting kubelet.")
                return
            } catch {
                context.logger.debug("Cannot register the node yet", metadata: ["error": "\(error)"])
                try? await context.clock.sleep(for: .milliseconds(200))
            }
        }
    }

    private var reference: ObjectReference {
        ObjectReference { reference in
            reference.kind = "Node"
            reference.name = node
            reference.uid = node
        }
    }

    private func keepStatus() async {
        while !Task.isCancelled {
            try? await context.clock.sleep(for: Self.statusInterval)
            if Task.isCancelled { return }
            _ = await writeStatus()
        }
    }
    /// What the node is short of is told at once.
    private func tellPressures() async {
        while !Task.isCancelled {
            await context.pressures.wait()
            while !Task.isCancelled, await !writeStatus() { try? await context.clock.sleep(for: .seconds(1)) }
        }
    }
    /// So are the volumes that nobody may take away.
    private func tellVolumes() async {
        while !Task.isCancelled {
            await context.csi.inUse.wait()
            while !Task.isCancelled, await !writeStatus() { try? await context.clock.sleep(for: .milliseconds(100)) }
        }
    }
    /// False when it could not be written.
    private func writeStatus() async -> Bool {
        let images = (try? await context.runtime.listImages()) ?? []
        let description = NodeDescription(
            context.configuration, context.runtime.information.text, images, pressures: context.pressures.current,
            runtime: context.runtime.information, isShuttingDown: context.pressures.isShuttingDown,
            volumesInUse: context.csi.inUse.current)
        do {
            let before = try await context.api.get(Node.self, ObjectKey(name: node))
            _ = try await context.api.updateStatus(description.updated(before, now: context.clock.now))
        } catch let error as StatusError where error.code == 404 {
            await register()
        } catch {
            context.logger.warning("Cannot write the node's status", metadata: ["error": "\(error)"])
            return false
        }
        return true
    }

    private func keepLease() async {
        let interval = Duration.seconds(context.configuration.leaseDurationSeconds) / 4
        while !Task.isCancelled {
            do { try await renewLease() } catch {
                context.logger.debug("Cannot renew the node's lease", metadata: ["error": "\(error)"])
                // The namespace may not be there yet.
                try? await context.clock.sleep(for: .milliseconds(500))
                continue
            }
            // The cluster took it for lost, and is to hear at once that it is back.
            if countsAsLost { _ = await writeStatus() }
            try? await context.clock.sleep(for: interval)
        }
    }
    private var countsAsLost: Bool {
        guard let known = context.world.get(Node.self, ObjectKey(name: node)) else { return false }
        return known.status.conditions.contains { $0.type == "Ready" && $0.status == "Unknown" }
    }
    private func renewLease() async throws {
        let key = ObjectKey(namespace: "kube-node-lease", name: node)
        let now = context.clock.now.rfc3339Micro
        do {
            var lease = try await context.api.get(Lease.self, key)
            lease.spec.renewTime = now
            lease.spec.holderIdentity = node
            lease.spec.leaseDurationSeconds = context.configuration.leaseDurationSeconds
            _ = try await context.api.update(lease)
        } catch let error as StatusError where error.code == 404 {
            let owner = try await context.api.get(Node.self, ObjectKey(name: node))
            _ = try await context.api.create(
                Lease { lease in
                    lease.metadata.name = node
                    lease.metadata.namespace = key.namespace
                    lease.metadata.ownerReferences = [
                        OwnerReference {
                            $0.apiVersion = "v1"
                            $0.kind = "Node"
                            $0.name = node
                            $0.uid = owner.uid
                        }
                    ]
                    lease.spec.holderIdentity = node
                    lease.spec.leaseDurationSeconds = context.configuration.leaseDurationSeconds
                    lease.spec.renewTime = now
                })
        }
    }
}
