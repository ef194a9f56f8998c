import APIMachinery
import HTTPMessages
import KubeAPI

/// How many seats a request takes: one, and a list as many as it has hundreds of objects to look at.
enum FlowCost {
    private static let objectsPerSeat = 100
    private static let mostSeats = 10

    static func seats(_ attributes: RequestAttributes, _ query: Query, objectCount: () -> Int) -> Int {
        guard attributes.isResourceRequest, attributes.subresource == nil, attributes.name.isEmpty else { return 1 }
        switch attributes.verb {
        case .list: break
        case .watch:
            // Only what a watch begins with costs.
            let version = query.text("resourceVersion")
            guard query.flag("sendInitialEvents") || version.isEmpty || version == "0" else { return 1 }
        default: return 1
        }
        return min(max(1, (objectCount() + objectsPerSeat - 1) / objectsPerSeat), mostSeats)
    }
}
