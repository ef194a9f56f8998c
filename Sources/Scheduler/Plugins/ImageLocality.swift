import APIMachinery

/// Prefers nodes that have the pod's images already; an image that few nodes have counts less, so that they are not
/// crowded for it.
struct ImageLocality: ScorePlugin {
    static let name = "ImageLocality"
    /// Bytes below which images do not count, and above which, for each container, they count no more.
    private static let least: Int64 = 23 << 20
    private static let mostPerContainer: Int64 = 1_000 << 20

    func prepare(_ pod: PendingPod, _ view: CycleView, _ feasible: [NodeInfo]) -> ScoreStep {
        let spec = pod.object["spec"]
        let containers = (spec?["initContainers"]?.elements ?? []) + (spec?["containers"]?.elements ?? [])
        let volumes = (spec?["volumes"]?.elements ?? []).compactMap { $0["image"]?["reference"]?.string }
        let images = (containers.compactMap { $0["image"]?.string } + volumes).map(Self.complete)
        let shares = images.compactMap { image in
            let nodes = view.cache.nodesWithImage(image)
            return nodes == 0 ? nil : (image, Double(nodes) / Double(view.cache.nodes.count))
        }
        if shares.isEmpty { return .skip }
        let most = Self.mostPerContainer * Int64(containers.count)
        return .score { node in
            let sum = shares.reduce(Int64(0)) { sum, image in
                sum + Int64(Double(node.images[image.0] ?? 0) * image.1)
            }
            return Int(100 * (min(max(sum, Self.least), most) - Self.least) / (most - Self.least))
        }
    }

    /// With the tag that is meant where none is given.
    static func complete(_ image: String) -> String {
        let name = image.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        return name.contains(":") ? image : "\(image):latest"
    }
}
