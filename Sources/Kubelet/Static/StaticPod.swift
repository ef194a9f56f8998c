import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// A pod that a file of the node describes, in Kubernetes' form (pkg/kubelet/config, applyDefaults): it runs without the
/// cluster, which is shown a mirror of it.
enum StaticPod {
    enum Annotation {
        static let hash = "kubernetes.io/config.hash"
        static let source = "kubernetes.io/config.source"
        static let seen = "kubernetes.io/config.seen"
        /// On the mirror alone: the hash of the pod that it is of.
        static let mirror = "kubernetes.io/config.mirror"
    }
    /// A larger file is refused.
    static let maximumBytes = 10 << 20

    struct Malformed: Error, Equatable, CustomStringConvertible { var description: String }

    /// The pod of a file's bytes. Its uid comes of what it says, where it is, and whose it is, so that a changed file is
    /// another pod. Throws `Malformed` in the kubelet's words.
    static func parse(_ bytes: [UInt8], file: String, node: String, now: Instant) throws(Malformed) -> Pod {
        let resource = ResourceRegistry.builtIn.resource(Pod.resource)
        guard bytes.count <= maximumBytes, let resource, let schema = resource.schema else {
            throw Malformed(description: "read limit of \(maximumBytes) bytes exceeded")
        }
        var pod: JSON
        do {
            pod = try YAML.document(bytes).value
            guard pod["apiVersion"]?.string == "v1", pod["kind"]?.string == "Pod" else {
                throw Malformed(description: "\(file): couldn't parse as pod, please check config file")
            }
            pod = try schema.readRequest(pod, as: resource.groupVersionKind, validation: .ignore).object
        } catch {
            throw error as? Malformed
                ?? Malformed(description: "\(file): couldn't parse as pod(\(error)), please check config file")
        }
        guard let name = pod["metadata", "name"]?.string, !name.isEmpty else {
            throw Malformed(description: "invalid pod: name is needed for the pod")
        }
        var uid = pod["metadata", "uid"]?.string ?? ""
        if uid.isEmpty {
            let text = Array("\(pod.text)host:\(node)file:\(file)".utf8)
            let halves = [FNV1a.hash64(text), FNV1a.hash64(text.reversed())]
            uid = halves.map { half in
                let digits = String(half, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
        }
        resource.setDefaults(&pod)
        resource.prepareForCreate(&pod)
        var made = Pod(pod)
        if !PodReference.all(of: pod).isEmpty {
            let what = PodReference.all(of: pod).map(\.resource.resource).min() ?? ""
            throw Malformed(description: "static pods may not reference \(what)")
        }
        made.metadata.name = "\(name)-\(node.lowercased())"
        if made.namespace.isEmpty { made.metadata.namespace = "default" }
        made.metadata.uid = uid
        made.metadata.creationTimestamp = now.rfc3339
        made.metadata.resourceVersion = nil
        var annotations = made.metadata.annotations
        annotations[Annotation.hash] = uid
        annotations[Annotation.seen] = now.rfc3339Nano
        annotations[Annotation.source] = "file"
        annotations[Annotation.mirror] = nil
        made.metadata.annotations = annotations
        made.spec.nodeName = node
        // No trouble of the node takes it away.
        made.spec.tolerations.append(
            Toleration {
                $0.operator = "Exists"
                $0.effect = "NoExecute"
            })
        let errors = resource.errors(creating: made.json)
        guard errors.isEmpty else {
            let sentences = errors.map { "\($0.field): \($0.message)" }
            throw Malformed(description: "invalid pod: \(sentences.joined(separator: ", "))")
        }
        return made
    }
}

extension Pod {
    /// Whether a file of the node describes it. What comes from the cluster always has a version.
    var isStatic: Bool {
        metadata.resourceVersion == nil && metadata.annotations[StaticPod.Annotation.source] == "file"
    }
    /// Of a mirror, the pod that it is of.
    var mirroredUID: String? { metadata.annotations[StaticPod.Annotation.mirror] }
    /// By which the runtime knows it: a mirror stands for the pod that it is of.
    var runtimeUID: String { mirroredUID ?? uid }

    /// What the cluster is shown of a static pod.
    func mirror(on node: Node) -> Pod {
        var mirror = self
        mirror.metadata.uid = nil
        mirror.metadata.creationTimestamp = nil
        mirror.metadata.annotations[StaticPod.Annotation.mirror] = uid
        mirror.metadata.ownerReferences = [
            OwnerReference {
                $0.apiVersion = "v1"
                $0.kind = "Node"
                $0.name = node.name
                $0.uid = node.uid
                $0.controller = true
            }
        ]
        return mirror
    }
}
