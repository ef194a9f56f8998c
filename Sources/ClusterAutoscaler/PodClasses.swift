import APIMachinery
import KubeAPI
import Scheduler

/// Pods that are alike to the scheduler: of one controller, with equal specs and labels. The greatest first.
struct PodClasses {
    private(set) var classes: [[Pod]] = []

    init(_ pods: [Pod]) {
        var byClass: [String: Int] = [:]
        for pod in pods.map(Sized.init).sorted(by: Self.isGreater).map(\.pod) {
            let owner = pod.controller?.uid ?? pod.uid
            var spec = pod.json["spec"] ?? .object
            // These differ between pods of one controller, and concern no node.
            for name in ["hostname", "volumes"] where spec[name] != nil && pod.controller != nil {
                if name == "volumes", Self.hasClaims(pod) { continue }
                spec[name] = nil
            }
            let key = "\(owner) \(pod.namespace) \(spec.text) \((pod.json["metadata", "labels"] ?? .object).text)"
            if let index = byClass[key] {
                classes[index].append(pod)
            } else {
                byClass[key] = classes.count
                classes.append([pod])
            }
        }
    }

    private static func hasClaims(_ pod: Pod) -> Bool {
        (pod.json["spec"]?["volumes"]?.elements ?? []).contains {
            $0["persistentVolumeClaim"] != nil || $0["ephemeral"] != nil
        }
    }

    private struct Sized {
        let pod: Pod
        let priority: Int
        let requests: (cpu: Int64, memory: Int64)
        init(_ pod: Pod) {
            self.pod = pod
            priority = pod.json["spec"]?["priority"]?.int ?? 0
            requests = PlacementTrial.requests(pod.json)
        }
    }
    /// More important pods first, then those that ask for more; by name, so that the order is always the same.
    private static func isGreater(_ left: Sized, _ right: Sized) -> Bool {
        if left.priority != right.priority { return left.priority > right.priority }
        if left.requests.cpu != right.requests.cpu { return left.requests.cpu > right.requests.cpu }
        if left.requests.memory != right.requests.memory { return left.requests.memory > right.requests.memory }
        return left.pod.key < right.pod.key
    }
}
