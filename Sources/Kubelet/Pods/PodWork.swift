import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI
import Logging

/// Carries out single steps for a pod as it was when the step was ordered.
struct PodWork: Sendable {
    let pod: Pod
    let context: PodContext
    let volumes: PodVolumes
    let podIP: String
    let sandboxID: String?

    typealias Report = @Sendable (PodEvent) async -> Void

    func perform(_ step: PodStep, _ report: @escaping Report) async {
        switch step {
        case .prepareVolumes:
            do {
                try await prepareVolumes()
                await report(.volumesPrepared)
            } catch {
                let failure = error as? VolumeFailure ?? VolumeFailure(volume: "", description: "\(error)")
                recordEvent(true, failure.reason, failure.sentence)
                await report(.volumesFailed("\(error)"))
            }
        case .startSandbox(let attempt): await startSandbox(attempt, report)
        case .stopSandbox(let id):
            await retrying("Cannot stop a sandbox") { try await context.runtime.stopPodSandbox(id) }
            await context.cgroups?.remove(pod)
            await report(.sandboxStopped)
        case .removeSandbox:
            // Also those of earlier attempts, which kept the logs of earlier runs.
            for sandbox in (try? await context.runtime.listPodSandbox()) ?? []
            where sandbox.configuration.uid == pod.uid {
                await retrying("Cannot remove a sandbox") { try await context.runtime.removePodSandbox(sandbox.id) }
            }
            await context.cgroups?.remove(pod)
            guard await takeDownVolumes() else { return }
            PodLogs.remove(PodContext.logDirectory(context.configuration.directory, pod))
            await report(.sandboxRemoved)
        case .pull(let name): await ContainerStart(work: self, name: name).pull(report)
        case .start(let name, let attempt): await ContainerStart(work: self, name: name).start(attempt, report)
        case .stop(let name, let id, let grace, let message):
            await ContainerStop(work: self, name: name, id: id).stop(graceSeconds: grace, message: message, report)
        case .resize(let plan): await PodResizer(work: self).resize(plan, report)
        case .deleteObject: await deleteObject(report)
        case .event: break
        }
    }

    func recordEvent(_ isWarning: Bool, _ reason: String, _ message: String, container: String? = nil) {
        context.events.record(
            pod.reference(container: container), isWarning: isWarning, reason: reason, message: message)
    }

    private func retrying(_ sentence: Logger.Message, _ body: () async throws -> Void) async {
        for attempt in 1...5 {
            do { return try await body() } catch {
                context.logger.warning(
                    sentence, metadata: ["pod": "\(pod.key)", "error": "\(error)", "try": "\(attempt)"])
                try? await context.clock.sleep(for: .milliseconds(200 * attempt))
            }
        }
    }

    private func startSandbox(_ attempt: Int, _ report: Report) async {
        var configuration = SandboxConfiguration(name: pod.name, namespace: pod.namespace, uid: pod.uid)
        configuration.attempt = attempt
        configuration.hostname = PodIdentity.hostname(pod)
        configuration.fullName = PodIdentity.fullName(pod, context.configuration)
        if pod.spec.setHostnameAsFQDN == true, let name = configuration.fullName { configuration.hostname = name }
        configuration.logDirectory = PodContext.logDirectory(context.configuration.directory, pod)
        configuration.dns = PodIdentity.dns(pod, context.configuration)
        configuration.hostAliases = pod.spec.hostAliases.map { .init(ip: $0.ip ?? "", hostnames: $0.hostnames) }
        configuration.usesHostNetwork = pod.spec.hostNetwork == true
        configuration.usesHostProcesses = pod.spec.hostPID == true
        configuration.usesHostIPC = pod.spec.hostIPC
        let all = pod.spec.initContainers + pod.spec.containers + pod.ephemeralContainers
        if all.contains(where: { $0.securityContext?.privileged == true }) { configuration.isPrivileged = true }
        configuration.sharesProcesses = pod.spec.shareProcessNamespace
        let sysctls = (pod.spec.securityContext?.sysctls ?? []).map { ($0.name ?? "", $0.value ?? "") }
        if !sysctls.isEmpty { configuration.sysctls = Dictionary(sysctls) { _, last in last } }
        configuration.labels = [
            PodContext.Label.podName: pod.name, PodContext.Label.podNamespace: pod.namespace,
            PodContext.Label.podUID: pod.uid,
        ]
        do {
            configuration.handler = try await runtimeHandler()
            try checkUserNamespace(configuration.handler)
            if attempt > 0 { try await endEarlierSandboxes() }
            configuration.cgroupParent = try await context.cgroups?.make(pod)
            let sandbox = try await context.runtime.runPodSandbox(configuration)
            await report(.sandboxStarted(id: sandbox.id, ip: sandbox.ip))
        } catch {
            recordEvent(true, "FailedCreatePodSandBox", "Failed to create pod sandbox: \(error)")
            await report(.sandboxFailed("\(error)"))
        }
    }

    /// Those of earlier attempts give back what they hold, such as their network; one in which nothing ever ran goes, since
    /// it has no logs to be kept for.
    private func endEarlierSandboxes() async throws {
        let earlier = try await context.runtime.listPodSandbox().filter { $0.configuration.uid == pod.uid }
        if earlier.isEmpty { return }
        let used = Set(try await context.runtime.listContainers().filter { $0.startedAt != nil }.map(\.sandbox))
        for sandbox in earlier {
            if used.contains(sandbox.id) {
                try await context.runtime.stopPodSandbox(sandbox.id)
            } else {
                try await context.runtime.removePodSandbox(sandbox.id)
            }
        }
    }

    /// What the pod's RuntimeClass names; nil is the default.
    private func runtimeHandler() async throws -> String? {
        guard let name = pod.spec.runtimeClassName, !name.isEmpty else { return nil }
        do {
            return try await context.api.get(RuntimeClass.self, ObjectKey(name: name)).handler
        } catch let error as StatusError where error.code == 404 {
            throw ContainerError.refused(error.message)
        } catch {
            throw ContainerError.refused("failed to lookup RuntimeClass \(name): \(error)")
        }
    }

    /// Pods get user ids of their own nowhere yet (pkg/kubelet/userns, GetOrCreateUserNamespaceMappings).
    private func checkUserNamespace(_ handler: String?) throws(ContainerError) {
        guard pod.spec.hostUsers == false else { return }
        let name = handler ?? ""
        var message = "can't set `spec.hostUsers: false`, runtime does not support user namespaces"
        if !name.isEmpty {
            message =
                "can't set `spec.hostUsers: false`, RuntimeClass handler \"\(name)\" does not support user namespaces"
        }
        if !context.runtime.information.handlers.contains(where: { $0.name == name }) {
            message += ": the handler \"\(name)\" is not known"
        }
        throw .refused(message)
    }

    private func deleteObject(_ report: Report) async {
        // Its mirror goes when nobody knows the pod any more.
        if pod.isStatic { return await report(.objectDeleted) }
        do {
            try await context.api.delete(
                Pod.self, pod.key, DeletionOptions(uid: pod.uid, gracePeriodSeconds: 0))
            await report(.objectDeleted)
        } catch let error as StatusError where error.code == 404 || error.code == 409 {
            await report(.objectDeleted)
        } catch {
            context.logger.warning(
                "Cannot delete a pod's object", metadata: ["pod": "\(pod.key)", "error": "\(error)"])
            await report(.objectNotDeleted)
        }
    }

    // MARK: Volumes

    struct VolumeFailure: Error, CustomStringConvertible {
        static let setUp = "MountVolume.SetUp failed"
        /// The volume's name in the pod, or the PersistentVolume's.
        var volume: String
        /// What it was that failed, and the event's reason, as Kubernetes says it.
        var operation = setUp
        var reason = "FailedMount"
        var description: String

        var sentence: String { "\(operation) for volume \"\(volume)\" : \(description)" }
    }

    /// Makes or refreshes all volumes; returns their paths by name.
    @discardableResult
    func prepareVolumes() async throws -> [String: String] {
        let planner = try await planner()
        var paths: [String: String] = [:]
        let stamp = context.clock.now.rfc3339Micro.replacing(":", with: "_").replacing("-", with: "_")
        for volume in pod.spec.volumes {
            let name = volume.name ?? ""
            do {
                let plan = try planner.plan(volume)
                if case .csi(let brought) = plan {
                    paths[name] = try await context.csi.bring(brought, to: pod)
                    continue
                }
                paths[name] = try await volumes.prepare(name, plan, stamp: stamp, use(name))
            } catch let known as VolumeFailure {
                throw known
            } catch let failure as VolumePlanner.Failure {
                throw VolumeFailure(
                    volume: failure.volume ?? name, operation: failure.operation, description: failure.description)
            } catch {
                let operation = (error as? PodVolumes.Failure)?.operation ?? VolumeFailure.setUp
                throw VolumeFailure(
                    volume: planner.persistentVolume(of: volume) ?? name, operation: operation,
                    reason: operation.hasPrefix("MapVolume") ? "FailedMapVolume" : "FailedMount",
                    description: "\(error)")
            }
        }
        return paths
    }

    private func use(_ name: String) -> PodVolumes.Use {
        let mounts = (pod.spec.containers + pod.spec.initContainers + pod.ephemeralContainers).flatMap(\.volumeMounts)
        return PodVolumes.Use(
            group: pod.spec.securityContext?.fsGroup, changePolicy: pod.spec.securityContext?.fsGroupChangePolicy,
            isShared: mounts.contains { $0.name == name && !["", "None"].contains($0.mountPropagation ?? "") })
    }

    /// How long it is waited between tries to take volumes down.
    private static let takingDown = Backoff(base: .milliseconds(500), limit: .seconds(122))

    /// What drivers brought goes first; a pod stays while they keep it. False when this process ended before.
    private func takeDownVolumes() async -> Bool {
        for failures in 0... {
            let why = await context.csi.takeDown(pod.uid)
            if why.isEmpty, volumes.remove() { return true }
            context.logger.warning(
                "Cannot take a pod's volumes down",
                metadata: ["pod": "\(pod.key)", "error": "\(why.first ?? "something is still mounted")"])
            let pause = Self.takingDown.delay(afterFailures: failures)
            guard (try? await context.clock.sleep(for: pause)) != nil, !context.csi.hasEnded else { return false }
        }
        return false
    }

    private func planner() async throws -> VolumePlanner {
        let world = context.world
        let namespace = pod.namespace
        let tokens: [VolumePlanner.TokenRequestKey: String]
        do {
            tokens = try await context.tokens.tokens(pod)
        } catch {
            let volume = pod.spec.volumes.first { volume in
                volume.projected?.sources.contains { $0.serviceAccountToken != nil } == true
            }
            throw VolumeFailure(volume: volume?.name ?? "", description: "\(error)")
        }
        return VolumePlanner(
            pod: pod, fields: context.downwardFields(pod, podIP: podIP),
            configMap: { world.get(ConfigMap.self, ObjectKey(namespace: namespace, name: $0)) },
            secret: { world.get(Secret.self, ObjectKey(namespace: namespace, name: $0)) },
            claim: { world.get(PersistentVolumeClaim.self, ObjectKey(namespace: namespace, name: $0)) },
            volume: { world.get(PersistentVolume.self, ObjectKey(name: $0)) },
            node: world.get(Node.self, ObjectKey(name: context.node)), tokens: tokens)
    }
}

/// A pod's host name and name resolution.
enum PodIdentity {
    static func hostname(_ pod: Pod) -> String {
        if let override = pod.spec.hostnameOverride, !override.isEmpty { return override }
        if let hostname = pod.spec.hostname, !hostname.isEmpty { return hostname }
        return String(pod.name.prefix(63)).trimmingSuffix { $0 == "-" || $0 == "." }
    }

    /// The name that a headless Service of the pod's subdomain gives it; nil without a subdomain.
    static func fullName(_ pod: Pod, _ configuration: KubeletConfiguration) -> String? {
        guard let subdomain = pod.spec.subdomain, !subdomain.isEmpty, pod.spec.hostnameOverride == nil else {
            return nil
        }
        return "\(hostname(pod)).\(subdomain).\(pod.namespace).svc.\(configuration.clusterDomain)"
    }

    static func dns(_ pod: Pod, _ configuration: KubeletConfiguration) -> SandboxConfiguration.DNSConfiguration {
        var dns = SandboxConfiguration.DNSConfiguration()
        var policy = pod.spec.dnsPolicy ?? "ClusterFirst"
        if policy == "ClusterFirst" && pod.spec.hostNetwork == true { policy = "Default" }
        if policy == "ClusterFirst" || policy == "ClusterFirstWithHostNet", !configuration.clusterDNS.isEmpty {
            let domain = configuration.clusterDomain
            dns.servers = [configuration.clusterDNS]
            dns.searches = ["\(pod.namespace).svc.\(domain)", "svc.\(domain)", domain]
            dns.options = ["ndots:5"]
        }
        if let own = pod.spec.dnsConfig {
            for server in own.nameservers where !dns.servers.contains(server) { dns.servers.append(server) }
            for search in own.searches where !dns.searches.contains(search) { dns.searches.append(search) }
            for option in own.options {
                let name = option.name ?? ""
                dns.options.removeAll { $0 == name || $0.hasPrefix(name + ":") }
                dns.options.append(option.value.map { "\(name):\($0)" } ?? name)
            }
        }
        return dns
    }
}

extension String {
    func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, predicate(last) { text.removeLast() }
        return text
    }
}
