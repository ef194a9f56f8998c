import APIMachinery
import Basics
import Foundation
import KubeAPI

/// What a node agreed to give a pod and what of it is in effect, kept beside the pod's volumes, as a status does not tell all.
struct PodCheckpoint: Sendable, Equatable {
    var allocation: PodAllocation
    /// What the pod's cgroup was set to.
    var ofPodCgroup: PodAllocation
    /// By the ids of containers.
    var granted: [String: GrantedResources]

    /// nil of a pod that the node did not take.
    init?(_ state: PodState) {
        guard let allocation = state.allocation, !state.isRefused else { return nil }
        self.allocation = allocation
        ofPodCgroup = state.resize.ofPodCgroup ?? allocation
        granted = [:]
        for run in state.containers.values.compactMap(\.run) where run.exit == nil { granted[run.id] = run.granted }
    }

    private static func path(_ directory: String, _ uid: String) -> String { "\(directory)/\(uid)/resources.json" }

    /// nil when there is none that can be read.
    init?(directory: String, uid: String, _ pod: Pod) {
        guard let bytes = KernelFile.contents(of: Self.path(directory, uid)), let json = try? JSON(parsing: bytes)
        else {
            return nil
        }
        allocation = PodAllocation(json["allocation"], pod)
        ofPodCgroup = PodAllocation(json["podCgroup"], pod)
        granted = [:]
        for member in json["granted"]?.members ?? [] {
            granted[member.name] = GrantedResources(own: member.value["own"] ?? .object, ofPod: member.value["pod"])
        }
    }

    /// A new file in place of the old one.
    func write(directory: String, uid: String) throws {
        var runs = JSON.object
        for (id, granted) in granted.sorted(by: { $0.key < $1.key }) {
            var run: JSON = ["own": granted.own]
            run["pod"] = granted.ofPod
            runs[id] = run
        }
        let json: JSON = ["allocation": allocation.json, "podCgroup": ofPodCgroup.json, "granted": runs]
        let url = URL(filePath: Self.path(directory, uid))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(json.bytes).write(to: url, options: .atomic)
    }
}

extension PodAllocation {
    fileprivate var json: JSON {
        var list = JSON.object
        for (name, resources) in containers.sorted(by: { $0.key < $1.key }) { list[name] = resources }
        var json: JSON = ["containers": list]
        json["pod"] = ofPod
        return json
    }
    /// As it was kept; of containers that it does not tell of, what the pod wants.
    fileprivate init(_ json: JSON?, _ pod: Pod) {
        self.init(pod)
        guard let json else { return }
        ofPod = json["pod"]
        for member in json["containers"]?.members ?? [] where containers[member.name] != nil {
            containers[member.name] = member.value
        }
    }
}
